"""Waiting for a result: the same read again, at its interval, until its state is final.

No more than one request goes out per interval. The call ends in time whatever happens, and then
with the last state that was seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import GatewayError

if TYPE_CHECKING:
    from famulor_mcp.pace import Clock
    from famulor_mcp.read import Reading
    from famulor_tools.table import Until

Progress = Callable[[float, float | None, str], Awaitable[None]]
"""How far a call is: done, of how much, and words."""

MARGIN = 4.0
"""Seconds before a call's deadline in which no further request begins."""
PENDING = "pending"
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds, but not beyond a time on the clock; and who is told meanwhile."""

    seconds: float
    clock: Clock
    deadline: float
    progress: Progress


async def final(
    fetch: Callable[[], Awaitable[Reading]], until: Until, patience: Patience
) -> Reading:
    """The reading as soon as its state is final, or the last one when patience has ended."""
    clock = patience.clock
    started = begun = clock.now()
    end = min(started + patience.seconds, patience.deadline - MARGIN)
    reading = await fetch()
    while (state := at(reading.value, until.field)) not in (ABSENT, *until.values):
        now = clock.now()
        due = max(begun + until.interval, now)
        if due > end:
            return pending(reading, f"after {now - started:.0f} s")
        await patience.progress(
            round(now - started, 1), patience.seconds, f"{until.field} is {state}"
        )
        await clock.sleep(due - now)
        begun = clock.now()
        try:
            reading = await fetch()
        except GatewayError as error:
            return pending(reading, f"at the last look, and the next failed ({error.text})")
    return reading


def pending(reading: Reading, words: str) -> Reading:
    """A reading that is not final, which says so."""
    said = f"The state was not final {words.rstrip('.')}. Call again with wait."
    return replace(reading, added={**reading.added, PENDING: said})


def at(value: Any, path: str) -> Any:
    """The value at a dotted path, or `ABSENT`."""
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value
