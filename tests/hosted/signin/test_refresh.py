"""Refresh and revocation: how a sign-in goes on, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.hosted.signin.parties import ISSUER, KEY, House, refused

from famulor_mcp.guard.store import MemoryStore

pytestmark = pytest.mark.anyio
REFUSED = (400, "invalid_grant")


@pytest.fixture
def house() -> House:
    return House()


async def test_rfc6749_6_refresh_tokens_rotate_and_carry_the_sign_in_on(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)

    for _ in range(3):
        house.clock.advance(29 * 86_400)
        answer = await house.refresh(client, tokens["refresh_token"])
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        identity = await house.door.identify(tokens["access_token"])
        assert identity is not None
        assert identity.key == KEY

    house.clock.advance(30 * 86_400)
    refused(await house.refresh(client, tokens["refresh_token"]), *REFUSED)


async def test_a_refresh_token_may_be_used_again_when_the_answer_was_lost(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)
    house.clock.advance(4000)

    await house.refresh(client, tokens["refresh_token"])
    house.clock.advance(60)
    again = await house.refresh(client, tokens["refresh_token"])
    house.clock.advance(3000)
    later = await house.refresh(client, again.json()["refresh_token"])

    assert (again.status_code, later.status_code) == (200, 200)


async def test_a_refresh_token_is_answered_twice_and_a_third_use_ends_nothing(
    house: House,
) -> None:
    """Three windows of one client: the third has to look for what the others were given."""
    client = await house.client()
    tokens = await house.tokens(client)
    first, second = [await house.refresh(client, tokens["refresh_token"]) for _ in range(2)]

    refused(await house.refresh(client, tokens["refresh_token"]), *REFUSED)

    for answer in (first, second):
        assert answer.status_code == 200
        assert await house.door.identify(answer.json()["access_token"])
    assert (await house.refresh(client, second.json()["refresh_token"])).status_code == 200


async def test_two_uses_of_one_token_do_not_become_four_of_the_next(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)
    ends = [tokens["refresh_token"]]

    for _ in range(4):
        answers = [await house.refresh(client, end) for end in ends for _ in range(2)]
        ends = [one.json()["refresh_token"] for one in answers if one.status_code == 200]

        assert len(ends) == 2


async def test_the_second_use_does_not_begin_the_grace_anew(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)
    await house.refresh(client, tokens["refresh_token"])
    house.clock.advance(50)
    again = (await house.refresh(client, tokens["refresh_token"])).json()
    house.clock.advance(11)

    refused(await house.refresh(client, tokens["refresh_token"]), *REFUSED)

    assert await house.door.identify(again["access_token"]) is None


async def test_of_many_who_bring_one_refresh_token_at_once_two_get_tokens(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)
    other = house.moved()

    answers = await asyncio.gather(
        *(one.refresh(client, tokens["refresh_token"]) for one in (house, other) * 4)
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [400] * 6
    for answer in answers:
        if answer.status_code == 200:
            assert await other.door.identify(answer.json()["access_token"])


async def test_rfc9700_4_14_a_refresh_token_used_again_later_ends_the_whole_sign_in(
    house: House,
) -> None:
    client = await house.client()
    first = await house.tokens(client)
    second = (await house.refresh(client, first["refresh_token"])).json()

    house.clock.advance(61)

    refused(await house.refresh(client, first["refresh_token"]), *REFUSED)
    refused(await house.refresh(client, second["refresh_token"]), *REFUSED)
    assert await house.door.identify(second["access_token"]) is None


async def test_a_refresh_token_two_rotations_old_has_no_grace(house: House) -> None:
    client = await house.client()
    first = await house.tokens(client)
    second = (await house.refresh(client, first["refresh_token"])).json()
    third = (await house.refresh(client, second["refresh_token"])).json()

    refused(await house.refresh(client, first["refresh_token"]), *REFUSED)

    refused(await house.refresh(client, third["refresh_token"]), *REFUSED)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "tools admin"}, "invalid_scope"),  # RFC 6749 section 6
        ({"resource": "https://other.example/"}, "invalid_target"),  # RFC 8707 section 2.2
        ({"refresh_token": None}, "invalid_request"),
    ],
)
async def test_a_wrong_refresh_is_refused_and_uses_nothing_up(
    house: House, changes: dict[str, Any], error: str
) -> None:
    client = await house.client()
    tokens = await house.tokens(client)

    refused(await house.refresh(client, tokens["refresh_token"], **changes), 400, error)

    good = {"scope": "tools", "resource": f"{ISSUER}/mcp"}
    assert (await house.refresh(client, tokens["refresh_token"], **good)).status_code == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "no_such_type"])
async def test_rfc7009_a_revoked_token_ends_the_sign_in_for_public_clients_too(
    house: House, which: str, hint: str | None
) -> None:
    client = await house.client()
    tokens = await house.tokens(client)

    answer = await house.revoke(client, tokens[which], token_type_hint=hint)

    assert (answer.status_code, answer.content) == (200, b"")
    assert await house.door.identify(tokens["access_token"]) is None
    refused(await house.refresh(client, tokens["refresh_token"]), *REFUSED)


async def test_rfc7009_2_2_an_unknown_token_is_as_good_as_revoked(house: House) -> None:
    client = await house.client()

    assert (await house.revoke(client, "no token at all")).status_code == 200
    twice = {"token_type_hint": ["access_token", "refresh_token"]}
    refused(await house.revoke(client, "no token at all", **twice), 400, "invalid_request")
    refused(await house.revoke(client, ""), 400, "invalid_request")


async def test_a_store_that_never_agrees_is_a_store_that_is_away(house: House) -> None:
    class Contended(MemoryStore):
        async def swap(self, *_args: object, **_kwargs: object) -> bool:
            return False

    contended = house.moved(store=Contended(house.clock))
    client = await contended.client()
    tokens = await contended.tokens(client)

    for answer in (
        await contended.refresh(client, tokens["refresh_token"]),
        await contended.revoke(client, tokens["refresh_token"]),
    ):
        refused(answer, 503, "temporarily_unavailable")


async def test_a_store_that_forgot_carries_sign_ins_on(house: House) -> None:
    client = await house.client()
    tokens = await house.tokens(client)
    restarted = house.moved(store=MemoryStore(house.clock))

    again = await restarted.refresh(client, tokens["refresh_token"])
    restarted.clock.advance(61)

    assert again.status_code == 200
    refused(await restarted.refresh(client, tokens["refresh_token"]), *REFUSED)
