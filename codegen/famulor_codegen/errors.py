"""What a document can have wrong: values with a place, collected and printed together.

There is one level: refused. Nothing here prints or exits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def join(pointer: str, *keys: str | int) -> str:
    """The JSON pointer (RFC 6901) of what `keys` lead to below `pointer`."""
    return pointer + "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


@dataclass(frozen=True, order=True, slots=True)
class Defect:
    """One thing that is wrong, at a line (from 1) and a JSON pointer of the document."""

    line: int
    pointer: str
    sentence: str


class SpecError(Exception):
    """The document cannot be used. Its text: a line `file:line: pointer: sentence` per defect."""

    def __init__(self, file: str, defects: list[Defect]) -> None:
        self.file = file
        self.defects = sorted(set(defects))
        super().__init__(
            "\n".join(f"{file}:{d.line}: {d.pointer or '/'}: {d.sentence}" for d in self.defects)
        )


@dataclass
class Report:
    """Collects the defects of one document. `lines` knows the place of each pointer."""

    file: str
    lines: Mapping[str, tuple[int, int]]
    defects: list[Defect] = field(default_factory=list)

    def add(self, pointer: str, sentence: str) -> None:
        """Note a defect. What is not in the document stands at its nearest ancestor's line."""
        known = pointer
        while known and known not in self.lines:
            known = known.rpartition("/")[0]
        self.defects.append(Defect(self.lines.get(known, (1, 1))[0], pointer, sentence))

    def close(self) -> None:
        """Raise SpecError if anything was noted."""
        if self.defects:
            raise SpecError(self.file, self.defects)
