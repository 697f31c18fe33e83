"""Clients drive the hosted server over HTTP with a key: both eras, and the older transport."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.interop.hosted import SANDBOX, serving
from tests.interop.test_typescript import Events, Play, by_event

from famulor_mcp.sandbox import KEY
from famulor_tools import TOOLS

pytestmark = pytest.mark.interop

NUMBERS = ["+4915112345698", "+4915112345679", "+4915112345670"]
"""The first is busy, in the sandbox: that is known soon."""
CLIENTS = {
    "v1": ("v1", "/mcp"),
    "v2-legacy at the bare address": ("v2-legacy", "/"),
    "v2-modern": ("v2-modern", "/mcp"),
    "v1 over SSE": ("v1", "/sse"),
}
PROTOCOLS = {"v1": None, "v2-legacy": "2025-11-25", "v2-modern": "2026-07-28"}
ASKED = {"v2-modern", "v1 over SSE"}
"""Who can be shown a form: without sessions the legacy era has no way to ask."""
LEFT = {"v1", "v2-legacy at the bare address"}
"""Who goes away instead of giving one call up."""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def sessions(play: Play) -> dict[str, Events]:
    """One session of each client, each with a server of its own, side by side."""

    def session(client: str) -> Events:
        kind, path = CLIENTS[client]
        with serving(*SANDBOX, "--auth", "key", "--confirm", "always") as url:
            task = {"url": url + path, "key": KEY, "numbers": NUMBERS}
            return by_event(play("online.mjs", kind, task))

    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        return dict(zip(CLIENTS, pool.map(session, CLIENTS), strict=True))


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def session(sessions: dict[str, Events], client: str) -> Events:
    """What one client saw."""
    return sessions[client]


def test_the_client_and_the_server_agree_on_the_newest_protocol(
    session: Events, client: str
) -> None:
    assert session["connected"]["server"]["name"] == "famulor-mcp"
    assert session["connected"]["protocol"] == PROTOCOLS[CLIENTS[client][0]]
    assert session["complaints"]["complaints"] == []


def test_every_tool_is_listed_and_a_read_brings_structure(session: Events) -> None:
    assert session["listed"]["names"] == [tool.name for tool in TOOLS]
    result = session["read"]["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert session["resource"]["result"]["contents"][0]["text"].startswith("## ")


def test_mistakes_are_told_as_over_stdio(session: Events) -> None:
    assert session["refused"]["result"]["isError"] is True
    assert "phone_number" in session["refused"]["result"]["content"][0]["text"]
    assert session["unknown"]["error"]["code"] == -32602


def test_a_client_that_cannot_ask_gets_words_and_a_token_that_lets_the_call_pass(
    session: Events,
) -> None:
    assert session["told"]["result"]["isError"] is True
    assert "Not sent yet" in session["told"]["result"]["content"][0]["text"]
    assert session["placed"]["result"]["structuredContent"]["status"] == "initiated"


def test_a_call_is_waited_for_with_news_on_the_way(session: Events) -> None:
    assert session["ended"]["result"]["structuredContent"]["status"] == "busy"
    seen = session["ended"]["progress"]
    assert seen
    assert [one["progress"] for one in seen] == sorted(one["progress"] for one in seen)
    assert all(one["message"].startswith("status is ") for one in seen)


def test_the_person_is_asked_where_there_is_a_way(session: Events, client: str) -> None:
    agreed, declined = session["agreed"], session["declined"]
    if client in ASKED:
        assert [len(one["questions"]) for one in (agreed, declined)] == [1, 1]
        assert NUMBERS[1] in agreed["questions"][0]
        assert agreed["result"]["structuredContent"]["status"] == "initiated"
        assert "Nothing was sent" in declined["result"]["content"][0]["text"]
    else:
        for one in (agreed, declined):
            assert one["questions"] == []
            assert "confirm_token" in one["result"]["content"][0]["text"]
    assert declined["result"]["isError"] is True


@pytest.fixture(scope="module")
def cancelled(play: Play) -> dict[str, Events]:
    """What became of a call that each client gave up, side by side."""

    def gave_up(client: str) -> Events:
        kind, path = CLIENTS[client]
        return by_event(play("cancel.mjs", kind, {"path": path, "leaves": client in LEFT}))

    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        return dict(zip(CLIENTS, pool.map(gave_up, CLIENTS), strict=True))


def test_giving_a_call_up_reaches_the_api(cancelled: dict[str, Events], client: str) -> None:
    """Without sessions, a word of the legacy era finds no call to cancel; going away does."""
    seen = cancelled[client]
    assert "error" in seen["cancelled"]
    assert "error" not in seen["dropped"], "the API's connection stayed open"
    assert seen["requests"]["count"] == (1 if client in LEFT else 2)
    if client not in LEFT:
        assert seen["next"]["result"]["structuredContent"]["name"] == "Ada"


def test_the_inspector_lists_and_calls_over_each_transport_in_each_era(inspector: Run) -> None:
    """One server for all of it: most of the time is the Inspector's start."""
    key = ("--header", f"X-Famulor-Api-Key: {KEY}")
    read = ("--method", "tools/call", "--tool-name", "get_me")
    with serving(*SANDBOX, "--auth", "key") as url, ThreadPoolExecutor(2) as pool:
        asked = [
            (f"{url}/mcp", *key, *read, "--protocol-era", "legacy"),
            (f"{url}/mcp", *key, *read, "--protocol-era", "modern"),
            (f"{url}/sse", "--transport", "sse", *key, *read),
            (f"{url}/mcp", *key, "--method", "tools/list", "--protocol-era", "modern"),
            (f"{url}/mcp", "--method", "tools/list"),
        ]
        done = list(pool.map(lambda words: inspector(*words), asked))

    *good, listed, nobody = done
    for one in good:
        assert one.returncode == 0, one.stderr
        assert json.loads(one.stdout)["structuredContent"]["email"]
    names = [tool["name"] for tool in json.loads(listed.stdout)["tools"]]
    assert names == [tool.name for tool in TOOLS]
    assert nobody.returncode != 0
    assert nobody.stdout == ""
