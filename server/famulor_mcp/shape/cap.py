"""An answer within a limit: cut between items, or in a long text, and what was cut is said.

What remains is a part of the answer as it was: fewer items, fewer fields, the beginning of a text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RESERVED = 600
"""Characters for what is said about the cut itself."""
GO_ON = " To go on, repeat the call with the arguments in `more`."
SMALLEST = 40
MOST = 6
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut, in words, and where the rest begins (None where nothing follows)."""

    words: str
    following: int | None = None


@dataclass(slots=True)
class Fitter:
    """Fits values into budgets of characters and notes what it left out."""

    notes: list[str] = field(default_factory=list)

    def fit(self, value: Any, budget: int, path: str) -> Any:
        """`value` or a part of it whose JSON has at most `budget` characters."""
        if size(value) <= budget:
            return value
        if isinstance(value, str):
            kept = beginning(value, budget)
            self.notes.append(f"{path} ({len(kept)} of {len(value)} characters)")
            return kept
        if isinstance(value, list):
            items = list(value[: count(value, budget)])
            self.notes.append(f"{path} ({len(items)} of {len(value)} items)")
            return items
        return self._object(value, budget, path) if isinstance(value, dict) else None

    def _object(self, value: dict[str, Any], budget: int, path: str) -> dict[str, Any]:
        """Small fields whole, large ones by equal shares of what is left."""
        sizes = {name: size(item) for name, item in value.items()}
        kept: dict[str, Any] = {}
        left, waiting = budget - 2, len(value)
        for name in sorted(value, key=sizes.__getitem__):
            room = left // waiting - len(ENCODE(name)) - 2
            waiting -= 1
            if sizes[name] <= room:
                kept[name] = value[name]
            elif room >= SMALLEST and isinstance(value[name], str | list | dict):
                kept[name] = self.fit(value[name], room, dotted(path, name))
            else:
                self.notes.append(f"{dotted(path, name)} (left out)")
                continue
            left -= size(kept[name]) + len(ENCODE(name)) + 2
        return {name: kept[name] for name in value if name in kept}

    def words(self) -> str:
        """What was noted, as a sentence, or nothing."""
        if not self.notes:
            return ""
        more = f" and {len(self.notes) - MOST} more" if len(self.notes) > MOST else ""
        return f" Also cut: {', '.join(self.notes[:MOST])}{more}; `fields` shows one alone."


def cap(
    data: dict[str, Any], rows: str, offset: int, limit: int, *, resumable: bool = True
) -> tuple[dict[str, Any], Cut | None]:
    """`data` from `offset` of its list or longest text on, within `limit` characters.

    `rows` is the field that should hold the list. What is within the limit is not copied.
    `resumable` says whether the caller can go on with an offset.
    """
    listed = bool(rows) and isinstance(data.get(rows), list)
    if not offset and fits(data, rows if listed else "", limit):
        return data, None
    path = (rows,) if listed else longest(data)
    if path is None:
        fitter = Fitter()
        kept = fitter.fit(data, limit - RESERVED, "")
        return kept, Cut(fitter.words().strip()) if fitter.notes else None
    kept, cut = _paged(data, path, offset, max(limit - RESERVED, RESERVED))
    if cut.following is None:
        return kept, cut
    return kept, replace(cut, words=cut.words + GO_ON) if resumable else Cut(cut.words)


def _paged(
    data: dict[str, Any], path: Sequence[str], offset: int, budget: int
) -> tuple[dict[str, Any], Cut]:
    """The answer with a part of its list or text, and the rest of the answer beside it."""
    fitter = Fitter()
    part = reach(data, path)
    rest = replaced(data, path, part[:0])
    others = fitter.fit(rest, budget * 3 // 4, "")
    if not has(others, path):  # so much else that its place was lost
        others = fitter.fit(replaced({}, path, part[:0]), budget, "")
    shown = part[offset:]
    room = budget - size(others)
    if isinstance(part, str):
        taken, unit = shown if size(shown) <= room else beginning(shown, room), "characters"
    else:
        taken, unit = shown[: count(shown, room)], "items"
        if shown and not taken:
            taken = [fitter.fit(shown[0], room, f"{'.'.join(path)}[{offset}]")]
    end = offset + len(taken)
    name = "" if len(path) == 1 and unit == "items" else f" of {'.'.join(path)}"
    there = f"{unit} {offset + 1} to {end} of {len(part)}{name}" if taken else f"no {unit}{name}"
    beyond = "" if taken else f": offset {offset} is beyond the {len(part)} there are"
    goes_on = end < len(part)
    words = f"Shown: {there}{beyond}.{fitter.words()}"
    return replaced(others, path, taken), Cut(words, end if goes_on and taken else None)


def fits(data: Mapping[str, Any], rows: str, limit: int) -> bool:
    """Whether the JSON of `data` is within the limit; of a long list no more is looked at."""
    if not rows:
        return size(data) <= limit
    room = limit - size({**data, rows: []})
    items: list[Any] = data[rows]
    return room >= 0 and count(items, room + 2) == len(items)


def size(value: Any) -> int:
    """Characters of a value as compact JSON."""
    return len(ENCODE(value))


def count(items: Sequence[Any], budget: int) -> int:
    """How many of the first items fit into a list of `budget` characters."""
    left = budget - 1
    for index, item in enumerate(items):
        left -= size(item) + 1
        if left < 0:
            return index
    return len(items)


def beginning(text: str, budget: int) -> str:
    """As much of a text as has `budget` characters in JSON."""
    length = max(budget - 2, 0)
    while length and (taken := size(text[:length])) > budget:
        length = min(length - 1, length * budget // taken)
    return text[:length]


def longest(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The path of the largest text or list that is reached through objects alone."""
    found = max(parts(data, ()), key=lambda one: one[0], default=None)
    return found[1] if found else None


def parts(data: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Size and path of every text and list that is not in a list."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from parts(value, (*above, name))
        elif isinstance(value, str | list) and value:
            yield size(value), (*above, name)


def reach(data: Any, path: Sequence[str]) -> Any:
    """The value at a path that is there."""
    for name in path:
        data = data[name]
    return data


def has(data: Any, path: Sequence[str]) -> bool:
    """Whether there is a value at a path."""
    for name in path:
        if not isinstance(data, dict) or name not in data:
            return False
        data = data[name]
    return True


def replaced(data: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy with another value at `path`."""
    name, *rest = path
    below = data.get(name)
    inner = replaced(below if isinstance(below, dict) else {}, rest, value) if rest else value
    return {**data, name: inner}


def dotted(path: str, name: str) -> str:
    """A path with one more step."""
    return f"{path}.{name}" if path else name
