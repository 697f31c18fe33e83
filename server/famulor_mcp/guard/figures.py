"""The numbers that a policy needs from the account: its balance, and how many a call would reach.

Read through tools, as the facts of the table say. Whatever is no number is a fault, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from famulor_mcp.guard.refusals import RuleFault

if TYPE_CHECKING:
    from famulor_mcp.guard.intent import Intent
    from famulor_tools.table import Audience, Ledger

Fetch = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""(name of a tool, its arguments) → the JSON value of its answer."""


class Figures(Protocol):
    """Tells the numbers, for one account. May raise any `GatewayError`."""

    async def balance(self) -> float:
        """The account's balance."""
        ...

    async def audience(self, intent: Intent, audience: Audience) -> float:
        """How many people the call would set going."""
        ...


@dataclass(frozen=True, slots=True)
class ReadFigures:
    """Reads the numbers by `fetch`."""

    fetch: Fetch
    ledger: Ledger | None = None

    async def balance(self) -> float:
        """The account's balance. Raises `RuleFault` where there is none to read."""
        if self.ledger is None:
            raise RuleFault("This API has no balance that could be read.")
        answer = await self.fetch(self.ledger.tool, {})
        return number(answer, self.ledger.balance, self.ledger.tool)

    async def audience(self, intent: Intent, audience: Audience) -> float:
        """How many people the call would set going."""
        answer = await self.fetch(audience.tool, given(audience.arguments, intent.arguments))
        return number(answer, audience.count, audience.tool)


def given(wanted: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a read: plain values, and those taken from the call's own arguments."""
    filled = {}
    for name, value in wanted.items():
        if not isinstance(value, Mapping):
            filled[name] = value
        elif value["argument"] in arguments:
            filled[name] = arguments[value["argument"]]
        elif "default" in value:
            filled[name] = value["default"]
    return filled


def number(answer: Any, field: str, tool: str) -> float:
    """The number at a dotted field; decimals may come as text."""
    value = answer
    for step in field.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    try:
        found = math.nan if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise RuleFault(f"The answer of {tool} holds no number in {field}.")
    return found
