"""Calls that read more than once: waiting for a final state, and collecting pages."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.patience import PATIENCE
from tests.server.benches import KEY, Bench, bench
from tests.server.tables import tool
from tests.server.upstreams import BreakError, Seen, reply

from famulor_mcp import read
from famulor_mcp.account import Account
from famulor_mcp.shape import Result
from famulor_tools.table import Parameter, Until

pytestmark = pytest.mark.anyio

JOB = tool(
    "get_job",
    "GET",
    "/job",
    properties={"wait": {"type": "integer"}, "offset": {"type": "integer"}},
    controls=("offset", "wait"),
    until=Until("data.status", ("done", "failed"), 5),
)
PAGES = tool(
    "list_pages",
    "GET",
    "/pages",
    properties={
        "page": {"type": "integer"},
        "per_page": {"type": "integer", "maximum": 10},
        "all": {"type": "boolean"},
        "offset": {"type": "integer"},
    },
    parameters=(Parameter("page", "page", "query"), Parameter("per_page", "per_page", "query")),
    controls=("all", "offset"),
    rows="data",
)


class Steps:
    """Progress as a client would see it."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float | None, str]] = []

    async def __call__(self, done: float, total: float | None, words: str) -> None:
        self.seen.append((done, total, words))


def states(*names: str) -> Callable[[Seen], bytes]:
    left: Iterator[str] = iter(names)
    return lambda _seen: reply(200, {"data": {"id": 7, "status": next(left)}})


async def run(api: Bench, name: str, steps: Steps, **arguments: Any) -> Result:
    call = api.gateway.call(name, arguments, Account(KEY), progress=steps)
    (result,) = await api.time.run(call)
    assert isinstance(result, Result), result
    return result


async def test_waiting_ends_with_the_final_state_and_asks_once_per_interval() -> None:
    steps = Steps()
    async with bench(states("new", "busy", "done"), tools=(JOB,)) as api:
        result = await run(api, "get_job", steps, wait=50)
        assert json.loads(result.text) == {"data": {"id": 7, "status": "done"}}
        assert len(api.sent) == 3
        assert api.time.now == pytest.approx(1010, abs=0.5)
    done = [step[0] for step in steps.seen]
    assert len(done) == 2
    assert done == sorted(set(done))
    assert steps.seen[1][1:] == (50, "data.status is busy")


async def test_at_the_end_of_the_wait_the_state_comes_with_call_again() -> None:
    async with bench(states(*["busy"] * 20), tools=(JOB,)) as api:
        result = await run(api, "get_job", Steps(), wait=12)
        assert result.data is not None
        assert result.data["data"]["status"] == "busy"
        assert "Call again" in result.data["pending"]
        assert len(api.sent) == 3


async def test_the_longest_wait_ends_before_clients_give_up() -> None:
    async with bench(states(*["busy"] * 20), tools=(JOB,)) as api:
        await run(api, "get_job", Steps(), wait=50)
        assert api.time.now - 1000 < 50
        assert len(api.sent) <= 10


async def test_without_wait_and_without_the_field_there_is_one_request() -> None:
    async with bench(lambda _seen: reply(200, {"odd": 1}), tools=(JOB,)) as api:
        assert json.loads((await run(api, "get_job", Steps(), wait=50)).text) == {"odd": 1}
        await run(api, "get_job", Steps())
        assert len(api.sent) == 2


async def test_a_look_that_fails_gives_the_last_state_and_the_reason() -> None:
    first = iter([reply(200, {"data": {"status": "busy"}})])

    def script(_seen: Seen) -> bytes:
        if answer := next(first, None):
            return answer
        raise BreakError

    async with bench(script, tools=(JOB,)) as api:
        result = await run(api, "get_job", Steps(), wait=20)
    assert not result.is_error
    assert result.data is not None
    assert "could not be reached" in result.data["pending"]


async def test_cancelling_stops_the_polling_at_once() -> None:
    async with bench(states(*["busy"] * 20), tools=(JOB,)) as api:
        call = asyncio.ensure_future(api.gateway.call("get_job", {"wait": 50}, Account(KEY)))
        while not api.sent:  # noqa: ASYNC110 - until the first look went out
            await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(api.sent) == 1


def listing(seen: Seen) -> bytes:
    query = parse_qs(urlsplit(seen.target).query)
    page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["5"])[0])
    rows = [{"id": n} for n in range((page - 1) * size, min(page * size, 35))]
    last = -(-35 // size)
    return reply(200, {"current_page": page, "last_page": last, "total": 35, "data": rows})


async def test_all_collects_the_largest_pages_with_progress() -> None:
    steps = Steps()
    async with bench(listing, tools=(PAGES,)) as api:
        result = await run(api, "list_pages", steps, all=True)
        assert result.data is not None
        assert [row["id"] for row in result.data["data"]] == list(range(35))
        assert result.data["more"] is None
        assert len(api.sent) == 4
    assert steps.seen == [(n, 35, f"{n} items read") for n in (10, 20, 30)]


async def test_a_page_that_fails_keeps_what_was_read_and_says_where_to_go_on() -> None:
    def script(seen: Seen) -> bytes:
        return reply(404, {"message": "gone"}) if "page=3" in seen.target else listing(seen)

    async with bench(script, tools=(PAGES,)) as api:
        result = await run(api, "list_pages", Steps(), all=True)
    assert result.data is not None
    assert len(result.data["data"]) == 20
    assert result.data["more"] == {"page": 3}
    assert "gone" in result.data["stopped"]


async def test_collecting_stops_when_the_result_is_full_and_can_be_continued_exactly() -> None:
    def script(seen: Seen) -> bytes:
        query = parse_qs(urlsplit(seen.target).query)
        page = int(query.get("page", ["1"])[0])
        rows = [{"id": page * 10 + n, "text": "x" * 400} for n in range(10)]
        return reply(200, {"current_page": page, "last_page": 9, "data": rows})

    async with bench(script, tools=(PAGES,), tokens=2_000) as api:
        seen: list[int] = []
        more: dict[str, Any] | None = {}
        while more is not None:
            result = await run(api, "list_pages", Steps(), all=True, **more)
            assert result.data is not None
            seen += [row["id"] for row in result.data["data"]]
            more = result.data["more"]
    assert seen == list(range(10, 100))


async def test_a_5_mb_answer_is_cut_and_does_not_hold_up_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"id": n, "text": "word " * 100} for n in range(10_000)]
    body = json.dumps({"current_page": 1, "last_page": 1, "data": rows}).encode()
    assert len(body) > 5_000_000
    reading, others, plain = threading.Event(), threading.Event(), read.read

    def slow(*given: Any) -> Any:
        reading.set()
        assert others.wait(PATIENCE), "nobody else came to run meanwhile"
        return plain(*given)

    async def other() -> None:
        await asyncio.to_thread(reading.wait, PATIENCE)
        others.set()

    monkeypatch.setattr(read, "read", slow)
    async with bench(
        lambda _seen: reply(200, body, content_type="application/json"), tools=(PAGES,)
    ) as api:
        result, _ = await asyncio.gather(api.gateway.call("list_pages", {}, Account(KEY)), other())
    assert not result.is_error
    assert result.data is not None
    assert len(result.text) <= 80_000
    assert result.data["data"] == rows[: len(result.data["data"])]
    assert " of 10000" in result.data["cut"]
