"""What a call would do, from the facts of the table alone."""

from typing import Any

import pytest
from tests.server.guard.acts import DROP, LOOK, NOTE, NUMBER, PAY, PHONE, RING, ring
from tests.server.tables import tool

from famulor_mcp.guard.intent import Intent, fingerprint


def test_numbers_are_found_at_any_depth_of_a_tool_that_may_reach_people() -> None:
    arguments = {"number": "+491", "others": [{"number": "+492"}, {"name": "Ada"}]}
    found = list(Intent.of(NOTE, arguments).numbers())
    assert found == [("number", "+491"), ("others[0].number", "+492")]


def test_numbers_are_found_in_the_branches_of_a_composed_schema() -> None:
    schema = {"oneOf": [{"properties": {"to": PHONE}}, {"properties": {"id": {}}}]}
    composed = tool("send", "POST", "/send", effect="contact", enforced_schema=schema)
    assert list(Intent.of(composed, {"to": "+491"}).numbers()) == [("to", "+491")]


@pytest.mark.parametrize("quiet", [LOOK, PAY, DROP])
def test_a_tool_that_reaches_nobody_has_no_destinations(quiet: Any) -> None:
    assert Intent.of(quiet, {"number": NUMBER}).destinations == ()


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
