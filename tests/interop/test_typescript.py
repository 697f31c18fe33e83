"""The TypeScript clients drive the gateway over stdio: v1, and v2 in both eras of the protocol."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from famulor_mcp.instructions import compose
from famulor_tools import INSTRUCTIONS, TOOLS

pytestmark = pytest.mark.interop

PROTOCOLS = {"v1": None, "v2-legacy": "2025-11-25", "v2-modern": "2026-07-28"}
STATES = ("initiated", "ringing", "in-progress", "completed")

Events = dict[str, Any]
Play = Callable[[str, str, dict[str, Any]], list[Events]]


def by_event(reports: list[dict[str, Any]]) -> Events:
    """What a driver reported, by event; `tool` is a list, as it comes once for each tool."""
    tools = [report for report in reports if report["event"] == "tool"]
    return {report["event"]: report for report in reports} | {"tool": tools}


@pytest.fixture(scope="module")
def sessions(play: Play) -> dict[str, Events]:
    """One session on the sandbox for each client, from the first listing to the end of a call.

    They run side by side, since most of a session is waiting for the call to end.
    """
    until = next(tool.until for tool in TOOLS if tool.name == "get_call")
    assert until is not None
    examples = {tool.name: dict(tool.example) for tool in TOOLS}
    task = {"args": ["--sandbox"], "examples": examples, "final": until.values}
    with ThreadPoolExecutor(len(PROTOCOLS)) as pool:
        played = pool.map(lambda kind: by_event(play("session.mjs", kind, task)), PROTOCOLS)
        return dict(zip(PROTOCOLS, played, strict=True))


@pytest.fixture(params=PROTOCOLS)
def kind(request: pytest.FixtureRequest) -> str:
    """A client, and the era it speaks."""
    return str(request.param)


@pytest.fixture
def session(sessions: dict[str, Events], kind: str) -> Events:
    """What one client saw."""
    return sessions[kind]


def test_the_client_and_the_server_agree_on_the_newest_protocol(session: Events, kind: str) -> None:
    connected = session["connected"]
    assert connected["protocol"] == PROTOCOLS[kind]
    assert connected["server"]["name"] == "famulor-mcp"
    assert connected["instructions"].startswith(compose(INSTRUCTIONS, TOOLS))
    assert "tools" in connected["capabilities"]


def test_every_tool_is_listed_on_one_page_in_the_order_of_the_table(session: Events) -> None:
    assert session["listed"]["names"] == [tool.name for tool in TOOLS]
    assert len(TOOLS) == 75
    assert session["listed"]["nextCursor"] is None


def test_every_tool_arrives_as_generated(session: Events) -> None:
    for seen, tool in zip(session["tool"], TOOLS, strict=True):
        words = {"name": tool.name, "title": tool.title, "description": tool.description}
        schemas = {"inputSchema": tool.input_schema, "outputSchema": {"type": "object"}}
        made = words | schemas | {"annotations": tool.annotations}
        assert {key: seen["tool"][key] for key in made} == json.loads(json.dumps(made))


def test_the_clients_validator_takes_every_example_by_the_advertised_schema(
    session: Events,
) -> None:
    refused = [(t["tool"]["name"], t["problem"]) for t in session["tool"] if not t["valid"]]
    assert refused == []


def test_a_read_brings_text_and_structure_that_say_the_same(session: Events) -> None:
    result = session["read"]["result"]
    assert set(result["structuredContent"]) == {"name", "email", "total_balance"}
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_a_call_is_placed_and_read_until_it_has_ended(session: Events) -> None:
    placed = session["placed"]["result"]
    assert not placed.get("isError")
    assert placed["structuredContent"]["status"] == "initiated"
    ended = session["ended"]["result"]["structuredContent"]
    assert ended["id"] == placed["structuredContent"]["call_id"]
    states = session["ended"]["states"]
    assert states[-1] == ended["status"] == "completed"
    assert states == [one for one in STATES if one in states]  # a busy machine may miss one
    assert len(states) > 1
    assert ended["transcript"]
    assert float(ended["total_cost"]) > 0


def test_a_refused_argument_is_an_error_result_that_names_it(session: Events) -> None:
    result = session["refused"]["result"]
    assert result["isError"] is True
    assert "phone_number" in result["content"][0]["text"]


def test_a_missing_record_is_an_error_result(session: Events) -> None:
    assert session["missing"]["result"]["isError"] is True


def test_an_unknown_tool_is_a_protocol_error(session: Events) -> None:
    error = session["unknown"]["error"]
    assert error["code"] == -32602
    assert "make_coffee" in error["message"]


def test_the_server_leaves_by_itself_and_without_a_word(session: Events) -> None:
    """The clients end stdin, and kill after 20 seconds. Stdout held nothing but the protocol."""
    closed = session["closed"]
    assert closed["seconds"] < 19
    assert closed["complaints"] == []
    assert "Traceback" not in closed["stderr"]


def test_cancelling_a_call_in_flight_reaches_the_api_and_harms_no_other_call(
    play: Play, kind: str
) -> None:
    seen = by_event(play("cancel.mjs", kind, {}))
    assert "abort" in seen["cancelled"]["error"]["message"].lower()
    assert "error" not in seen["dropped"], "the API's connection stayed open"
    assert seen["next"]["result"]["structuredContent"]["name"] == "Ada"
    assert seen["requests"]["count"] == 2  # the cancelled call was not tried again


def test_letters_survive_a_machine_of_another_encoding_that_logs_everything(
    play: Play, kind: str
) -> None:
    """As on Windows, whose code page is not UTF-8; the log must not get between the messages."""
    encoding = {"LC_ALL": "C", "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    noise = {"FAMULOR_LOG_LEVEL": "debug", "PYTHONWARNINGS": "default"}
    task = {"args": ["--sandbox"], "env": encoding | noise, "name": "Müller 🏠 — Ñandú"}
    seen = by_event(play("words.mjs", kind, task))
    assert seen["created"]["result"]["structuredContent"]["data"]["name"] == task["name"]
    assert task["name"] in seen["listed"]["result"]["content"][0]["text"]
    assert seen["closed"]["complaints"] == []
