"""Five weeks of calls of the seeded account, some of them today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from famulor_mcp.sandbox import calls, dice
from famulor_mcp.sandbox.store import Account, Call, World

from .people import PEOPLE

COUNT = 42
TODAY = 6


def stock(world: World, account: Account) -> None:
    """Store past calls, oldest first; they are paid already."""
    now = world.clock.now()
    rows = list(account.assistants.values())
    for place in range(COUNT):
        assistant = rows[dice.roll(7, world.seed, "who", place)]
        person = _person(world, assistant, place)
        call = Call(
            id=world.next_id("call"),
            assistant=dict(assistant),
            type=_kind(assistant, place),
            own_number=_own(account, assistant),
            client_number=person["phone_number"],
            created=now - _age(now, world.seed, place),
            variables=person["variables"] if assistant["type"] == "outbound" else {},
            dial=2.0,
            ring=4.0 + dice.roll(12, world.seed, "ring", place),
            settled=True,
        )
        call = calls.planned(world.seed, call)
        account.calls[call.id] = replace(call, talk=float(call.duration))


def _age(now: datetime, seed: int, place: int) -> timedelta:
    """The last six calls are of today's past hours, the others about a day apart."""
    back = COUNT - 1 - place
    if back < TODAY:
        today = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
        return min(timedelta(minutes=11 + 27 * back), today * (back + 1) / (TODAY + 1))
    return timedelta(days=back + 1 - TODAY, minutes=dice.roll(480, seed, "age", place))


def _person(world: World, assistant: dict[str, Any], place: int) -> dict[str, Any]:
    german = assistant["language"] == "de"
    fitting = [row for row in PEOPLE if row["phone_number"].startswith("+49") == german]
    return dice.pick(fitting, world.seed, "person", place)


def _kind(assistant: dict[str, Any], place: int) -> str:
    if assistant["type"] == "inbound" and place % 6 == 0:
        return "web"
    kind: str = assistant["type"]
    return kind


def _own(account: Account, assistant: dict[str, Any]) -> str:
    number = account.numbers.get(assistant["phone_number_id"] or 1)
    return number["phone_number"] if number else ""
