"""A policy in words, and what it would do to one call. For `policy check`; asks no one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.guard import rules
from famulor_mcp.guard.intent import Intent
from famulor_mcp.guard.limits import counting
from famulor_mcp.guard.policy import SPAN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from famulor_mcp.guard.policy import Limit, Policy
    from famulor_tools.table import Tool


def explain(policy: Policy) -> str:
    """The policy in words, a line per rule."""
    return "\n".join(f"- {line}" for line in sentences(policy))


def sentences(policy: Policy) -> Iterator[str]:
    """A sentence per rule."""
    if policy.off_tools:
        yield f"Never called: {', '.join(sorted(policy.off_tools))}."
    if policy.off_effects:
        yield f"No calls with the effect {' or '.join(sorted(policy.off_effects))}."
    for limit in policy.limits:
        yield f"{limited(limit)}."
    if (places := policy.destinations) and places.allow:
        yield f"People are reached only at numbers that begin with {', '.join(places.allow)}."
    if places and places.deny:
        yield f"Nobody is reached at a number that begins with {', '.join(places.deny)}."
    if policy.hours:
        times = "; ".join(map(str, policy.hours.openings))
        yield f"People are contacted only by the clock of {policy.hours.zone.key}: {times}."
    if policy.floor is not None:
        yield f"Costly calls need a balance of at least {policy.floor:.2f}."
    if policy.largest is not None:
        yield f"One call sets off at most {policy.largest} people, such as a campaign's leads."


def limited(limit: Limit) -> str:
    """A limit in words."""
    whose = f"calls of {limit.tool}" if limit.tool else "costly calls (spend or contact)"
    return f"At most {limit.most} {whose} in {SPAN_WORDS[limit.seconds]}, for each account"


def judge(policy: Policy, tool: Tool, arguments: Mapping[str, Any], now: datetime) -> list[str]:
    """What the policy would do to a call at the time `now`: a sentence per rule."""
    intent = Intent.of(tool, arguments)
    if tool.effect == "read":
        wrong = rules.off(policy, intent)
        return [wrong.text if wrong else f"Passes: {tool.name} only reads."]
    found = [
        rules.off(policy, intent),
        rules.destinations(policy, intent),
        rules.hours(policy, intent, now),
    ]
    lines = [f"Blocked: {wrong.text}" for wrong in found if wrong]
    lines += asked_for(policy, intent)
    return lines or [f"Passes: no rule concerns this call of {tool.name}."]


def allowed(policy: Policy, intent: Intent) -> list[str]:
    """What there is to say of a call that every other rule lets pass: what it would count for."""
    counts = [f"Counts: {limited(limit)}." for limit in counting(policy, intent)]
    return ["Allowed now.", *counts]


def asked_for(policy: Policy, intent: Intent) -> Iterator[str]:
    """What would be looked up and counted at the time of the call."""
    if intent.audience and policy.largest is not None:
        yield f"Passes if {intent.audience.tool} counts at most {policy.largest} people."
    if intent.costly and policy.floor is not None:
        yield f"Passes if the balance is at least {policy.floor:.2f}."
    for limit in counting(policy, intent):
        yield f"Counts: {limited(limit)}."
