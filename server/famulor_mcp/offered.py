"""The policy and the tools that an operator's settings come to."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool


def policy(settings: Settings) -> Policy | None:
    """The policy of these settings. Raises `SettingsError`, with file and line."""
    return policy_in(settings.policy) if settings.policy else None


def policy_in(path: Path) -> Policy:
    """The policy in a file. Raises `SettingsError`, with file and line."""
    from famulor_mcp.guard.policyfile import PolicyError, load
    from famulor_tools import TOOLS

    try:
        return load(path, TOOLS)
    except PolicyError as error:
        raise SettingsError(str(error)) from None


def tools(settings: Settings, policy: Policy | None) -> tuple[Tool, ...]:
    """The tools that may be called. Raises `SettingsError` for a wrong choice."""
    from famulor_mcp.selection import adapted, select
    from famulor_tools import PRESETS, TOOLS, TOOLSETS

    return adapted(select(TOOLS, TOOLSETS, settings, PRESETS), settings, policy)


def listed(tools: Sequence[Tool], settings: Settings) -> tuple[Tool, ...]:
    """Of the tools that may be called, those that clients are told of without asking."""
    from famulor_mcp.former import listed as with_older

    return with_older(tools, older=settings.aliases and not settings.dynamic)


def shown(tools: Sequence[Tool], settings: Settings) -> tuple[Tool, ...]:
    """The tool list as a client gets it: with `dynamic`, three that stand for all."""
    if not settings.dynamic:
        return listed(tools, settings)
    from famulor_mcp.dynamic import stand_ins
    from famulor_tools import DYNAMIC

    return stand_ins(DYNAMIC, tools)


def named(tools: Sequence[Tool], name: str) -> Tool:
    """The tool of this name. Raises `SettingsError`, naming the closest."""
    from famulor_mcp.former import named as by_name

    known = by_name(tools)
    if name not in known:
        close = get_close_matches(name, known, n=3, cutoff=0.5)
        rest = f"Nearest: {', '.join(close)}." if close else "`famulor-mcp tools` lists them."
        raise SettingsError(f"there is no tool {name!r} here. {rest}")
    return known[name]
