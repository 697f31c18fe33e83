"""Reads and writes configuration files: whole or not at all, and never over another's change."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath

BACKUP = ".before-famulor"
MOST_BACKUPS = 50
PRIVATE = stat.S_IRUSR | stat.S_IWUSR


class ConflictError(OSError):
    """Another program wrote the file while we were at it."""


def contents(path: PurePath) -> bytes | None:
    """The bytes of a file; None if there is none. Raises OSError, also for a device or a pipe."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pure path has no stat
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(path: Path, data: bytes, before: bytes | None, *, private: bool) -> None:
    """Put `data` in place of `before`, at once; links are followed.

    A file that is `private` can be read by its owner alone. Otherwise it keeps its mode.

    Raises:
        ConflictError: the file does not hold `before` any more.
        OSError: it cannot be written.
    """
    path = path.resolve()
    _make_folder(path.parent)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _fill(beside, data, _mode(path, private=private))
        _keep_owner(path, beside)
        if contents(path) != before:
            raise ConflictError(f"{path} was changed by another program just now; try again")
        os.replace(beside, path)  # noqa: PTH105 - Path.replace says the same
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def remove(path: Path, before: bytes) -> None:
    """Remove a file that holds `before`. Raises `ConflictError` and OSError."""
    path = path.resolve()
    if contents(path) != before:
        raise ConflictError(f"{path} was changed by another program just now; try again")
    path.unlink()
    _sync_folder(path.parent)


def backups(path: Path) -> Iterator[Path]:
    """The backups beside a file, oldest first."""
    for candidate in _names(path.resolve()):
        if not candidate.exists():
            return
        yield candidate


def back_up(path: Path, data: bytes) -> Path:
    """Keep `data` beside the file, with the file's mode; no backup is ever overwritten."""
    path = path.resolve()
    free = next((name for name in _names(path) if not name.exists()), None)
    if free is None:
        raise OSError(f"there are {MOST_BACKUPS} backups beside {path}; remove some")
    _fill(free, data, _mode(path, private=False))
    return free


def restore(path: Path, data: bytes, before: bytes, backup: Path) -> None:
    """Put a backup's bytes and mode back, and remove every backup. Raises as `write`."""
    path = path.resolve()
    mode = stat.S_IMODE(backup.stat().st_mode)
    write(path, data, before, private=True)
    path.chmod(mode)
    for each in list(backups(path)):
        each.unlink()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "it is no folder", str(folder)) from None


def _names(path: Path) -> Iterator[Path]:
    yield path.with_name(path.name + BACKUP)
    for number in range(2, MOST_BACKUPS + 1):
        yield path.with_name(f"{path.name}{BACKUP}-{number}")


def _fill(path: Path, data: bytes, mode: int | None) -> None:
    """Write a new file; without a mode, it has what the user's umask leaves."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666 if mode is None else PRIVATE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)


def _mode(path: Path, *, private: bool) -> int | None:
    if private:
        return PRIVATE
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def _keep_owner(path: Path, beside: Path) -> None:
    """A file of a user stays theirs when root edits it. Windows has no such owner."""
    if hasattr(os, "chown") and path.exists():
        there = path.stat()
        with suppress(OSError):
            os.chown(beside, there.st_uid, there.st_gid)


def _sync_folder(folder: Path) -> None:
    """Windows cannot open a folder, and needs no such thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
