"""A grant holds for what it was given for, once, for ten minutes, and only with the secret."""

import pytest
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard.grants import LIFE, Grants, Terms
from famulor_mcp.guard.store import MemoryStore

pytestmark = pytest.mark.anyio

TERMS = Terms("token", "digest")
OLD, NEW = b"o" * 32, b"n" * 32


def grants(*keys: bytes, clock: ManualClock | None = None) -> Grants:
    clock = clock or ManualClock()
    return Grants(keys, MemoryStore(clock), clock)


async def test_a_grant_is_taken_once() -> None:
    one = grants()
    grant = one.make(TERMS)
    assert [await one.take(grant, TERMS) for _ in range(2)] == ["", "used"]


@pytest.mark.parametrize("terms", [Terms("answer", "digest"), Terms("token", "other")])
async def test_a_grant_for_something_else_is_none_and_is_not_used_up(terms: Terms) -> None:
    one = grants()
    grant = one.make(TERMS)
    assert await one.take(grant, terms) == "other"
    assert await one.take(grant, TERMS) == ""


async def test_a_grant_expires_to_the_second() -> None:
    clock = ManualClock()
    one = grants(clock=clock)
    early, late = one.make(TERMS), one.make(TERMS)
    clock.advance(LIFE - 1)
    assert await one.take(early, TERMS) == ""
    clock.advance(1)
    assert await one.take(late, TERMS) == "expired"


async def test_no_bit_of_a_grant_can_be_changed() -> None:
    one = grants()
    grant = one.make(TERMS)
    for place in range(len(grant) - 1):
        changed = "B" if grant[place] == "A" else "A"
        assert await one.take(grant[:place] + changed + grant[place + 1 :], TERMS) == "other"
    assert await one.take(grant, TERMS) == ""


@pytest.mark.parametrize("text", ["", "A", "yes", "é" * 40, "A" * 4000, "=" * 45, "\x00"])
async def test_whatever_else_is_given_is_no_grant(text: str) -> None:
    assert await grants().take(text, TERMS) == "other"


async def test_secrets_can_be_changed_without_a_gap() -> None:
    before, between, after = grants(OLD), grants(NEW, OLD), grants(NEW)
    assert await between.take(before.make(TERMS), TERMS) == ""
    assert await after.take(between.make(TERMS), TERMS) == ""
    assert await after.take(before.make(TERMS), TERMS) == "other"
    assert await grants().take(grants().make(TERMS), TERMS) == "other"
