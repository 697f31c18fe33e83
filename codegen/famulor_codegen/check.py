"""What must hold of planned tools: names, effects, and that every name that is used exists."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from famulor_codegen import budget, effects, material, retire
from famulor_codegen.lint import lint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from famulor_codegen.errors import Report
    from famulor_codegen.table import Catalogue, Lookup, Tool

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_BRACES = re.compile(r"\{([^{}]*)\}")


def check(catalogue: Catalogue, report: Report) -> None:
    """Note everything about the tools that cannot be rendered or must not be published."""
    tools = catalogue.tools
    names = Counter(tool.name for tool in tools)
    known = {tool.name: tool for tool in tools}
    for tool in tools:
        if names[tool.name] > 1:
            report.add(tool.pointer, f"{names[tool.name]} tools are named `{tool.name}`")
        found = (_own(tool), effects.check_tool(tool, known), _aliases(tool), _others(tool, known))
        for sentence in chain(*found):
            report.add(tool.pointer, sentence)
    for tool, sentence in retire.check(tools):
        report.add(tool.pointer, sentence)
    for sentence in effects.check_document(catalogue, known):
        report.add("/x-mcp", sentence)
    budget.check(catalogue, report)
    material.check(catalogue, report)
    for finding in lint([tool.wire_object for tool in tools if tool.validator]):
        report.add(known[finding.tool].pointer if finding.tool in known else "", str(finding))


def _own(tool: Tool) -> Iterator[str]:
    if not _NAME.fullmatch(tool.name):
        allowed = f"must match ^{_NAME.pattern}$: set the operationId or x-mcp `tool`"
        yield f"the tool name {tool.name!r} {allowed}"
    if not tool.description:
        yield f"{tool.name} needs a description"
    arguments = tool.input_schema["properties"]
    for name in _BRACES.findall(tool.preview):
        if name not in arguments:
            yield f"the preview names {{{name}}}; arguments: {_list(arguments)}"
    fields = tool.output_schema.get("properties", {})
    if tool.until and fields and tool.until.field.partition(".")[0] not in fields:
        yield f"`until` waits for `{tool.until.field}`; fields of the answer: {_list(fields)}"


def _aliases(tool: Tool) -> Iterator[str]:
    older = {alias.name for alias in tool.aliases if not alias.keep}
    for alias in tool.aliases:
        begin = f"`{alias.name}` is an older name"
        if alias.target not in tool.input_schema["properties"] or alias.target in older:
            yield f"{begin} of `{alias.target}`, which is no current argument"
        for name in alias.when:
            if name not in tool.input_schema["properties"]:
                yield f"{begin} that depends on `{name}`, which is no argument"


def _others(tool: Tool, known: dict[str, Tool]) -> Iterator[str]:
    if tool.verify and tool.verify not in known:
        yield f"`verify` names {tool.verify!r}, which is no tool"
    yield from _sources(tool, known)
    for lookup in tool.lookups:
        if lookup.tool in known:
            yield from _lookup(tool, lookup, known[lookup.tool])
        else:
            yield f"the lookup of `{lookup.parameter}` names {lookup.tool!r}, which is no tool"


def _sources(tool: Tool, known: dict[str, Tool]) -> Iterator[str]:
    looked_up = {lookup.parameter for lookup in tool.lookups}
    for name, (listing, take) in tool.sources.items():
        if name in looked_up:
            continue
        if listing not in known:
            yield f"`{name}` comes `from` {listing!r}, which is no tool"
        elif take not in known[listing].item_fields:
            fields = _list(known[listing].item_fields)
            yield f"`{name}` comes from the field `{take}`; {listing} answers {fields}"


def _lookup(tool: Tool, lookup: Lookup, listing: Tool) -> Iterator[str]:
    begin = f"the lookup of `{lookup.parameter}`"
    yield from effects.given(begin, lookup.arguments, tool, listing)
    for field in (*lookup.match, lookup.take):
        if listing.item_fields and field not in listing.item_fields:
            fields = _list(listing.item_fields)
            yield f"{begin} reads the field `{field}`; {lookup.tool} answers {fields}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
