"""`spec/CHANGES.md`: breaking and costly changes that someone wants, each with a reason.

A line is one entry, `` - `make_call` breaking: Numbers without a plus were never connected. ``
Other lines are headings, prose and, four spaces in, examples. An entry counts in the change that
adds it: one that stood there before accepts nothing, so that it cannot cover the next mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from famulor_codegen.errors import Defect, SpecError
from famulor_codegen.review.classes import Class

if TYPE_CHECKING:
    from famulor_codegen.review.classes import Difference

_ENTRY = re.compile(r"- `([a-z][a-z0-9_]*)` ([a-z]+): (\S.*)")
_BEGIN = re.compile(r" {0,3}(?:[-*+]|\d+[.)])\s")
_CLASSES = (Class.BREAKING, Class.COST)
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of one tool that is wanted. `line` is from 1."""

    tool: str
    kind: Class
    reason: str
    line: int

    def accepts(self, difference: Difference) -> bool:
        """Whether it is about this difference."""
        return (self.tool, self.kind) == (difference.tool, difference.kind)


def read(text: str, file: str) -> list[Entry]:
    """The entries. Raises SpecError for a list item that is none."""
    entries, defects = list[Entry](), list[Defect]()
    for line, words in enumerate(text.splitlines(), 1):
        if not _BEGIN.match(words):
            continue
        try:
            entries.append(_entry(words, line))
        except ValueError as error:
            defects.append(Defect(line, "", str(error)))
    if defects:
        raise SpecError(file, defects)
    return entries


def _entry(words: str, line: int) -> Entry:
    found = _ENTRY.fullmatch(words.rstrip())
    if not found:
        raise ValueError("an entry is - `tool` CLASS: REASON, on one line")
    tool, kind, reason = found.groups()
    if kind not in {each.value for each in _CLASSES}:
        known = ", ".join(each.value for each in _CLASSES)
        raise ValueError(f"{kind!r} is not one of {known}")
    if len(reason.split()) < _WORDS:
        raise ValueError("a reason is a sentence")
    return Entry(tool, Class(kind), reason, line)


def added(old: list[Entry], new: list[Entry]) -> list[Entry]:
    """The entries that this change adds."""
    known = {(entry.tool, entry.kind, entry.reason) for entry in old}
    return [entry for entry in new if (entry.tool, entry.kind, entry.reason) not in known]


def unused(entries: list[Entry], differences: tuple[Difference, ...]) -> list[Entry]:
    """Entries that are about no difference."""
    return [entry for entry in entries if not any(entry.accepts(each) for each in differences)]
