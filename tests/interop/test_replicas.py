"""Replicas behind a balancer: one limit, one memory, and nothing lost but what dies with one."""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ElicitResult
from tests.hosted.keeper import Keeper
from tests.hosted.signin.parties import BACK, CHALLENGE, VERIFIER
from tests.hosted.signin.test_client import Person, client
from tests.hosted.site import ERAS, call, connected, post
from tests.interop.replicas import Replica, Site, ready, site
from tests.patience import until, web

from famulor_mcp.guard.redis import REST
from famulor_mcp.sandbox import KEY, SECOND_KEY, make_app

pytestmark = [pytest.mark.interop, pytest.mark.anyio]

ASSISTANT = 7


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def whole(shared: Site) -> Site:
    """The site, as if nothing had ever happened to it."""
    shared.whole()
    return shared


@asynccontextmanager
async def beside(whole: Site, *options: str, count: int = 1) -> AsyncIterator[list[Replica]]:
    """Further replicas with options of their own, which the balancer does not know."""
    folder = whole.replicas[0].folder
    replicas = [Replica(folder, whole.upstream.url, whole.redis.url, options) for _ in range(count)]
    try:
        for replica in replicas:
            replica.start()
        await asyncio.to_thread(until, lambda: all(ready(replica.url) for replica in replicas))
        yield replicas
    finally:
        for replica in replicas:
            replica.end()


def number(count: int) -> str:
    return f"+49151{count:08}"


def who(count: int) -> dict[str, Any]:
    """The arguments of a call that costs."""
    return {"phone_number": number(count), "assistant_id": ASSISTANT}


def ring(count: int, **more: Any) -> dict[str, Any]:
    """The message for it, of the legacy era."""
    return call("make_call", count, **who(count), **more)


def outcome(answer: httpx.Response) -> tuple[bool, str]:
    """Whether a call was done, and the text of its result."""
    text = answer.text
    if "text/event-stream" in answer.headers["content-type"]:
        text = text.splitlines()[-2 if not text.splitlines()[-1] else -1].removeprefix("data: ")
    result = json.loads(text)["result"]
    return not result.get("isError"), result["content"][0]["text"]


def rung(whole: Site) -> Counter[str]:
    """How often each number was called, whatever came of it."""
    return Counter(json.loads(body)["phone_number"] for body, _ in whole.upstream.sent())


def workers(crew: Replica) -> list[int]:
    """The processes that serve for this one."""
    assert crew.process
    tasks = Path(f"/proc/{crew.process.pid}/task/{crew.process.pid}")
    return [int(word) for word in (tasks / "children").read_text().split()]


@pytest.mark.parametrize("mode", ERAS)
async def test_clients_of_both_eras_are_served_by_both_replicas(whole: Site, mode: str) -> None:
    before = whole.calls()
    async with connected(whole.url, mode=mode) as client:
        for _ in range(6):
            result = await client.call_tool("get_me", {})
            assert not result.is_error
    until(lambda: whole.shared(before))


async def test_a_burst_of_fifty_over_both_stays_within_the_limits_and_loses_none(
    whole: Site,
) -> None:
    async def create(client: Any, count: int) -> Any:
        return await client.call_tool(
            "create_lead", {"campaign_id": 1, "phone_number": number(count)}
        )

    # The sandbox's windows would begin with what comes first, however late a busy machine sends it.
    whole.upstream.app = make_app(limits=())
    before = whole.calls()
    begin = time.monotonic()
    async with (
        connected(whole.url, mode="auto") as modern,
        connected(whole.url, mode="legacy") as legacy,
    ):
        results = await asyncio.gather(
            *(create((modern, legacy)[count % 2], count) for count in range(50))
        )
    assert not any(result.is_error for result in results)
    assert rung(whole) == {number(count): 1 for count in range(50)}
    late = [came - begin for came in sorted(whole.upstream.came)]
    assert [n for n, seconds in enumerate(late) if seconds < n // 20 * 10] == []
    until(lambda: whole.shared(before, 10))


async def test_the_same_costly_call_made_through_both_is_sent_once(whole: Site) -> None:
    answers = await asyncio.gather(*(post(whole.url, ring(1)) for _ in range(12)))
    found = [outcome(answer) for answer in answers]
    assert all(done for done, _ in found)
    assert sum("Replayed" in text for _, text in found) == 11
    assert rung(whole) == {number(1): 1}


async def test_the_same_call_of_two_accounts_is_two_calls(whole: Site) -> None:
    answers = await asyncio.gather(
        *(post(whole.url, ring(1), key=key) for key in (KEY, SECOND_KEY) * 3)
    )
    mine, other = answers[::2], answers[1::2]
    assert sum("Replayed" in outcome(answer)[1] for answer in mine) == 2
    assert not any(outcome(answer)[1] in {outcome(one)[1] for one in mine} for answer in other)


async def test_a_question_asked_by_one_is_answered_to_the_other(whole: Site) -> None:
    """The client asks its user, and carries the answer wherever the balancer sends it."""
    asked: list[str] = []

    async def accept(_context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": True})

    before = whole.calls()
    async with connected(whole.url, elicitation_callback=accept) as client:
        for count in range(3):
            result = await client.call_tool("make_call", who(count))
            assert not result.is_error
    assert len(asked) == 3
    assert rung(whole) == {number(count): 1 for count in range(3)}
    until(lambda: whole.shared(before))


async def test_a_grant_used_on_one_is_refused_on_the_other(whole: Site) -> None:
    async with beside(whole, "--confirm", "always", count=2) as (one, other):
        done, text = outcome(await post(one.url, ring(1, repeat=True)))
        assert not done
        token = text.partition("confirm_token: ")[2].split()[0].strip('".')
        again = ring(1, confirm_token=token, repeat=True)
        answers = [outcome(await post(site.url, again)) for site in (other, one, other)]
    assert [done for done, _ in answers] == [True, False, False]
    assert "used" in answers[1][1]
    assert rung(whole) == {number(1): 1}


@asynccontextmanager
async def signing_in(whole: Site) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """A client for which its user has just agreed, and what it will bring for its tokens."""
    async with web() as http:
        asked = {"redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
        name = (await http.post(f"{whole.url}/register", json=asked)).json()["client_id"]
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        words = {"response_type": "code", "client_id": name, "redirect_uri": BACK, **challenge}
        person = Person(KEY)
        await person.open(f"{whole.url}/authorize?{urlencode(words)}")
        brought = {"client_id": name, "redirect_uri": BACK, "code_verifier": VERIFIER}
        grant = {"grant_type": "authorization_code", "code": person.back["code"]}
        yield http, {**brought, **grant}


async def greeted(site: Replica | Site, token: str) -> int:
    """The status of a call with this token."""
    authorization = {"Authorization": f"Bearer {token}"}
    return (await post(site.url, call(), key="", **authorization)).status_code


async def test_a_client_signs_in_through_the_balancer_and_calls(whole: Site) -> None:
    """Every step of it may meet another replica."""
    before = whole.calls()
    async with (
        client(f"{whole.url}/mcp", Keeper(), Person(KEY)) as http,
        Client(streamable_http_client(f"{whole.url}/mcp", http_client=http)) as signed_in,
    ):
        for _ in range(4):
            assert not (await signed_in.call_tool("get_me", {})).is_error
    until(lambda: whole.shared(before))


async def test_a_code_used_on_one_is_refused_on_the_other(whole: Site) -> None:
    one, other = whole.replicas
    async with signing_in(whole) as (http, brought):
        first = await http.post(f"{one.url}/token", data=brought)
        assert first.status_code == 200
        token = first.json()["access_token"]
        assert [await greeted(site, token) for site in (one, other)] == [200, 200]
        second = await http.post(f"{other.url}/token", data=brought)
        assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
        # Somebody else has it: what it gave is over as well, everywhere.
        assert [await greeted(site, token) for site in (one, other)] == [401, 401]


async def test_a_token_revoked_on_one_is_refused_on_the_other(whole: Site) -> None:
    one, other = whole.replicas
    async with signing_in(whole) as (http, brought):
        token = (await http.post(f"{one.url}/token", data=brought)).json()["access_token"]
        assert await greeted(other, token) == 200
        form = {"token": token, "client_id": brought["client_id"]}
        assert (await http.post(f"{one.url}/revoke", data=form)).status_code == 200
    assert await greeted(other, token) == 401


async def test_without_redis_a_sign_in_is_refused_and_who_is_signed_in_may_read(
    whole: Site,
) -> None:
    async with signing_in(whole) as (http, brought):
        token = (await http.post(f"{whole.url}/token", data=brought)).json()["access_token"]
        async with signing_in(whole) as (_, late):
            whole.redis.stop()
            refused = await http.post(f"{whole.url}/token", data=late)
    assert refused.status_code == 503
    authorization = {"Authorization": f"Bearer {token}"}
    assert outcome(await post(whole.url, call(), key="", **authorization))[0]
    done, text = outcome(await post(whole.url, ring(1), key="", **authorization))
    assert not done
    assert "nothing was done" in text
    assert not whole.upstream.sent()


@pytest.mark.parametrize("mode", ERAS)
async def test_one_killed_under_load_loses_its_own_calls_alone_and_says_so(
    whole: Site, mode: str
) -> None:
    """Nothing is sent twice, and nobody is left to the dead."""
    dies = whole.replicas[0]
    whole.upstream.held = True
    async with connected(whole.url, mode=mode) as client:
        calls = [asyncio.create_task(client.call_tool("make_call", who(n))) for n in range(12)]
        await asyncio.to_thread(until, lambda: whole.upstream.under_way == 12)
        dies.end(signal.SIGKILL)
        whole.upstream.held = False
        results = await asyncio.gather(*calls, return_exceptions=True)
        lost = [count for count, result in enumerate(results) if isinstance(result, MCPError)]
        assert len(lost) in {5, 6, 7}  # in turn, with another request of the client among them
        assert not any(result.is_error for result in results if isinstance(result, CallToolResult))
        until(lambda: whole.upstream.under_way == 0)
        assert rung(whole) == {number(count): 1 for count in range(12)}
        assert not (await client.call_tool("make_call", who(20))).is_error


async def test_who_asks_again_after_a_death_is_told_that_the_outcome_is_unknown(
    whole: Site,
) -> None:
    dies, lives = whole.replicas
    whole.upstream.held = True
    lost = asyncio.create_task(post(dies.url, ring(1)))
    await asyncio.to_thread(until, lambda: whole.upstream.under_way == 1)
    dies.end(signal.SIGKILL)
    whole.upstream.held = False
    with pytest.raises(httpx.TransportError):
        await lost
    until(lambda: whole.upstream.under_way == 0)
    async with connected(lives.url) as client:
        told = await client.call_tool("make_call", who(1))
        assert told.is_error
        assert "may have been carried out" in str(told.content)
        assert "list_calls" in str(told.content)
        assert rung(whole) == {number(1): 1}
        assert not (await client.call_tool("make_call", {**who(1), "repeat": True})).is_error


async def test_two_workers_share_as_two_replicas_do_and_a_killed_one_is_replaced(
    whole: Site,
) -> None:
    async with beside(whole, "--workers", "2") as (crew,):
        answers = await asyncio.gather(*(post(crew.url, ring(1)) for _ in range(12)))
        assert sum("Replayed" in outcome(answer)[1] for answer in answers) == 11
        assert rung(whole) == {number(1): 1}
        before = workers(crew)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: before[0] not in workers(crew))  # else it might still take a connection
        await asyncio.gather(*(post(crew.url, call("get_me", count)) for count in range(6)))
        assert outcome(await post(crew.url, ring(2)))[0]
        assert "Replayed" in outcome(await post(crew.url, ring(1)))[1]
        until(lambda: len(set(workers(crew)) - {before[0]}) == len(before) == 2)


async def test_without_redis_reads_go_on_and_costly_calls_are_refused_and_then_not(
    whole: Site,
) -> None:
    assert outcome(await post(whole.url, ring(1)))[0]
    whole.redis.stop()
    answers = await asyncio.gather(*(post(whole.url, call("get_me", n)) for n in range(6)))
    assert all(outcome(answer)[0] for answer in answers)
    for _ in whole.replicas:
        done, text = outcome(await post(whole.url, ring(2)))
        assert not done
        assert "its store cannot be reached. Nothing was sent" in text
    async with web() as client:
        one = whole.replicas[0].url
        until(lambda: not ready(one))
        found = await client.get(f"{one}/ready")
        assert (found.status_code, found.json()["store"]) == (503, "unreachable")
        assert (await client.get(f"{whole.url}/health")).status_code == 200
    whole.redis.start()
    await asyncio.sleep(REST)
    for count in (3, 4):
        assert outcome(await post(whole.url, ring(count)))[0]
    assert rung(whole) == {number(count): 1 for count in (1, 3, 4)}
