"""The gateway's own three tools, which stand for all others where those are not listed.

They are planned as any tool, so that the server repairs, checks and lists them as any tool. What
they answer for depends on what is offered; the server sets the annotations of the last by that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_codegen import validator
from famulor_codegen.budget import BUDGET, tokens
from famulor_codegen.table import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from famulor_codegen.table import Schema, Tool, Toolset

TOOLSET = "dynamic"
_NAME = {"type": "string", "minLength": 1, "maxLength": 64}
_READS = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": False,
}
_ACTS = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}


def plan() -> tuple[Tool, ...]:
    """find, describe and call, in this order."""
    return (
        _tool(
            "find_tools",
            "Find tools",
            "Find the tools for a task, in English or German words. Answers name, purpose, effect "
            "and required arguments of the best.",
            {
                "task": {"type": "string", "minLength": 1, "maxLength": 400},
                "limit": {"type": "integer", "minimum": 1, "maximum": 20},
            },
            ["task"],
            {"tools": {}},
            {"task": "which calls failed today"},
            _READS,
        ),
        _tool(
            "describe_tool",
            "Describe a tool",
            "Read all about one tool: description, arguments with their rules, effect. "
            "Do this before its first call.",
            {"name": _NAME},
            ["name"],
            {
                "name": {},
                "title": {},
                "description": {},
                "effect": {},
                "inputSchema": {},
                "annotations": {},
            },
            {"name": "list_things"},
            _READS,
        ),
        _tool(
            "call_tool",
            "Call a tool",
            "Call a tool by its name. What it does to people and money is its effect: find_tools "
            "and describe_tool tell it.",
            {"name": _NAME, "arguments": {"type": "object", "additionalProperties": True}},
            ["name"],
            {},
            {"name": "list_things", "arguments": {"page": 1}},
            _ACTS,
        ),
    )


def preface(title: str, toolsets: Iterable[Toolset]) -> str:
    """What a model must know first. `{toolsets}` in it is filled by what is offered."""
    return instructions(title).format(toolsets=", ".join(toolset.name for toolset in toolsets))


def instructions(title: str) -> str:
    """The preface before it is filled."""
    return (
        f"The tools of {title} are not listed: find_tools finds them by a task, describe_tool "
        "shows one, call_tool calls it. Areas: {toolsets}."
    )


def _tool(  # noqa: PLR0913 - the parts of a tool
    name: str,
    title: str,
    description: str,
    properties: Schema,
    required: list[str],
    answers: Schema,
    example: dict[str, Any],
    annotations: dict[str, bool],
) -> Tool:
    shown = {
        "type": "object",
        "properties": {key: _shown(schema) for key, schema in properties.items()},
        "required": required,
    }
    enforced = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return replace(
        BLANK,
        name=name,
        title=title,
        description=description,
        toolset=TOOLSET,
        effect="read" if annotations["readOnlyHint"] else "contact",
        idempotent=annotations["idempotentHint"],
        input_schema=shown,
        enforced_schema=enforced,
        output_schema={"type": "object", "properties": answers} if answers else {"type": "object"},
        annotations=annotations,
        example=example,
        validator=tuple(validator.plan_validator(enforced, f"check_{name}")),
        tokens=tokens(name, description, shown),
        budget=BUDGET,
    )


def _shown(schema: Schema) -> Schema:
    return {key: rule for key, rule in schema.items() if key not in ("minLength", "maxLength")}
