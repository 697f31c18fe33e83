"""Two texts as one that shows what was taken out and what was put in, word by word."""

from __future__ import annotations

import difflib
from typing import Any

_NEAR = 5


def texts(before: Any, after: Any) -> tuple[str, str] | None:
    """Both sides, if what stands there is words; nothing is no words."""
    given = [side for side in (before, after) if side is not None]
    words = given and all(isinstance(side, str) and " " in side.strip() for side in given if side)
    return (before or "", after or "") if words else None


def marked(before: str, after: str, gone: tuple[str, str], came: tuple[str, str]) -> str:
    """The new text with `gone` and `came` put around what differs; far-off words are left out."""
    ones, twos = before.split(), after.split()
    matcher = difflib.SequenceMatcher(None, ones, twos, autojunk=False)
    parts: list[str] = []
    steps = matcher.get_opcodes()
    for number, (kind, a, b, c, d) in enumerate(steps):
        if kind == "equal":
            parts += _near(ones[a:b], first=number == 0, last=number == len(steps) - 1)
        else:
            parts += [_around(ones[a:b], gone)] if a < b else []
            parts += [_around(twos[c:d], came)] if c < d else []
    return " ".join(parts)


def _around(words: list[str], marks: tuple[str, str]) -> str:
    return f"{marks[0]}{' '.join(words)}{marks[1]}"


def _near(words: list[str], *, first: bool, last: bool) -> list[str]:
    """Words close to a change; an ellipsis for those in between."""
    if first:
        return words if len(words) <= _NEAR else ["…", *words[-_NEAR:]]
    if last:
        return words if len(words) <= _NEAR else [*words[:_NEAR], "…"]
    return words if len(words) <= 2 * _NEAR else [*words[:_NEAR], "…", *words[-_NEAR:]]
