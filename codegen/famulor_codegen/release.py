"""What changed in the last version: a record beside the document, which the tools' page shows.

`python -m famulor_codegen release VERSION [SINCE]` writes it when a version is made; generating
only reads it, so that the page stays a function of the files in `spec/`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from famulor_codegen.errors import Defect, SpecError, join
from famulor_codegen.load import load

if TYPE_CHECKING:
    from pathlib import Path

FILE = "release.json"
_TEXT = {"type": "string", "minLength": 1}
_RECORD = Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "since", "changes"],
        "additionalProperties": False,
        "properties": {
            "version": _TEXT,
            "since": {"type": ["string", "null"]},
            "changes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["kind", "words"],
                    "additionalProperties": False,
                    "properties": {"kind": _TEXT, "tool": _TEXT, "words": _TEXT, "why": _TEXT},
                },
            },
        },
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change, by the words for its class; of one tool or of all; `why` it was wanted."""

    kind: str
    words: str
    tool: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """The last version. `since` is the one before it, None where there was none."""

    version: str
    since: str | None
    changes: tuple[Change, ...] = ()

    @property
    def kinds(self) -> dict[str, list[Change]]:
        """The changes by class, in the order of the record."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.kind, []).append(change)
        return found

    @property
    def text(self) -> str:
        """The record as it is written."""
        changes = [
            {key: said for key, said in asdict(change).items() if said} for change in self.changes
        ]
        whole = {"version": self.version, "since": self.since, "changes": changes}
        return f"{json.dumps(whole, ensure_ascii=False, indent=2)}\n"


def read(folder: Path, shown: str) -> Release | None:
    """The record in the folder of a document; None where no version was made yet.

    Raises SpecError for a record that is none.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    source = load(path.read_bytes().decode("utf-8", "replace"), shown)
    defects = [
        Defect(_line(source.lines, pointer), pointer, error.message)
        for error in _RECORD.iter_errors(source.raw)
        for pointer in [join("", *error.absolute_path)]
    ]
    if defects:
        raise SpecError(shown, defects)
    raw = source.raw
    return Release(raw["version"], raw["since"], tuple(Change(**each) for each in raw["changes"]))


def _line(lines: dict[str, tuple[int, int]], pointer: str) -> int:
    return lines.get(pointer, (1, 1))[0]
