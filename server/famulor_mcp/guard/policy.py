"""What an operator allows, as data. `policyfile` reads it, `limits` holds calls to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from famulor_mcp.guard.hours import Hours
    from famulor_tools.table import Effect, Tool

SPANS = {"per_minute": 60, "per_hour": 3600, "per_day": 86400}
"""Seconds. A day is any 24 hours, not a date."""

SPAN_WORDS = {60: "any minute", 3600: "any hour", 86400: "any 24 hours"}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` costly calls in any `seconds`, of one tool or (empty) of all together."""

    most: int
    seconds: int
    tool: str = ""

    @property
    def rule(self) -> str:
        """Its key in the file."""
        span = next(name for name, seconds in SPANS.items() if seconds == self.seconds)
        return f"limits.tools.{self.tool}.{span}" if self.tool else f"limits.{span}"


@dataclass(frozen=True, slots=True)
class Destinations:
    """E.164 prefixes. A number passes if none of `deny` fits, and one of `allow` (if any) does."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator allows. What is None or empty limits nothing.

    `floor` is the balance, in the account's currency, below which no costly call is made.
    `largest` is the number of people that one call may set going.
    """

    limits: tuple[Limit, ...] = ()
    destinations: Destinations | None = None
    hours: Hours | None = None
    floor: float | None = None
    largest: int | None = None
    off_tools: frozenset[str] = frozenset()
    off_effects: frozenset[Effect] = frozenset()


def effects_of(tool: Tool) -> set[Effect]:
    """The effects that calls of a tool may have, by their arguments."""
    return {tool.effect, "write"} if tool.effect_when else {tool.effect}


def hidden(policy: Policy, tools: Iterable[Tool]) -> frozenset[str]:
    """The names of the tools that no call may use, whatever its arguments: not to be offered."""
    return frozenset(
        tool.name
        for tool in tools
        if tool.name in policy.off_tools or effects_of(tool) <= policy.off_effects
    )
