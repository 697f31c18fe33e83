"""The rules of a policy that a call can be held to without asking anyone: pure functions.

Each answers with what is wrong, or None. Every text is for the model: which rule, what is and what
may be, and when the call would pass.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from famulor_mcp.guard.policy import SPAN_WORDS
from famulor_mcp.guard.refusals import Blocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from famulor_mcp.guard.intent import Intent
    from famulor_mcp.guard.policy import Destinations, Limit, Policy

E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def off(policy: Policy, intent: Intent) -> Blocked | None:
    """Tools and effects that are off."""
    name = intent.tool.name
    if name in policy.off_tools:
        return blocked("off.tools", f"{name} is switched off")
    if intent.effect in policy.off_effects:
        return blocked("off.effects", f"{name} is a {intent.effect} call, and these are off")
    return None


def destinations(policy: Policy, intent: Intent) -> Blocked | None:
    """Every number at which people may be reached."""
    if policy.destinations is None:
        return None
    for place, value in intent.numbers():
        if wrong := destination(policy.destinations, place, value):
            return wrong
    return None


def destination(rule: Destinations, place: str, value: Any) -> Blocked | None:
    """One number."""
    if not isinstance(value, str) or not E164.fullmatch(value):
        text = f"{place} is no international number such as +493012345, so it cannot be judged"
        return blocked("destinations", text)
    if denied := longest(rule.deny, value):
        return blocked("destinations.deny", f"{place} begins with {denied}, which is denied")
    if rule.allow and not longest(rule.allow, value):
        text = f"{place} begins with none of the allowed {', '.join(rule.allow)}"
        return blocked("destinations.allow", text)
    return None


def longest(prefixes: Sequence[str], number: str) -> str:
    """The longest prefix that a number begins with, or nothing."""
    return max((one for one in prefixes if number.startswith(one)), key=len, default="")


def hours(policy: Policy, intent: Intent, now: datetime) -> Blocked | None:
    """When people may be contacted."""
    if policy.hours is None or intent.effect != "contact" or policy.hours.is_open(now):
        return None
    zone = policy.hours.zone
    local = now.astimezone(zone)
    text = f"people may not be contacted now ({local:%A %H:%M} in {zone.key})"
    return blocked("hours", text, policy.hours.opens(now), now)


def floor(policy: Policy, balance: float) -> Blocked | None:
    """The balance."""
    if policy.floor is None or balance >= policy.floor:
        return None
    text = (
        f"the balance is {balance:.2f}, and costly calls need at least {policy.floor:.2f}; "
        "it passes once the account has been topped up"
    )
    return blocked("balance.floor", text)


def audience(policy: Policy, people: float) -> Blocked | None:
    """How many people one call sets going."""
    if policy.largest is None or people <= policy.largest:
        return None
    text = f"it would set off {people:.0f} people, and at most {policy.largest} are allowed"
    return blocked("audience.largest", text)


def count(limit: Limit, present: int, passes: datetime, now: datetime) -> Blocked:
    """A limit that has been reached."""
    whose = f"calls of {limit.tool}" if limit.tool else "costly calls"
    text = (
        f"{present} of at most {limit.most} {whose} in {SPAN_WORDS[limit.seconds]} have been made"
    )
    return blocked(limit.rule, text, passes, now)


def blocked(
    rule: str, text: str, passes: datetime | None = None, now: datetime | None = None
) -> Blocked:
    """The refusal by one rule."""
    when = f" It would pass in {span(now, passes)}, at {shown(passes)}." if passes and now else ""
    return Blocked(
        f"The operator's policy does not allow this call, by its rule {rule}: {text}.{when} "
        "Nothing was sent. Tell the user; another way around the rule is not wanted.",
        rule,
        passes,
    )


def shown(moment: datetime) -> str:
    """A moment as people and models read it; the next second where it is not a whole one."""
    return datetime.fromtimestamp(math.ceil(moment.timestamp()), UTC).strftime(
        "%Y-%m-%d %H:%M:%S UTC"
    )


def span(start: datetime, end: datetime) -> str:
    """The time between two moments, rounded up."""
    whole = max(0, math.ceil((end - start).total_seconds()))
    if whole < 120:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = math.ceil(whole / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} hours {rest} minutes" if rest else f"{hours} hours"
