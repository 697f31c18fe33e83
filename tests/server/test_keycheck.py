"""A key is judged by the API's own answer, and each way of not knowing has its name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from famulor_mcp.gateway import Gateway
from famulor_mcp.keycheck import judge
from famulor_mcp.pace import Pace
from famulor_mcp.sandbox import KEY, SECOND_KEY, make_app
from famulor_mcp.send import Upstream
from famulor_tools import TOOLS

WRONG = "not-a-key-of-any-account"


def gateway(transport: httpx.AsyncBaseTransport) -> Gateway:
    return Gateway(TOOLS, Upstream("http://127.0.0.1", transport=transport))


def answering(status: int, **headers: str) -> Gateway:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"message": f"about {WRONG}"}, headers=headers)

    return gateway(httpx.MockTransport(answer))


@pytest.mark.anyio
async def test_every_key_of_an_account_is_accepted_and_others_are_refused() -> None:
    found = gateway(httpx.ASGITransport(make_app()))

    standings = [(await judge(found, key)).standing for key in (KEY, SECOND_KEY, WRONG)]

    assert standings == ["accepted", "accepted", "refused"]


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel"])
async def test_what_no_key_can_be_is_not_sent(key: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    verdict = await judge(gateway(httpx.MockTransport(answer)), key)

    assert (verdict.standing, sent) == ("malformed", [])


@pytest.mark.anyio
async def test_a_limit_and_a_failing_api_say_nothing_against_the_key() -> None:
    limited = await judge(answering(429, **{"retry-after": "30"}), WRONG)
    failing = await judge(answering(400), WRONG)

    assert (limited.standing, limited.seconds) == ("limited", 30)
    assert failing.standing == "unreachable"


@pytest.mark.anyio
async def test_the_words_of_a_verdict_never_hold_the_key() -> None:
    for status in (302, 400, 401, 403, 422, 500):
        assert WRONG not in (await judge(answering(status), WRONG)).words


@pytest.mark.anyio
async def test_a_question_about_a_key_counts_where_its_account_is_counted() -> None:
    turns: list[Any] = []

    class Counting(Pace):
        async def turn(self, *facts: Any) -> None:
            turns.append(facts)

    found = gateway(httpx.ASGITransport(make_app()))
    assert (await judge(found, KEY, Counting())).accepted
    assert len(turns) == 1
