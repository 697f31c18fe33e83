"""What a tool takes: the enforced schema, and what clients are told of it.

An argument that was renamed, its older name still taken, is compared with its new self. What the
advertised schema says counts where the enforced one does not say it as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from famulor_codegen.enforce import renamed
from famulor_codegen.review.classes import Class, Note
from famulor_codegen.review.schemas import Change, Finding, closed, compare, mapping, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_codegen.table import Alias, Schema, Tool

CLASSES = {
    Change.NARROWED: Class.BREAKING,
    Change.UNKNOWN: Class.BREAKING,
    Change.WIDENED: Class.WIDENED,
    Change.SAME: Class.WORDS,
    Change.WORDS: Class.WORDS,
}
_TYPED = ("type", "enum", "const")
_LISTS = ("oneOf", "anyOf", "allOf")
_ALIKE = ("then", "else", "not")
"""Schemas beside which, and lists of schemas in which, a value keeps its name."""


def enforced(old: Tool, new: Tool) -> Iterator[Note]:
    """Which calls are accepted."""
    for finding in _enforced(old, new):
        yield _note(finding)


def advertised(old: Tool, new: Tool) -> Iterator[Note]:
    """What clients are told, as far as it is not what is enforced."""
    heard = _enforced(old, new)
    hidden, told = _aliases_changed(old, new), _lookups_changed(old, new)
    before = closed(renamed(old.input_schema, passed_on(old, new)))
    for finding in compare(before, closed(new.input_schema)):
        of_alias = any(_inside(finding.place, f"/properties/{name}") for name in hidden)
        if (
            not of_alias
            and finding.place not in told
            and not any(_hears(each, finding) for each in heard)
        ):
            yield _judged(finding, old, new)


def passed_on(old: Tool, new: Tool) -> dict[str, str]:
    """Older argument → the new name under which its values pass on as they are."""
    return {
        name: entries[0].target
        for name, entries in _translated(old, new).items()
        if len(entries) == 1 and entries[0].values is None and not entries[0].when
    }


def translated(old: Tool, new: Tool) -> Iterator[Note]:
    """Arguments that have another name now, the older one being translated."""
    whole = passed_on(old, new)
    for name, entries in _translated(old, new).items():
        target = entries[0].target
        begin = f"`{name}` is now `{target}`"
        place = f"/{name}"
        lost = _lost(mapping(old.enforced_schema["properties"][name]), entries[0])
        if name in whole:
            yield Note(
                Class.WIDENED, f"{begin}; the older name is still taken", place, name, target
            )
        elif len(entries) > 1 or entries[0].when:
            words = f"{begin}; the older name is only taken under a condition"
            yield Note(Class.BREAKING, words, place, name, target)
        elif lost:
            words = f"{begin}; of the older name {lost} is no longer taken"
            yield Note(Class.BREAKING, words, place, name, target)
        else:
            words = f"{begin}; the older name and its values are still taken"
            yield Note(Class.WIDENED, words, place, name, target)


def _lost(schema: Mapping[str, Any], alias: Alias) -> str:
    """Older values without a translation, in words."""
    listed = [True, False] if schema.get("type") == "boolean" else values(schema)
    if listed is None:
        return "any other value"
    texts = (v if isinstance(v, str) else str(v).lower() for v in listed)
    taken = {*(alias.values or {}), *alias.drop}
    return ", ".join(text for text in texts if text not in taken)


def _translated(old: Tool, new: Tool) -> dict[str, list[Alias]]:
    """Arguments that are no longer enforced under their own name, with their translations."""
    current = new.enforced_schema["properties"]
    gone = [name for name in old.enforced_schema["properties"] if name not in current]
    found = {name: [alias for alias in new.aliases if alias.name == name] for name in gone}
    return {name: entries for name, entries in found.items() if entries}


def _aliases_changed(old: Tool, new: Tool) -> set[str]:
    """Names that became older ones, or were and are no arguments any more: `aliases` tells."""
    ones, twos = ({alias.name for alias in side.aliases} for side in (old, new))
    current = set(new.input_schema["properties"])
    return (twos - ones) | (ones - twos - current)


def _lookups_changed(old: Tool, new: Tool) -> set[str]:
    """Types that say whether a name may stand for the id: `lookups` tells."""
    ones, twos = ({each.parameter for each in side.lookups if each.accept} for side in (old, new))
    return {f"/properties/{name}{way}/type" for name in ones ^ twos for way in ("", "/items")}


def _enforced(old: Tool, new: Tool) -> list[Finding]:
    """Findings of the enforced schema without those of names that are translated."""
    whole, entries = passed_on(old, new), _translated(old, new)
    required = old.enforced_schema.get("required", ())
    silent = [f"/properties/{name}" for name in entries]
    silent += [f"/required/{name}" for name in entries]
    silent += [f"/required/{e[0].target}" for name, e in entries.items() if name in required]
    found = compare(renamed(old.enforced_schema, whole), new.enforced_schema)
    return [each for each in found if each.place not in silent]


def _judged(finding: Finding, old: Tool, new: Tool) -> Note:
    """Words, where calls beyond what clients are told would be refused in any case."""
    if finding.change is Change.NARROWED and _implied(finding.place, new):
        told = f"clients are now told what was checked in any case: {finding.words}"
        return Note(Class.WORDS, told, finding.place, finding.before, finding.after)
    if finding.change is Change.WIDENED and _implied(finding.place, old):
        told = f"clients are no longer told, though it is still checked: {finding.words}"
        return Note(Class.WORDS, told, finding.place, finding.before, finding.after)
    return _listed(finding, old, new) or _note(finding)


def _listed(finding: Finding, old: Tool, new: Tool) -> Note | None:
    """An argument that is taken before and after, and that clients were or are told of."""
    name = finding.place.removeprefix("/properties/")
    sides = (old.enforced_schema["properties"], new.enforced_schema["properties"])
    if finding.change is Change.SAME or any(name not in each for each in sides):
        return None
    words = f"clients are now told of `{name}`, which was taken in any case"
    if finding.change is Change.NARROWED:
        words = f"clients are no longer told of `{name}`, though it is still taken"
    kind = CLASSES[finding.change]
    return Note(kind, words, finding.place, finding.before, finding.after)


def _implied(place: str, tool: Tool) -> bool:
    """Whether the enforced schema already holds values to what is advertised at a place."""
    path, _, key = place.rpartition("/")
    if path.endswith("/required"):
        path, key = path.removesuffix("/required"), "required"
    told, checked = (_at(side, path) for side in (tool.input_schema, tool.enforced_schema))
    if told is None or checked is None:
        return False
    keys = _TYPED if key in _TYPED else (key,)
    part = {each: told[each] for each in keys if each in told}
    harmless = {Change.WIDENED, Change.SAME}
    return bool(part) and all(each.change in harmless for each in compare(checked, part))


def _at(schema: Any, pointer: str) -> Schema | None:
    """The schema at a pointer that leads through properties and items only."""
    for key in pointer.split("/")[1:]:
        schema = schema.get(key.replace("~1", "/").replace("~0", "~")) if schema else None
    return schema if isinstance(schema, dict) else None


def _hears(enforced: Finding, advertised: Finding) -> bool:
    """Whether the one tells the other: clients are shown a union as one schema."""
    if enforced.change is not advertised.change:
        return False
    union = re.split(r"/(?:oneOf|anyOf)(?:/|$)", enforced.place, maxsplit=1)
    if len(union) > 1:
        return _inside(advertised.place, union[0])
    return parent(enforced.place) == parent(advertised.place)


def parent(place: str) -> str:
    """The pointer of the schema that a keyword stands in."""
    return place.rpartition("/")[0]


def _inside(place: str, pointer: str) -> bool:
    return place == pointer or place.startswith(f"{pointer}/")


def _note(finding: Finding) -> Note:
    subject = _subject(finding.place)
    return Note(
        CLASSES[finding.change],
        f"{subject}: {finding.words}" if subject else finding.words,
        finding.place,
        finding.before,
        finding.after,
    )


def _subject(place: str) -> str:
    """The argument that a place belongs to, with the way into it through forms and conditions."""
    words, parts = "", place.split("/")[1:]
    while parts:
        key = parts.pop(0)
        if key == "properties" and parts:
            name = parts.pop(0)
            words += f".{name}" if words else name
        elif key == "items":
            words += "[]"
        elif key == "additionalProperties":
            words += ".*"
        elif key in _LISTS:
            parts = parts[1:]
        elif key not in _ALIKE:
            break
    return f"`{words}`" if words else ""
