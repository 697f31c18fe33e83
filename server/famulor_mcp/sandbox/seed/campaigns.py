"""Three campaigns of the seeded account with their leads: a draft, a stopped and a finished one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from famulor_mcp.sandbox import campaigns, dice, leads

from .people import PEOPLE

if TYPE_CHECKING:
    from famulor_mcp.sandbox.store import Account, World

_WORKDAYS = campaigns.DAYS.split(",")[:5]
_CAMPAIGNS: tuple[dict[str, Any], ...] = (
    {"name": "Heizungswartung Herbst", "assistant_id": 3, "timezone": "Europe/Berlin"},
    {
        "name": "Boiler service London",
        "assistant_id": 4,
        "timezone": "Europe/London",
        "status": "stopped",
        "allowed_hours_start_time": "09:00",
        "allowed_hours_end_time": "18:00",
        "allowed_days": _WORKDAYS,
        "max_calls_in_parallel": 2,
    },
    {
        "name": "Solar roof follow-up",
        "assistant_id": 5,
        "timezone": "America/New_York",
        "status": "completed",
        "max_retries": 2,
        "retry_interval": 120,
        "retry_on_goal_incomplete": True,
        "goal_completion_variable": "goal_reached",
    },
)
_PREFIX = ("+49", "+44", "+1")
_STATES = (
    ("created",),
    ("created", "completed", "rescheduled"),
    ("completed", "reached-max-retries"),
)


def stock(world: World, account: Account) -> None:
    """Store the campaigns, one lead for each person of their country, one with a second contact."""
    now = world.clock.now()
    for given, prefix, states in zip(_CAMPAIGNS, _PREFIX, _STATES, strict=True):
        made = now - timedelta(days=30 - 4 * len(account.campaigns))
        row = campaigns.build(world, account, given, made)
        people = [person for person in PEOPLE if person["phone_number"].startswith(prefix)]
        for place, person in enumerate(people):
            status = dice.pick(states, world.seed, "lead", place)
            facts = person | {"campaign_id": row["id"], "status": status}
            if prefix == "+44" and place == 0:
                facts["secondary_contacts"] = [
                    {"phone_number": "+442079460178", "variables": {"customer_name": "Sunil Raman"}}
                ]
            leads.build(world, account, facts, made + timedelta(hours=place))
