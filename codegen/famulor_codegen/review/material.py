"""What the document says beside its tools: instructions, presets, prompts, resources, synonyms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from famulor_codegen.render import literal
from famulor_codegen.review.classes import Class, Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_codegen.table import Catalogue, Preset, Prompt, Resource

    Names = Mapping[str, str]
    """Older name of a tool → its name now."""


def material(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    """Everything that differs, part by part. A tool is the same one where its older name works."""
    one, two = old.material, new.material
    names = {name: tool.name for tool in new.tools for name in tool.older}
    if one.instructions != two.instructions:
        texts = (" ".join(s.text for s in side.instructions) for side in (one, two))
        words = "what a model is told before it uses any tool"
        yield Note(Class.WORDS, words, "/instructions", *texts)
    if one.synonyms != two.synonyms:
        words = "tools are found by other words"
        yield Note(Class.WORDS, words, "/synonyms", one.synonyms, two.synonyms)
    yield from _named("preset", one.presets, two.presets, partial(_preset, names))
    before, after = (_by_name(side.prompts) for side in (one, two))
    yield from _named("prompt", before, after, partial(_prompt, names))
    before, after = (_by_name(side.resources) for side in (one, two))
    yield from _named("resource", before, after, partial(_resource, names))


def _by_name(listed: tuple[Any, ...]) -> dict[str, Any]:
    return {each.name: each for each in listed}


def _named(
    what: str, ones: Mapping[str, Any], twos: Mapping[str, Any], rule: Any
) -> Iterator[Note]:
    """By name: what came, what went, and what `rule` says of what stayed."""
    for name in dict.fromkeys((*ones, *twos)):
        place = f"/{what}s/{name}"
        if name not in twos:
            yield Note(Class.BREAKING, f"the {what} `{name}` is gone", place, name, None)
        elif name not in ones:
            yield Note(Class.WIDENED, f"a new {what} `{name}`", place, None, name)
        elif literal(ones[name]) != literal(twos[name]):
            notes = list(rule(ones[name], twos[name], place))
            yield from notes or [Note(Class.WORDS, f"the {what} `{name}` is told otherwise", place)]
    if list(ones) != list(twos) and set(ones) == set(twos):
        yield Note(Class.WORDS, f"{what}s stand in another order", f"/{what}s")


def _preset(names: Names, one: Preset, two: Preset, place: str) -> Iterator[Note]:
    name = place.rpartition("/")[2]
    kept = {names.get(tool, tool): tool for tool in one.tools}
    for now, tool in kept.items():
        if now not in two.tools:
            words = f"the preset `{name}` no longer has `{tool}`"
            yield Note(Class.BREAKING, words, f"{place}/{tool}", tool, None)
        elif now != tool:
            words = f"the preset `{name}` has `{tool}` under its new name"
            yield Note(Class.WORDS, words, f"{place}/{tool}", tool, now)
    for tool in two.tools:
        if tool not in kept:
            words = f"the preset `{name}` newly has `{tool}`"
            yield Note(Class.WIDENED, words, f"{place}/{tool}", None, tool)
    if one.description != two.description:
        words = f"what the preset `{name}` is for"
        yield Note(Class.WORDS, words, place, one.description, two.description)


def _prompt(names: Names, one: Prompt, two: Prompt, place: str) -> Iterator[Note]:
    ones, twos = ({each.name: each for each in side.arguments} for side in (one, two))
    for name in dict.fromkeys((*ones, *twos)):
        before, after = ones.get(name), twos.get(name)
        at, begin = f"{place}/{name}", f"the prompt `{two.name}`"
        if after is None:
            yield Note(Class.BREAKING, f"{begin} no longer asks for `{name}`", at, name, None)
        elif after.required and not (before and before.required):
            yield Note(Class.BREAKING, f"{begin} now needs `{name}`", at, None, name)
        elif before is None or (before.required and not after.required):
            yield Note(Class.WIDENED, f"{begin} may be given `{name}`", at, None, name)
    needed = [names.get(tool, tool) for tool in one.needs]
    if more := [tool for tool in two.needs if tool not in needed]:
        words = f"the prompt `{two.name}` is only offered with {', '.join(more)}"
        yield Note(Class.BREAKING, words, f"{place}/needs", one.needs, two.needs)
    if less := [tool for tool in needed if tool not in two.needs]:
        words = f"the prompt `{two.name}` is offered without {', '.join(less)}"
        yield Note(Class.WIDENED, words, f"{place}/needs", one.needs, two.needs)
    if one.text != two.text:
        yield Note(Class.WORDS, f"the prompt `{two.name}`", f"{place}/text", one.text, two.text)


def _resource(names: Names, one: Resource, two: Resource, place: str) -> Iterator[Note]:
    if one.uri_template != two.uri_template:
        words = f"the resource `{two.name}` has another address"
        yield Note(Class.BREAKING, words, place, one.uri_template, two.uri_template)
    if one.mime != two.mime:
        words = f"the resource `{two.name}` is of another type"
        yield Note(Class.BREAKING, words, place, one.mime, two.mime)
    before, after = (
        (names.get(side.tool, side.tool), side.argument, side.take, side.arguments)
        for side in (one, two)
    )
    if before != after:
        words = f"the resource `{two.name}` is read otherwise"
        yield Note(Class.WIRE, words, place, literal(before), literal(after))
