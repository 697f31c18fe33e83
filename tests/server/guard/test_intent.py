"""What a call would do, from the facts of the table alone."""

from typing import Any

import pytest
from tests.server.guard.acts import DROP, LOOK, NOTE, NUMBER, PAY, RING, ring
from tests.server.tables import tool

from famulor_mcp.guard.intent import Intent, fingerprint
from famulor_tools.table import Audience


def test_numbers_are_found_at_any_depth_of_a_tool_that_may_reach_people() -> None:
    arguments = {"number": "+491", "others": [{"number": "+492"}, {"name": "Ada"}]}
    found = list(Intent.of(NOTE, arguments).numbers())
    assert found == [("number", "+491"), ("others[0].number", "+492")]


CAMPAIGN = tool(
    "campaign",
    "POST",
    "/campaign",
    effect="contact",
    effect_when={"action": ("start", "restart")},
    audience=Audience("people", "total"),
    destinations=(("caller",),),
)


@pytest.mark.parametrize("action", ["start", "restart"])
def test_an_effect_with_a_condition_holds_where_the_condition_does(action: str) -> None:
    intent = Intent.of(CAMPAIGN, {"action": action})
    assert (intent.effect, intent.audience) == ("contact", Audience("people", "total"))


@pytest.mark.parametrize("arguments", [{"action": "stop"}, {}])
def test_elsewhere_the_call_is_a_write_that_sets_nobody_going(arguments: dict[str, Any]) -> None:
    intent = Intent.of(CAMPAIGN, arguments)
    assert (intent.effect, intent.costly, intent.audience) == ("write", False, None)
    assert intent.destinations == (("caller",),)


def test_spending_and_contacting_are_costly() -> None:
    costly = [one.name for one in (RING, PAY, NOTE, LOOK, DROP) if Intent.of(one, {}).costly]
    assert costly == ["ring", "pay"]


def test_a_digest_is_the_same_for_the_same_call() -> None:
    one = Intent.of(RING, {"number": NUMBER, "helper_id": 2}, "ada")
    other = Intent.of(RING, {"helper_id": 2.0, "number": NUMBER}, "ada")
    assert one.digest("once") == other.digest("once")


@pytest.mark.parametrize(
    "other",
    [
        ring(helper_id=1),
        ring(helper_id="2"),
        ring(helper_id=True),
        ring("ben", helper_id=2),
        Intent.of(NOTE, {"number": NUMBER, "helper_id": 2}, "ada"),
    ],
)
def test_a_digest_differs_where_anything_differs(other: Intent) -> None:
    assert other.digest("once") != ring(helper_id=2).digest("once")
    assert ring().digest("once") != ring().digest("confirm")


def test_neither_keys_nor_arguments_can_be_read_from_a_digest() -> None:
    text = fingerprint("sk-secret") + ring(words="hello").digest("once")
    assert not any(part in text for part in ("sk-secret", NUMBER, "hello", "ring"))
