"""What a difference is: plain frozen data, from the comparison to the report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

DOCUMENT = "document"
"""Stands for the tool where a difference concerns them all."""


class Class(Enum):
    """What a difference means, the gravest first. The value is what options and JSON say."""

    BREAKING = "breaking"
    COST = "cost"
    WIDENED = "widened"
    WIRE = "wire"
    WORDS = "words"
    TOKENS = "tokens"

    @property
    def title(self) -> str:
        """The class in words."""
        return _TITLES[self]


_TITLES = {
    Class.BREAKING: "Breaking",
    Class.COST: "Cost or risk",
    Class.WIDENED: "Widened",
    Class.WIRE: "Wire only",
    Class.WORDS: "Words",
    Class.TOKENS: "Tokens",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of one tool.

    `place` is a JSON pointer into the planned tool (`/enforced_schema/properties/page/maximum`).
    `reason` is a sentence. `before` and `after` are the values there, None where there is none;
    texts of both make a word diff.
    """

    tool: str
    place: str
    kind: Class
    reason: str
    before: Any = None
    after: Any = None


class Note(NamedTuple):
    """A difference inside one field of a tool, before it is known which: `place` is below it."""

    kind: Class
    reason: str
    place: str = ""
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of a tool, of a preset or of all, before and after; None where it is not there."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Review:
    """All differences in the order of the new document, and what the lists cost.

    `snapshots` leads from a tool to the file that shows it, `lines` to its line in the document.
    """

    differences: tuple[Difference, ...]
    total: Cost
    tools: tuple[Cost, ...]
    presets: tuple[Cost, ...]
    snapshots: dict[str, str]
    lines: dict[str, int]

    def of(self, kind: Class) -> list[Difference]:
        """The differences of one class."""
        return [each for each in self.differences if each.kind is kind]


def shown(value: Any) -> str:
    """A value as short JSON text."""
    text = json.dumps(value, ensure_ascii=False, default=list)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 120
