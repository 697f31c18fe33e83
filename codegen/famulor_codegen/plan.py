"""From operations to tools: pure planning on plain data. One Tool per tool, in declared order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from famulor_codegen import (
    advertise,
    controls,
    declared,
    documented,
    dynamic,
    effects,
    enforce,
    material,
    validator,
)
from famulor_codegen.answers import Answers, secret_paths
from famulor_codegen.budget import TOTAL, tokens
from famulor_codegen.errors import Report, join
from famulor_codegen.examples import NoExampleError, example
from famulor_codegen.keywords import UnsupportedSchemaError
from famulor_codegen.resolve import KEY, Resolver
from famulor_codegen.table import (
    Alias,
    Catalogue,
    Lookup,
    Parameter,
    Tool,
    Toolset,
)
from famulor_codegen.wire import ABSENT, Argument, Body, Wire

if TYPE_CHECKING:
    from famulor_codegen.document import Operation

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
_OF_ALIAS = {"values", "keep", "drop", "when"}
_TAG = re.compile(r"[a-z][a-z0-9_]{0,39}")


def plan(raw: dict[str, Any], operations: list[Operation], report: Report) -> Catalogue:
    """Everything that is rendered; defects go to the report."""
    planner = _Planner(raw, report)
    tools = [tool for operation in operations for tool in planner.tools(operation)]
    hints = raw.get("x-mcp", {})
    return Catalogue(
        title=raw["info"]["title"],
        version=raw["info"]["version"],
        base_url=_base_url(raw, report),
        credentials=_credentials(raw),
        material=material.plan(hints, tools),
        dynamic=dynamic.plan(),
        rate_limits=declared.rate_limits(hints),
        budget=hints.get("budget", TOTAL),
        account=effects.ledger(hints),
        toolsets=_toolsets(raw, tools, report),
        omitted=tuple(planner.omitted),
        schemas=documented.schemas(
            raw, [schema for tool in tools for schema in tool.documented.values()]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Input:
    """What an operation takes; `full` is the enforced schema, _NOTHING after a defect."""

    arguments: list[Argument]
    body: Body
    full: dict[str, Any]


class _Planner:
    """Plans the tools of one document."""

    def __init__(self, raw: dict[str, Any], report: Report) -> None:
        self._raw = raw
        self._report = report
        self._wire = Wire(raw, Resolver(raw, report), report)
        self._answers = Answers(raw)
        self.omitted: list[tuple[str, str]] = []

    def tools(self, operation: Operation) -> list[Tool]:
        """The tools of an operation; none where the document says why."""
        hints = operation.raw.get("x-mcp", {})
        if isinstance(hints, dict) and hints.get("omit"):
            self.omitted.append((f"{operation.method} {operation.path}", hints["reason"]))
            return []
        several = isinstance(hints, list)
        entries = hints if isinstance(hints, list) else [hints]
        at = join(operation.pointer, "x-mcp")
        before = len(self._report.defects)
        body = self._wire.body(operation)
        arguments = [*self._wire.parameters(operation), *body.arguments]
        self._check_arguments(arguments)
        sound = len(self._report.defects) == before
        sent = [a for a in arguments if not advertise.older_names(a.hints) or _is_kept(a)]
        given = _Input(arguments, body, enforce.root(sent, body) if sound else _NOTHING)
        return [
            self._tool(operation, entry, join(at, i) if several else at, given)
            for i, entry in enumerate(entries)
        ]

    def _tool(self, operation: Operation, hints: dict[str, Any], at: str, given: _Input) -> Tool:
        tool = declared.tool(operation, hints)
        tool = replace(tool, pointer=at if "x-mcp" in operation.raw else operation.pointer)
        tool = _taking(self._answering(tool, operation), given)
        names = [a.name for a in given.arguments]
        added = controls.controls(tool.effect, hints, tool.rows, names)
        self._check_controls(given.arguments, added)
        return self._checking(tool, given, added, operation.pointer)

    def _answering(self, tool: Tool, operation: Operation) -> Tool:
        """The tool with all that is known of its answers."""
        successes, others = self._answers.words(operation)
        return replace(
            tool,
            successes=successes,
            answers=others,
            output_schema=self._answers.output_schema(operation),
            rows=self._answers.rows(operation) if tool.effect == "read" else "",
            item_fields=tuple(sorted(self._answers.item_fields(operation))),
            secret_results=self._answers.secrets(operation),
            documented=documented.answers(self._raw, operation),
        )

    def _checking(
        self, tool: Tool, given: _Input, added: tuple[controls.Control, ...], pointer: str
    ) -> Tool:
        """The tool with its schemas, controls included, and with what is made of those."""
        full = given.full if given.full is _NOTHING else controls.enforce(given.full, added)
        shown = controls.advertise(advertise.root(given.arguments), added)
        return replace(
            tool,
            controls=tuple(control.name for control in added),
            input_schema=shown,
            enforced_schema=enforce.strip(full),
            output_schema=controls.answer(tool.output_schema, added),
            example=self._example(given, pointer),
            rules=tuple(enforce.sentences(full)),
            validator=self._validator(full, tool.name, pointer),
            tokens=tokens(tool.name, tool.description, shown),
        )

    def _check_arguments(self, arguments: list[Argument]) -> None:
        names = Counter(a.name for a in arguments)
        for a in arguments:
            if names[a.name] > 1:
                sentence = f"{names[a.name]} arguments would be named `{a.name}`"
                self._report.add(a.pointer, f"{sentence}: give this one an x-mcp name")
            if not KEY.fullmatch(a.name):
                self._report.add(
                    a.pointer, f"clients refuse the argument name {a.name!r}: give it an x-mcp name"
                )
            if isinstance(a.hints.get("alias_of"), list) and a.hints.keys() & _OF_ALIAS:
                allowed = "values, keep, drop and when stand in each mapping of `alias_of`"
                self._report.add(a.pointer, allowed)
            if a.hints.get("merge") and a.schema.get("type") != "object":
                self._report.add(a.pointer, f"`{a.name}` must be an object for its items to merge")
            if advertise.older_names(a.hints) and a.required:
                self._report.add(a.pointer, f"`{a.name}` is an older name and cannot be required")

    def _check_controls(
        self, arguments: list[Argument], added: tuple[controls.Control, ...]
    ) -> None:
        taken = {control.name for control in added}
        for a in arguments:
            if a.name in taken:
                sentence = f"`{a.name}` is an argument that the gateway itself understands here"
                self._report.add(a.pointer, f"{sentence}: give this one an x-mcp name")

    def _validator(self, schema: dict[str, Any], name: str, pointer: str) -> tuple[str, ...]:
        if schema is _NOTHING:
            return ()
        try:
            return tuple(validator.plan_validator(schema, f"check_{name}"))
        except UnsupportedSchemaError as error:
            for place, sentence in error.findings:
                self._report.add(
                    pointer, f"in the enforced schema of {name} at {place or '/'}: {sentence}"
                )
            return ()

    def _example(self, planned: _Input, pointer: str) -> dict[str, Any]:
        """The document's example under argument names; what is required and lacks one is made."""
        arguments, full = planned.arguments, planned.full
        if full is _NOTHING:
            return {}
        given = {a.name: a.example for a in arguments if a.example is not ABSENT}
        given |= self._body_example(planned.body, pointer)
        try:
            for name in full.get("required", []):
                if name not in given:
                    given[name] = example(full["properties"][name])
        except NoExampleError as error:
            self._report.add(pointer, f"`{name}` needs an example: {error}")
            return {}
        places = {a.name: a.pointer for a in arguments}
        for broken in Draft202012Validator(full).iter_errors(given):
            where = ".".join(map(str, broken.path)) or "the arguments"
            place = places.get(str(next(iter(broken.path), "")), pointer)
            self._report.add(place, f"the example breaks the schema: {where}: {broken.message}")
        ordered = [name for name in full["properties"] if name in given]
        return {name: given[name] for name in ordered}

    def _body_example(self, body: Body, pointer: str) -> dict[str, Any]:
        if body.example is ABSENT:
            return {}
        known = {a.wire: a for a in body.arguments}
        given: dict[str, Any] = {}
        if not isinstance(body.example, dict):
            self._report.add(join(pointer, "requestBody"), "the example of an object is a mapping")
            return {}
        for wire, value in body.example.items():
            if wire not in known:
                self._report.add(
                    join(pointer, "requestBody"),
                    f"the example has `{wire}`, which is no property of the body",
                )
                continue
            is_path = known[wire].place == "file" and isinstance(value, str)
            given[known[wire].name] = {"path": value} if is_path else value
        return given


def _is_kept(a: Argument) -> bool:
    return any(entry.get("keep") for entry in advertise.older_names(a.hints))


def _taking(tool: Tool, given: _Input) -> Tool:
    """The tool with its arguments: where each goes, what may stand for it, what is secret."""
    arguments = given.arguments
    return replace(
        tool,
        parameters=tuple(_parameter(a) for a in arguments if a.name in given.full["properties"]),
        body=given.body.kind,
        aliases=tuple(alias for a in arguments for alias in _aliases(a)),
        lookups=tuple(lookup for a in arguments for lookup in _lookups(a)),
        merged=tuple(a.name for a in arguments if a.hints.get("merge")),
        defaults={a.name: a.schema["default"] for a in arguments if "default" in a.schema},
        sources={a.name: source for a in arguments for source in _sources(a)},
        destinations=_destinations(tool.effect, arguments),
        secret_arguments=tuple(
            dict.fromkeys((a.name, *path) for a in arguments for path in secret_paths(a.schema))
        ),
    )


def _parameter(a: Argument) -> Parameter:
    return Parameter(a.name, a.wire, a.place, a.style, a.explode)


def _aliases(a: Argument) -> list[Alias]:
    return [
        Alias(
            name=a.name,
            target=entry["alias_of"],
            values=entry.get("values", {} if "drop" in entry else None),
            keep=entry.get("keep", False),
            drop=tuple(entry.get("drop", ())),
            when={name: tuple(values) for name, values in entry.get("when", {}).items()},
        )
        for entry in advertise.older_names(a.hints)
    ]


def _lookups(a: Argument) -> list[Lookup]:
    hint = a.hints.get("lookup")
    return (
        [
            Lookup(
                a.name,
                hint["tool"],
                tuple(hint["match"]),
                hint["take"],
                hint.get("with", {}),
                hint.get("accept", True),
            )
        ]
        if hint
        else []
    )


def _destinations(effect: str, arguments: list[Argument]) -> tuple[tuple[str, ...], ...]:
    if effect not in effects.REACHING:
        return ()
    paths = ((a.name, *path) for a in arguments for path in effects.destinations(a.schema))
    return tuple(dict.fromkeys(paths))


def _sources(a: Argument) -> list[tuple[str, str]]:
    """The tool, and the field of its items, that an id comes from."""
    hint = a.hints.get("from") or a.hints.get("lookup")
    return [(hint["tool"], hint["take"])] if hint else []


def _base_url(raw: dict[str, Any], report: Report) -> str:
    url = next((str(server["url"]) for server in raw.get("servers", [])), "")
    if not url or "{" in url:
        report.add("/servers", "the first server needs a URL without variables")
    elif refusal := _unsafe(url):
        report.add("/servers/0/url", f"the server {url!r} {refusal}")
    return url.rstrip("/")


def _unsafe(url: str) -> str:
    """Why no API key may be sent there; empty if it may. Loopback is spoken to in the clear."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return f"is no URL: {error}"
    if not host or parts.scheme not in {"https", "http"}:
        return "is not absolute: write https://HOST"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "would carry the API key unencrypted: write https"
    if parts.username is not None or re.search(r"[?#\s]", url):
        return "may hold a scheme, a host, a port and a path, nothing else"
    return ""


def _credentials(raw: dict[str, Any]) -> str:
    schemes = raw.get("components", {}).get("securitySchemes", {})
    return next((declared.words(scheme.get("description", "")) for scheme in schemes.values()), "")


def _toolsets(raw: dict[str, Any], tools: list[Tool], report: Report) -> tuple[Toolset, ...]:
    """In the order of the document's `tags`."""
    tags = {tag["name"]: declared.words(tag.get("description", "")) for tag in raw.get("tags", [])}
    for index, name in enumerate(tags):
        if not _TAG.fullmatch(name):
            report.add(
                join("/tags", index, "name"),
                f"the tag {name!r} names a module: it must match ^{_TAG.pattern}$",
            )
    for tool in tools:
        if tool.toolset not in tags:
            said = (
                f"its tag {tool.toolset!r} is not among the document's tags"
                if tool.toolset
                else "it has no tag"
            )
            report.add(tool.pointer.removesuffix("/x-mcp"), f"a tool needs a toolset: {said}")
    found = {name: tuple(tool for tool in tools if tool.toolset == name) for name in tags}
    return tuple(Toolset(name, tags[name], members) for name, members in found.items() if members)
