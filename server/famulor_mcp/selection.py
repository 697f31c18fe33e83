"""Which tools are offered: the operator's choice applied to the tool table.

A preset, toolsets and tools add up; without any all are taken, and the preset `all` is as none.
What is excluded goes, and read-only wins over every other choice.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from famulor_mcp import former
from famulor_mcp.guard.policy import hidden
from famulor_mcp.settings import SettingsError, label

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Preset, Tool


ALL = "all"
"""The preset that leaves nothing out, and nothing to choose from: the same as no preset."""

CONFIRMING = "confirm_token"
FEW = 20
"""Names that an error can list and still be read."""


def select(
    tools: Sequence[Tool],
    toolsets: Mapping[str, str],
    settings: Settings,
    presets: Mapping[str, Preset] = MappingProxyType({}),
) -> tuple[Tool, ...]:
    """The tools to offer, in the table's order.

    `exclude` takes names of tools and of toolsets. A tool may be named as it was called before.

    Raises:
        SettingsError: a name is unknown, or nothing is left to offer.
    """
    settings = replace(
        settings,
        tools=former.current(settings.tools, tools),
        exclude=former.current(settings.exclude, tools),
    )
    names = [tool.name for tool in tools]
    _check("toolsets", "toolset", settings.toolsets, list(toolsets))
    _check("tools", "tool", settings.tools, names)
    _check("exclude", "tool or toolset", settings.exclude, [*names, *toolsets])
    if settings.preset:
        _check("preset", "preset", [settings.preset], [ALL, *presets])
    named = _named(settings, presets)
    chosen = tuple(tool for tool in tools if _wanted(tool, settings, named))
    if tools and not chosen:
        raise SettingsError(
            "No tool is left to offer: "
            + ", ".join(label(name) for name in _narrowing(settings))
            + " exclude all of them."
        )
    return chosen


def adapted(tools: Sequence[Tool], settings: Settings, policy: Policy | None) -> tuple[Tool, ...]:
    """The tools as clients are to see them: without those that the policy never lets be called, and
    with `confirm_token` where a call may need one.

    Raises:
        SettingsError: nothing is left to offer.
    """
    off = hidden(policy, tools) if policy else frozenset()
    offered = tuple(tool for tool in tools if tool.name not in off)
    if tools and not offered:
        raise SettingsError(f"No tool is left to offer: {label('policy')} has them all off.")
    if settings.confirm != "always":
        return offered
    return tuple(with_token(tool) if CONFIRMING in tool.controls else tool for tool in offered)


def with_token(tool: Tool) -> Tool:
    """A tool whose advertised schema has the argument that confirms a call."""
    schema = tool.input_schema
    properties = {**schema["properties"], CONFIRMING: {"type": "string"}}
    return replace(tool, input_schema={**schema, "properties": properties})


def _named(settings: Settings, presets: Mapping[str, Preset]) -> tuple[str, ...]:
    """The tools that are chosen by their names."""
    preset = presets.get(settings.preset)
    return (*(preset.tools if preset else ()), *settings.tools)


def _wanted(tool: Tool, settings: Settings, named: Collection[str]) -> bool:
    chosen = not (settings.toolsets or named) or (
        tool.toolset in settings.toolsets or tool.name in named
    )
    excluded = tool.name in settings.exclude or tool.toolset in settings.exclude
    return chosen and not excluded and (tool.effect == "read" or not settings.read_only)


def _narrowing(settings: Settings) -> list[str]:
    choices = ("preset", "toolsets", "tools", "exclude", "read_only")
    return [name for name in choices if getattr(settings, name)]


def _check(setting: str, kind: str, given: Collection[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.5)
            rest = f"Nearest: {', '.join(close)}." if close else _all(known)
            raise SettingsError(f"{label(setting)}: there is no {kind} {name!r}. {rest}")


def _all(known: Sequence[str]) -> str:
    """All that may be named; of many, where they stand."""
    few = len(known) <= FEW
    return f"All: {', '.join(known)}." if few else "`famulor-mcp tools` lists them."
