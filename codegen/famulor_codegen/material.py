"""What a document says beside its tools: instructions, presets, synonyms, prompts, resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from famulor_codegen import budget, dynamic
from famulor_codegen.errors import join
from famulor_codegen.table import Argument, Material, Preset, Prompt, Resource, Sentence, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from famulor_codegen.errors import Report
    from famulor_codegen.table import Catalogue, Tool

LIST = "{tools}"
LONGEST = 2000
"""Bytes of instructions that clients read: Claude Code cuts at 2 KB."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[a-z0-9_]+")
_AT = "/x-mcp"


def plan(hints: dict[str, Any], tools: list[Tool]) -> Material:
    """All of it as data; `check` judges it."""
    names = {tool.name for tool in tools}
    given = hints.get("instructions", ())
    entries = [{"text": given}] if isinstance(given, str) else given
    return Material(
        instructions=tuple(_sentence(entry, names) for entry in entries),
        presets={
            name: Preset(_words(entry["description"]), tuple(entry["tools"]))
            for name, entry in hints.get("presets", {}).items()
        },
        synonyms=tuple(tuple(group) for group in hints.get("synonyms", ())),
        prompts=tuple(_prompt(entry, names) for entry in hints.get("prompts", ())),
        resources=tuple(_resource(entry) for entry in hints.get("resources", ())),
    )


def check(catalogue: Catalogue, report: Report) -> None:
    """Note names that lead nowhere, and sets and instructions that are too large."""
    known = {tool.name: tool for tool in catalogue.tools}
    for pointer, sentence in (
        *_presets(catalogue, known),
        *_instructions(catalogue, known),
        *_prompts(catalogue.material.prompts, known),
        *_resources(catalogue.material.resources, known),
    ):
        report.add(pointer, sentence)
    budget.check_presets(catalogue, report)
    budget.check_dynamic(catalogue, report)


def _sentence(entry: dict[str, Any], names: set[str]) -> Sentence:
    text, about = _words(entry["text"]), tuple(entry.get("tools", ()))
    named = _named(text, names)
    if LIST in text:
        return Sentence(text, named, about)
    return Sentence(text, tuple(dict.fromkeys((*named, *about))))


def _prompt(entry: dict[str, Any], names: set[str]) -> Prompt:
    arguments = tuple(
        Argument(
            name=one["name"],
            description=_words(one["description"]),
            required=one.get("required", False),
            default=one.get("default", ""),
            values=_source(one),
        )
        for one in entry.get("arguments", ())
    )
    text = entry["text"].strip()
    return Prompt(
        name=entry["name"],
        title=_words(entry["title"]),
        description=_words(entry["description"]),
        text=text,
        needs=_named(text, names),
        arguments=arguments,
    )


def _resource(entry: dict[str, Any]) -> Resource:
    return Resource(
        name=entry["name"],
        title=_words(entry["title"]),
        description=_words(entry["description"]),
        uri_template=entry["uri_template"],
        mime=entry["mime"],
        tool=entry["tool"],
        argument=entry["argument"],
        take=entry["take"],
        arguments=entry.get("with", {}),
        values=_source(entry),
    )


def _source(entry: dict[str, Any]) -> Source | None:
    values = entry.get("values")
    return Source(values["tool"], values["take"]) if values else None


def _presets(catalogue: Catalogue, known: dict[str, Tool]) -> Iterator[tuple[str, str]]:
    for name, preset in catalogue.material.presets.items():
        for index, tool in enumerate(preset.tools):
            if tool not in known:
                yield join(_AT, "presets", name, "tools", index), f"{tool!r} is no tool"


def _instructions(catalogue: Catalogue, known: dict[str, Tool]) -> Iterator[tuple[str, str]]:
    entries = catalogue.material.instructions
    for index, entry in enumerate(entries):
        pointer = join(_AT, "instructions", index)
        yield from ((pointer, f"{tool!r} is no tool") for tool in _unknown(entry, known))
        if LIST in entry.text and not entry.tools:
            yield pointer, f"{LIST} stands for the entry's `tools`, and there are none"
    said = [entry.text.replace(LIST, ", ".join(entry.tools)) for entry in entries]
    preface = dynamic.preface(catalogue.title, catalogue.toolsets)
    size = len("\n".join([preface, *said]).encode())
    if size > LONGEST:
        yield (
            join(_AT, "instructions"),
            f"the instructions take {size} bytes of at most {LONGEST}, with --dynamic",
        )


def _unknown(entry: Sentence, known: dict[str, Tool]) -> list[str]:
    return [tool for tool in (*entry.needs, *entry.tools) if tool not in known]


def _prompts(prompts: Iterable[Prompt], known: dict[str, Tool]) -> Iterator[tuple[str, str]]:
    for index, prompt in enumerate(prompts):
        pointer = join(_AT, "prompts", index)
        arguments = [one.name for one in prompt.arguments]
        for name in _BRACES.findall(prompt.text):
            if name not in arguments:
                yield (
                    join(pointer, "text"),
                    f"{{{name}}} is no argument of this prompt: {', '.join(arguments) or 'none'}",
                )
        for argument in prompt.arguments:
            if f"{{{argument.name}}}" not in prompt.text:
                yield pointer, f"the text does not use the argument `{argument.name}`"
            yield from _values(argument.values, known, join(pointer, "arguments"))


def _resources(resources: Iterable[Resource], known: dict[str, Tool]) -> Iterator[tuple[str, str]]:
    for index, resource in enumerate(resources):
        pointer = join(_AT, "resources", index)
        yield from _values(resource.values, known, pointer)
        variables = _BRACES.findall(resource.uri_template)
        if variables != [resource.argument]:
            yield pointer, f"the template's one variable must be {{{resource.argument}}}"
        if resource.tool not in known:
            yield pointer, f"{resource.tool!r} is no tool"
            continue
        tool = known[resource.tool]
        arguments, fields = tool.enforced_schema["properties"], tool.output_schema["properties"]
        if tool.effect != "read":
            yield pointer, f"{tool.name} does not only read, so a client must not read it by URI"
        for name in (resource.argument, *resource.arguments):
            if name not in arguments:
                yield pointer, f"{tool.name} has no argument `{name}`"
        if resource.take not in fields:
            listed = ", ".join(fields) or "none"
            yield (
                pointer,
                f"{tool.name} does not answer `{resource.take}`; fields: {listed}",
            )


def _values(
    source: Source | None, known: dict[str, Tool], pointer: str
) -> Iterator[tuple[str, str]]:
    if source is None:
        return
    tool = known.get(source.tool)
    if tool is None:
        yield pointer, f"`values` names {source.tool!r}, which is no tool"
    elif tool.effect != "read" or tool.input_schema.get("required"):
        yield pointer, f"`values` needs a tool that reads without arguments, unlike {tool.name}"
    elif tool.item_fields and source.take not in tool.item_fields:
        fields = ", ".join(tool.item_fields)
        yield pointer, f"`values` takes `{source.take}`; {tool.name} answers {fields}"


def _named(text: str, names: set[str]) -> tuple[str, ...]:
    """The tools that a text names, in its order."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if word in names))


def _words(text: str) -> str:
    return " ".join(text.split())
