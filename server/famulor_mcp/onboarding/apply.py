"""Carries out what was planned, file by file."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from famulor_mcp.onboarding import disk
from famulor_mcp.onboarding.document import read
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.plan import done, spare, undone
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from famulor_mcp.onboarding.document import Entry
    from famulor_mcp.onboarding.plan import Sheet, Undone

Removal = Literal["absent", "edited", "restored", "gone"]


@dataclass(frozen=True, slots=True)
class Step:
    """A file, what it holds, and what it is to hold."""

    sheet: Sheet
    before: bytes | None
    after: bytes

    @property
    def file(self) -> Path:
        return Path(self.sheet.file)

    @property
    def changes(self) -> bool:
        return self.before != self.after


def steps(sheets: Sequence[Sheet]) -> list[Step]:
    """Read every file, and understand it, before the first is written.

    Raises:
        SettingsError: a file is broken or cannot be read.
    """
    found = []
    for sheet in sheets:
        with _told(sheet.file):
            before = disk.contents(sheet.file)
            found.append(Step(sheet, before, done(before or b"", sheet.entries)))
    return found


def value(file: Path, entry: Entry) -> Any:
    """What stands in the entry's slot now, or None. Raises `SettingsError`."""
    with _told(file):
        before = disk.contents(file)
        return None if before is None else read(before, entry)


def write(step: Step, *, private: bool) -> Path | None:
    """Carry out a step; the backup, if one was made.

    Raises:
        SettingsError: the file cannot be written, or was changed meanwhile; it is as it was.
    """
    with _told(step.file):
        backup = None
        if step.before is not None:
            known = [path.read_bytes() for path in disk.backups(step.file)]
            if not spare(step.before, step.sheet.entries, known):
                backup = disk.back_up(step.file, step.before)
        try:
            disk.write(step.file, step.after, step.before, private=private)
        except OSError:
            if backup:
                backup.unlink()
            raise
    return backup


def take_out(sheet: Sheet) -> Removal:
    """Take the entries out of a file, and say how it was left.

    `restored`: it is as it was before the installation, to the byte; `gone`: there was none then.

    Raises:
        SettingsError: the file is broken, cannot be written, or was changed meanwhile.
    """
    file = Path(sheet.file)
    with _told(file):
        before, backups, plan = _undoing(sheet)
        if before is None or plan is None:
            return "absent"
        if plan.data is None:
            disk.remove(file, before)
        elif plan.backup is not None:
            disk.restore(file, plan.data, before, backups[plan.backup])
        else:
            disk.write(file, plan.data, before, private=False)
        return _how(plan)


def outlook(sheet: Sheet) -> Removal:
    """What `take_out` would do. Raises `SettingsError`."""
    with _told(sheet.file):
        plan = _undoing(sheet)[2]
        return _how(plan) if plan else "absent"


def _undoing(sheet: Sheet) -> tuple[bytes | None, list[Path], Undone | None]:
    before = disk.contents(sheet.file)
    backups = list(disk.backups(Path(sheet.file)))
    if before is None:
        return None, backups, None
    kept = [path.read_bytes() for path in backups]
    return before, backups, undone(before, sheet.entries, kept)


def _how(plan: Undone) -> Removal:
    if plan.data is None:
        return "gone"
    return "edited" if plan.backup is None else "restored"


@contextmanager
def _told(file: object) -> Iterator[None]:
    """Tell of what is wrong with a file in words for its user."""
    try:
        yield
    except TextError as error:
        end = "" if str(error).endswith("\n") else ". "  # what is to be copied ends its line
        raise SettingsError(
            f"{file}: {error}{end}Nothing was changed; mend the file and try again."
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        if error.filename and Path(error.filename) in Path(str(file)).parents:
            reason = f"{error.filename}: {reason}"
        raise SettingsError(f"{file}: {reason}. The file is as it was.") from None
