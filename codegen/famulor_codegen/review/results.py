"""What answers look like, by the document: the other way round than arguments.

A field that is gone, or that may now be null or of another type, breaks who reads it; a value that
an enum did not have is a risk; what is promised in addition is welcome.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_codegen.documented import references
from famulor_codegen.review.answers import items_changed
from famulor_codegen.review.classes import Class, Note
from famulor_codegen.review.schemas import Change, Finding, closed, compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_codegen.table import Catalogue, Schema, Tool


class Expansion:
    """Puts schemas in place of references, for the tools whose documented answers changed."""

    def __init__(self, old: Catalogue, new: Catalogue) -> None:
        self._sides = (old.schemas, new.schemas)
        self._changed = _touched(old.schemas, new.schemas)

    def pair(self, old: Tool, new: Tool) -> tuple[Tool, Tool]:
        """The tools, self-contained if their answers differ; else as they are."""
        refs = {
            *references(list(old.documented.values())),
            *references(list(new.documented.values())),
        }
        if old.documented == new.documented and not refs & self._changed:
            return old, new
        one, two = (
            replace(tool, documented={k: _inlined(v, side) for k, v in tool.documented.items()})
            for tool, side in zip((old, new), self._sides, strict=True)
        )
        return one, two


def _touched(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> set[str]:
    """References to what differs, directly or further in."""
    found = {ref for ref in (*old, *new) if old.get(ref) != new.get(ref)}
    inner = {ref: {*references(old.get(ref)), *references(new.get(ref))} for ref in (*old, *new)}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {ref for ref, below in inner.items() if below & found}
    return found


def _inlined(schema: Any, known: Mapping[str, Schema]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {key: _inlined(value, known) for key, value in schema.items() if key != "$ref"}
    return {**_inlined(known[schema["$ref"]], known), **whole} if "$ref" in schema else whole


def documented(old: Tool, new: Tool) -> Iterator[Note]:
    """The documented answers, status by status; fields that other rules told are left out."""
    told = _told(old, new)
    for status in dict.fromkeys((*old.documented, *new.documented)):
        one, two = old.documented.get(status), new.documented.get(status)
        if one is None or two is None:
            if one != two:
                yield Note(
                    Class.WORDS, f"the answer {status} is documented otherwise", f"/{status}"
                )
            continue
        for finding in compare(closed(one), closed(two)):
            if not told.match(finding.place):
                yield _note(finding, status)


def _told(old: Tool, new: Tool) -> re.Pattern[str]:
    """Places of fields of the answer, and of its items, whose coming or going is told elsewhere."""
    top = old.output_schema["properties"].keys() ^ new.output_schema["properties"].keys()
    items = items_changed(old, new)
    top_names, item_names = ("|".join(map(re.escape, sorted(names))) for names in (top, items))
    inner = "(?:/properties/[^/]+)?/items"
    return re.compile(
        rf"(?:/(?:properties|required)/(?:{top_names})|{inner}/(?:properties|required)/(?:{item_names}))\Z"
    )


def _note(finding: Finding, status: str) -> Note:
    kind, begin = _judged(finding)
    if not status.startswith("2"):
        kind = Class.WORDS
    place = f"/{status}{finding.place}"
    return Note(kind, f"{begin} {_field(finding.place)}", place, finding.before, finding.after)


def _judged(finding: Finding) -> tuple[Class, str]:
    """The class of a finding, and its sentence up to the name of the field."""
    if finding.change in {Change.SAME, Change.WORDS}:
        return Class.WORDS, "is documented in other words:"
    if finding.change is Change.UNKNOWN:
        return Class.BREAKING, "changed in a way that cannot be judged:"
    place, _, key = finding.place.rpartition("/")
    word = place.rpartition("/")[2]
    if word == "properties":
        came = finding.before is None
        return (Class.WIDENED, "is a new field:") if came else (Class.BREAKING, "is gone:")
    wider, narrower = _OF_KEY.get("required" if word == "required" else key, _OTHER)
    return wider if finding.change is Change.WIDENED else narrower


_VALUES = ((Class.COST, "may have a new value:"), (Class.WIDENED, "has fewer values:"))
_OF_KEY = {
    "enum": _VALUES,
    "known": _VALUES,
    "type": (
        (Class.BREAKING, "may be of another type, or null:"),
        (Class.WIDENED, "has one type less:"),
    ),
    "required": ((Class.COST, "may be missing:"), (Class.WIDENED, "is always there:")),
}
_OTHER = ((Class.BREAKING, "may look otherwise:"), (Class.WIDENED, "is narrower:"))
"""What it means for who reads a field that its schema got wider, and narrower."""


def _field(place: str) -> str:
    """The field of the answer that a place belongs to."""
    parts, words = place.split("/")[1:], list[str]()
    for index, key in enumerate(parts):
        if index and parts[index - 1] in {"properties", "required"}:
            words.append(key)
        elif key == "items":
            words.append("items")
    return f"`{'.'.join(words) or 'the answer'}`"
