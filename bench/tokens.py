"""What ten common jobs cost a model on the sandbox, against the plain answers of the API.

`python -m bench.tokens`. Tokens are characters by four. For each job: the bytes that the API sent,
the text that a model reads, and the structured content, which some clients read instead. Then the
time of a list of 100 calls, concise against full, in turn.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any, NamedTuple

import httpx

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway
from famulor_mcp.plain import wire_tool
from famulor_mcp.sandbox import KEY, make_app
from famulor_mcp.send import Upstream
from famulor_tools import TOOLS

ROUNDS = 41


class Job(NamedTuple):
    """A question of a user, and the call that answers it."""

    words: str
    tool: str
    arguments: dict[str, Any]


JOBS = (
    Job("which calls were there of late", "list_calls", {"per_page": 50}),
    Job("what became of the completed calls", "list_calls", {"status": "completed"}),
    Job("read one transcript", "get_call", {}),
    Job("choose a voice", "get_voices", {"mode": "pipeline"}),
    Job("list the assistants", "get_assistants", {}),
    Job("who can place a call", "get_outbound_assistants", {}),
    Job("how do the campaigns stand", "list_campaigns", {}),
    Job("find a lead", "list_leads", {}),
    Job("which chats are open", "list_conversations", {}),
    Job("which numbers are there", "list_all_phone_numbers", {}),
)


class Counting(httpx.ASGITransport):
    """The sandbox, counting the characters that it sends."""

    characters = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.characters += len((await response.aread()).decode())
        return response


async def main() -> None:
    sandbox = Counting(make_app(limits=()))
    upstream = Upstream("http://127.0.0.1", transport=sandbox)
    gateway, account = Gateway(TOOLS, upstream), Account(KEY)
    whole = json.dumps({"tools": [wire_tool(tool) for tool in TOOLS]}, separators=(",", ":"))
    print(f"tool list as sent: {len(whole) // 4} tokens\n")
    print(f"{'job':<36}{'API':>8}{'text':>8}{'data':>8}{'text/API':>10}{'data/API':>10}")
    totals = [0, 0, 0]
    for job in JOBS:
        arguments = job.arguments
        if job.tool == "get_call":
            arguments = {"call_id": await talked(gateway, account)}
        sandbox.characters = 0
        result = await gateway.call(job.tool, arguments, account)
        assert result.data is not None, result.text
        data = json.dumps(result.data, ensure_ascii=False, separators=(",", ":"))
        row = [size // 4 for size in (sandbox.characters, len(result.text), len(data))]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        print(line(job.words, row))
    print(line("all ten", totals))
    print(f"\n100 calls, concise by full: {await ratio(gateway, account):.2f} of the time")
    await upstream.aclose()


def line(words: str, row: list[int]) -> str:
    shares = f"{row[1] / row[0]:>10.2f}{row[2] / row[0]:>10.2f}"
    return f"{words:<36}{row[0]:>8}{row[1]:>8}{row[2]:>8}{shares}"


async def talked(gateway: Gateway, account: Account) -> int:
    """A call with a transcript of usual length."""
    result = await gateway.call("list_calls", {"detail": "full", "per_page": 50}, account)
    assert result.data is not None
    calls = sorted(result.data["data"], key=lambda call: len(call["transcript"]))
    return int(calls[len(calls) * 3 // 4]["id"])


async def ratio(gateway: Gateway, account: Account) -> float:
    """Time of a concise list by that of a full one, medians of calls in turn."""
    times: dict[str, list[float]] = {"concise": [], "full": []}
    for _ in range(ROUNDS):
        for detail, taken in times.items():
            start = time.perf_counter()
            await gateway.call("list_calls", {"per_page": 100, "detail": detail}, account)
            taken.append(time.perf_counter() - start)
    return statistics.median(times["concise"]) / statistics.median(times["full"])


if __name__ == "__main__":
    asyncio.run(main())
