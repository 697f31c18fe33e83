"""Nothing of one user reaches another: keys, answers, look-ups, questions, streams."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.hosted.api import ALICE, BOB, key_of, recording, silent
from tests.hosted.site import ERAS, call, connected, post, site
from tests.patience import PATIENCE, web

from famulor_mcp.account import Account
from famulor_mcp.hosted import sse
from famulor_mcp.hosted.identity import Identity
from famulor_mcp.hosted.people import Accounts

if TYPE_CHECKING:
    import httpx
    from mcp import Client


async def names(client: Client, times: int) -> list[str]:
    """Who the API says this client is, asked so often at the same time."""
    results = await asyncio.gather(*(client.call_tool("get_me", {}) for _ in range(times)))
    return [(one.structured_content or {})["name"] for one in results]


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "path"), [*((m, "/mcp") for m in ERAS), ("legacy", "/sse")])
async def test_of_200_interleaved_calls_each_carries_its_own_users_key(
    mode: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """field.md B 20. The rate limits of the API are lifted, or the test would take minutes."""
    monkeypatch.setattr("famulor_mcp.start.RATE_LIMITS", ())
    async with (
        recording() as api,
        site(base_url=api.url) as url,
        connected(url, ALICE, mode, path) as alice,
        connected(url, BOB, mode, path) as bob,
    ):
        of_alice, of_bob = await asyncio.gather(names(alice, 100), names(bob, 100))

    assert (set(of_alice), set(of_bob)) == ({"Alice"}, {"Bob"})
    assert [key_of(seen) for seen in api.seen].count(ALICE) == 100
    assert [key_of(seen) for seen in api.seen].count(BOB) == 100


@pytest.mark.anyio
async def test_nothing_of_an_inbound_request_is_forwarded() -> None:
    extra = {"Cookie": "session=1", "X_Forwarded_For": "1.2.3.4", "X_Request_Id": "mine", "B3": "1"}
    async with recording() as api, site(base_url=api.url) as url:
        await post(url, call(), key=ALICE, **extra)

    (seen,) = api.seen
    sent = {"accept", "authorization", "host", "user-agent", "accept-encoding", "connection"}
    assert seen.headers.keys() <= sent
    assert key_of(seen) == ALICE


@pytest.mark.anyio
async def test_one_users_limit_does_not_hold_back_another() -> None:
    """A pace belongs to a key: the twenty calls of one leave room for the other's."""
    async with recording() as api, site(base_url=api.url) as url:
        busy = [asyncio.create_task(post(url, call(), key=ALICE)) for _ in range(30)]
        answer = await post(url, call(), key=BOB)
        waiting = sum(not task.done() for task in busy)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)

    assert "Bob" in answer.text
    assert waiting >= 10


@pytest.mark.anyio
async def test_a_stream_takes_messages_from_its_owner_alone() -> None:
    async with recording() as api, site(base_url=api.url) as url, web() as client:
        headers = {"X-Famulor-Api-Key": ALICE}
        async with client.stream("GET", f"{url}/sse", headers=headers) as stream:
            lines = stream.aiter_lines()
            path = [await anext(lines) for _ in range(2)][1].removeprefix("data: ")
            foreign = await post(url, call(), path, key=BOB)
            nobody = await post(url, call(), path, key="")
            own = await post(url, call(), path, key=ALICE)

    assert (foreign.status_code, nobody.status_code, own.status_code) == (404, 401, 202)
    assert api.seen == []


@pytest.mark.anyio
async def test_what_one_user_may_choose_from_is_not_proposed_to_another() -> None:
    """Completions come from lists that are kept per account."""
    from famulor_mcp.sandbox import KEY, SECOND_KEY

    async def proposed(url: str, key: str) -> set[str]:
        async with connected(url, key) as client:
            templates = (await client.list_resource_templates()).resource_templates
            found: set[str] = set()
            for template in templates:
                name = template.uri_template.partition("{")[2].partition("}")[0]
                ref: Any = {"type": "ref/resource", "uri": template.uri_template}
                answer = await client.complete(ref, {"name": name, "value": ""})
                found |= {f"{template.uri_template}={one}" for one in answer.completion.values}
            return found

    async with site() as url:
        first = await proposed(url, KEY)
        second = await proposed(url, SECOND_KEY)
        again = await proposed(url, KEY)

    assert first
    assert first == again
    assert first != second


def test_idle_accounts_are_forgotten_and_busy_ones_never() -> None:
    now = [0.0]
    accounts = Accounts(Account, most=2, idle=10, now=lambda: now[0])
    with accounts.of(Identity("key-one")) as first:
        for number in range(5):
            with accounts.of(Identity(f"other-key-{number}")):
                now[0] += 1
        with accounts.of(Identity("key-one")) as again:
            assert again is first
        assert len(accounts) == 2
    now[0] += 20
    with accounts.of(Identity("key-six")):
        assert len(accounts) == 1


def test_the_longest_unused_account_makes_room() -> None:
    accounts = Accounts(Account, most=2)
    made: dict[str, Account] = {}
    for key in ("key-one", "key-two", "key-one", "key-three"):
        with accounts.of(Identity(key)) as account:
            made.setdefault(key, account)
    with accounts.of(Identity("key-one")) as one, accounts.of(Identity("key-two")) as two:
        assert one is made["key-one"]
        assert two is not made["key-two"]


@pytest.mark.anyio
async def test_the_answer_to_one_is_not_lost_when_another_goes_away() -> None:
    async with silent() as api, site(base_url=api.url) as url:
        leaving = asyncio.create_task(post(url, call(), key=ALICE))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        staying = asyncio.create_task(post(url, call(), key=BOB))
        leaving.cancel()
        await asyncio.wait_for(api.left.wait(), PATIENCE)
        api.go.set()
        answer = await staying

    assert "a@example.org" in answer.text


@pytest.mark.anyio
async def test_nothing_is_remembered_for_a_key_that_the_api_has_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anybody can make up keys, and what a store remembers for them could fill it for all."""
    from famulor_mcp.guard.store import MemoryStore

    claimed: list[str] = []
    claim = MemoryStore.claim

    async def noted(store: MemoryStore, key: str, value: bytes, ttl: float) -> bytes | None:
        claimed.append(key)
        return await claim(store, key, value, ttl)

    monkeypatch.setattr(MemoryStore, "claim", noted)
    sms = call("send_sms", **{"from": 1, "to": "+4915112345678", "body": "Hello"})
    async with recording() as api, site(base_url=api.url) as url:
        stranger = await post(url, sms, key="made-up-key-1")
        before, claimed[:] = [*claimed], []
        await post(url, sms, key=ALICE)

    assert "did not accept the API key" in stranger.text
    assert before == []
    assert len(claimed) == 1


def test_keys_that_are_too_short_to_be_hidden_do_not_spoil_the_lines_of_the_log() -> None:
    import logging

    from famulor_mcp.hosted.logs import Json, Trace, _current

    record = logging.LogRecord("famulor_mcp.access", logging.INFO, "", 0, "request", (), None)
    token = _current.set(Trace("id", key="e"))
    try:
        line = Json().format(record)
    finally:
        _current.reset(token)

    assert '"message":"request"' in line


@pytest.mark.anyio
async def test_the_streams_of_one_key_leave_room_for_those_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sse.MOST_OF, "key", 2)
    seen: list[int] = []
    async with site() as url, web() as client, AsyncExitStack() as stack:

        async def opened(key: str) -> httpx.Response:
            headers = {"X-Famulor-Api-Key": key}
            answer = await stack.enter_async_context(
                client.stream("GET", f"{url}/sse", headers=headers)
            )
            seen.append(answer.status_code)
            return answer

        first, *_ = [await opened(ALICE) for _ in range(3)]
        await opened(BOB)
        await first.aclose()
        async with asyncio.timeout(PATIENCE):
            while (await opened(ALICE)).status_code != 200:
                pass

    assert seen[:4] == [200, 200, 429, 200]


@pytest.mark.anyio
async def test_slow_calls_of_many_keep_nobody_waiting() -> None:
    """Each has a connection to the API of its own; with 64 of them in all, the others waited."""
    async with silent() as api, site(base_url=api.url) as url:
        slow = [asyncio.create_task(post(url, call(), key=f"slow-key-{n}")) for n in range(90)]
        async with asyncio.timeout(PATIENCE):
            while api.requests < len(slow):  # noqa: ASYNC110 - it counts, it tells nobody
                await asyncio.sleep(0.01)
        api.go.set()
        answers = await asyncio.gather(*slow)

    assert {answer.status_code for answer in answers} == {200}
