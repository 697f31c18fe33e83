"""What the document says beside its tools: instructions, presets, prompts, resources, synonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.render import literal
from famulor_codegen.review.classes import Class, Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_codegen.table import Catalogue, Preset, Prompt, Resource


def material(old: Catalogue, new: Catalogue) -> Iterator[Note]:
    """Everything that differs, part by part."""
    one, two = old.material, new.material
    if one.instructions != two.instructions:
        before, after = (" ".join(s.text for s in side.instructions) for side in (one, two))
        words = "what a model is told before it uses any tool"
        yield Note(Class.WORDS, words, "/instructions", before, after)
    if one.synonyms != two.synonyms:
        words = "tools are found by other words"
        yield Note(Class.WORDS, words, "/synonyms", one.synonyms, two.synonyms)
    yield from _named("preset", one.presets, two.presets, _preset)
    yield from _named("prompt", _by_name(one.prompts), _by_name(two.prompts), _prompt)
    yield from _named("resource", _by_name(one.resources), _by_name(two.resources), _resource)


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


def _preset(one: Preset, two: Preset, place: str) -> Iterator[Note]:
    name = place.rpartition("/")[2]
    for tool in one.tools:
        if tool not in two.tools:
            words = f"the preset `{name}` no longer has `{tool}`"
            yield Note(Class.BREAKING, words, f"{place}/{tool}", tool, None)
    for tool in two.tools:
        if tool not in one.tools:
            words = f"the preset `{name}` newly has `{tool}`"
            yield Note(Class.WIDENED, words, f"{place}/{tool}", None, tool)
    if one.description != two.description:
        words = f"what the preset `{name}` is for"
        yield Note(Class.WORDS, words, place, one.description, two.description)


def _prompt(one: Prompt, two: Prompt, place: str) -> Iterator[Note]:
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
    if more := [tool for tool in two.needs if tool not in one.needs]:
        words = f"the prompt `{two.name}` is only offered with {', '.join(more)}"
        yield Note(Class.BREAKING, words, f"{place}/needs", one.needs, two.needs)
    if less := [tool for tool in one.needs if tool not in two.needs]:
        words = f"the prompt `{two.name}` is offered without {', '.join(less)}"
        yield Note(Class.WIDENED, words, f"{place}/needs", one.needs, two.needs)
    if one.text != two.text:
        yield Note(Class.WORDS, f"the prompt `{two.name}`", f"{place}/text", one.text, two.text)


def _resource(one: Resource, two: Resource, place: str) -> Iterator[Note]:
    if one.uri_template != two.uri_template:
        words = f"the resource `{two.name}` has another address"
        yield Note(Class.BREAKING, words, place, one.uri_template, two.uri_template)
    if one.mime != two.mime:
        words = f"the resource `{two.name}` is of another type"
        yield Note(Class.BREAKING, words, place, one.mime, two.mime)
    sources = [(side.tool, side.argument, side.take, side.arguments) for side in (one, two)]
    if sources[0] != sources[1]:
        words = f"the resource `{two.name}` is read otherwise"
        yield Note(Class.WIRE, words, place, literal(sources[0]), literal(sources[1]))
