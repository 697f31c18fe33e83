"""The server as a process: what its client, its terminal and its parent see of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVED = Path(__file__).with_name("served.py")
GREETING = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
LIMIT = 60.0
"""Seconds after which a process that should have ended is killed, and its test fails."""
NEVER = "3600"
"""A grace that no test waits for."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")


@pytest.fixture(autouse=True, params=["swift", "sdk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers: most is answered without the SDK, and nobody can tell."""
    monkeypatch.setenv("WAY", request.param)


def line(message: dict[str, Any] | str) -> bytes:
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return text.encode() + b"\n"


def call(number: int | str, name: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def cancel(number: int | str) -> dict[str, Any]:
    params = {"requestId": number}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server as a process with three pipes, greeted."""
    process = subprocess.Popen(
        [sys.executable, str(SERVED), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    with process:
        try:
            say(process, GREETING, READY)
            assert answer(process)["id"] == 0
            yield process
        finally:
            process.kill()


def say(process: subprocess.Popen[bytes], *messages: dict[str, Any] | str) -> None:
    assert process.stdin is not None
    process.stdin.write(b"".join(line(message) for message in messages))
    process.stdin.flush()


def answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next line of the server: JSON-RPC, or the test fails."""
    assert process.stdout is not None
    message: dict[str, Any] = json.loads(process.stdout.readline())
    assert message["jsonrpc"] == "2.0"
    return message


def heard(process: subprocess.Popen[bytes], word: str) -> None:
    """Wait until the server has said `word` on stderr."""
    assert process.stderr is not None
    for spoken in process.stderr:
        if word in spoken.decode():
            return
    pytest.fail(f"the server never said {word!r}")


def piped(*messages: dict[str, Any] | str, grace: str = NEVER) -> tuple[list[Any], int]:
    """All answers to a conversation that is piped in and closed, and the exit status."""
    done = subprocess.run(
        [sys.executable, str(SERVED), grace],
        input=b"".join(line(message) for message in (GREETING, READY, *messages)),
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    answers = [json.loads(text) for text in done.stdout.splitlines()]
    return answers[1:], done.returncode


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "version"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
async def test_the_sdks_own_client_lists_and_calls_in_both_eras(mode: Any, version: str) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=[str(SERVED)], env={"WAY": os.environ["WAY"]}
    )
    async with Client(server, mode=mode, read_timeout_seconds=LIMIT) as client:
        assert client.protocol_version == version
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools][:2] == ["echo", "hang"]
        result = await client.call_tool("echo", {"value": "Müller 😀"})
        assert result.structured_content == {"value": "Müller 😀", "none": None}
        failed = await client.call_tool("fail", {})
        assert failed.is_error
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("nothing", {})


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C"}])
def test_every_line_is_utf8_json_whatever_the_locale_and_whoever_prints(
    environment: dict[str, str],
) -> None:
    """field.md B 25: a code page, a `print` and a child process must not touch the stream."""
    with running(**environment, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as process:
        say(process, call(1, "echo", value="Müller 中文 😀"), "")
        assert answer(process)["result"]["structuredContent"]["value"] == "Müller 中文 😀"
        say(process, call(2, "noisy"))
        assert answer(process)["id"] == 2
        output, errors = process.communicate(timeout=LIMIT)
    assert output == b""
    assert b"written" in errors
    assert b"echo from a child" not in errors
    assert b"from a child" in errors


def test_lines_end_with_a_line_feed_alone_and_letters_are_not_escaped() -> None:
    with running() as process:
        say(process, call(1, "echo", value="ü😀"))
        assert process.stdout is not None
        raw = process.stdout.readline()
    assert raw.endswith(b"}\n")
    assert b"\r" not in raw
    assert "ü😀".encode() in raw


def test_numbers_and_letters_beyond_utf8_come_through_as_json() -> None:
    """A lone surrogate and a number over 64 bits are valid JSON, and an upstream may send both."""
    answers, status = piped(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'
        '{"name":"echo","arguments":{"value":123456789012345678901234567890}}}'
    )
    assert status == 0
    assert answers[0]["result"]["structuredContent"]["value"] == 123456789012345678901234567890


def test_calls_run_at_the_same_time() -> None:
    with running() as process:
        say(process, call(1, "gate"), call(2, "gate"), call(3, "open"))
        assert {answer(process)["id"] for _ in range(3)} == {1, 2, 3}


@pytest.mark.parametrize("number", [7, "seven"])
def test_a_cancelled_call_is_stopped_and_not_answered(number: int | str) -> None:
    with running() as process:
        say(process, call(number, "hang"))
        heard(process, "hanging")
        say(process, cancel(number))
        heard(process, "cancelled")
        say(process, call(2, "echo"))
        assert answer(process)["id"] == 2


def test_what_is_no_message_is_passed_over() -> None:
    answers, status = piped("", "  ", "no json", "[]", "\xff", call(1, "echo"))
    assert [each["id"] for each in answers] == [1]
    assert status == 0


def test_twenty_megabytes_in_one_line_come_back() -> None:
    text = "x" * 20_000_000
    answers, status = piped(call(1, "echo", value=text))
    assert answers[0]["result"]["structuredContent"]["value"] == text
    assert status == 0


def test_at_the_end_of_input_every_call_that_was_read_is_answered() -> None:
    """`printf '…' | famulor-mcp` works; the last line needs no line feed."""
    calls = [call(number, "gate") for number in range(1, 20)]
    answers, status = piped(*calls, call(20, "open"))
    assert {each["id"] for each in answers} == set(range(1, 21))
    assert all("result" in each for each in answers)
    assert status == 0


def test_the_end_of_input_waits_no_longer_than_its_grace() -> None:
    answers, status = piped(call(1, "hang"), grace="0.05")
    assert status == 0
    assert answers[0]["error"]["message"] == "Connection closed"


def test_the_end_of_input_does_not_wait_for_a_call_that_was_cancelled() -> None:
    with running(NEVER) as process:
        say(process, call(1, "hang"))
        heard(process, "hanging")
        say(process, cancel(1))
        process.communicate(timeout=LIMIT)
    assert process.returncode == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_what_runs_and_ends_the_process(
    number: signal.Signals, status: int
) -> None:
    with running(NEVER) as process:
        say(process, call(1, "hang"))
        heard(process, "hanging")
        process.send_signal(number)
        heard(process, "cancelled")
        assert process.wait(LIMIT) == status, "stdin is still open, and nothing waits for it"
        assert answer(process)["error"]["message"] == "Connection closed"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_the_sdk_loads_ends_the_process_as_any_other(
    number: signal.Signals, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK may break where it is cut off at its start: no traceback, and not the status 1."""
    monkeypatch.setenv("SIGNAL", str(int(number)))
    assert piped(call(1, "nothing"), call(2, "nothing"))[1] == status


def test_a_client_that_does_not_read_yet_loses_nothing() -> None:
    """The pipe holds 64 KB: the server must wait, keep reading, and tear no line."""
    with running() as process:
        for number in range(1, 41):
            say(process, call(number, "echo", value="x" * 50_000))
        say(process, call(41, "hang"))
        heard(process, "hanging")  # so that all before it have been done, and wait for the pipe
        say(process, cancel(3), cancel(40), cancel(41))
        answers = [answer(process) for _ in range(40)]
    assert {each["id"] for each in answers} == set(range(1, 41))
    assert all(len(each["result"]["structuredContent"]["value"]) == 50_000 for each in answers)


@pytest.mark.parametrize("status", [0, 143], ids=["end of input", "signal"])
def test_a_client_that_reads_no_more_cannot_hold_the_process(status: int) -> None:
    with running("0.05") as process:
        for number in range(1, 4):
            say(process, call(number, "echo", value="x" * 50_000))
        say(process, call(4, "hang"))
        heard(process, "hanging")
        if status:
            process.send_signal(signal.SIGTERM)
        elif process.stdin:
            process.stdin.close()
        assert process.wait(LIMIT) == status


def test_a_client_that_is_gone_ends_the_server() -> None:
    with running() as process:
        assert process.stdout is not None
        process.stdout.close()
        say(process, call(1, "echo"))
        assert process.wait(LIMIT) == 0


def test_input_and_output_may_be_files(tmp_path: Path) -> None:
    """No loop can watch a regular file, so a thread reads it."""
    script, written = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    script.write_bytes(b"".join(line(each) for each in (GREETING, READY, call(1, "echo"))))
    with script.open("rb") as source, written.open("wb") as target:
        status = subprocess.run(
            [sys.executable, str(SERVED)], stdin=source, stdout=target, timeout=LIMIT, check=False
        ).returncode
    assert status == 0
    assert [json.loads(text)["id"] for text in written.read_text("utf-8").splitlines()] == [0, 1]


DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize(
    ("number", "request_"),
    [
        (
            7,
            '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\\ud800","a":{"id":1}}}',
        ),
        (
            "a",
            '{"method":"tools/call","params":{"id":3,"name":"\\udfff"},"jsonrpc":"2.0","id" : "a"}',
        ),
        (8, f'{{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{{"name":"x","a":{DEEP}}}}}'),
        (9, f'{{"jsonrpc":"2.0","method":"x","params":{{"name":"x","a":{DEEP}}},"id":9}}'),
    ],
    ids=["surrogate", "surrogate-first", "deep", "deep-first"],
)
def test_a_request_that_cannot_be_read_is_answered_under_its_id(
    number: int | str, request_: str
) -> None:
    """Without an answer the client waits until its time is up."""
    answers, status = piped(request_, call(1, "echo"))
    assert {each["id"]: "error" in each for each in answers} == {number: True, 1: False}
    assert status == 0


@pytest.mark.parametrize(
    "message",
    [
        '{"jsonrpc":"2.0","method":"notifications/x","params":{"id":3,"a":"\\ud800"}}',
        '{"jsonrpc":"2.0","id":4,"result":{"method":"x","a":"\\ud800"}}',
        '{"jsonrpc":"2.0","id":4.5,"method":"x","params":[]}',
        '[{"jsonrpc":"2.0","id":4,"method":"x"}]',
        '"method" "id":4',
    ],
)
def test_what_asks_for_no_answer_gets_none(message: str) -> None:
    answers, _ = piped(message, call(1, "echo"))
    assert [each["id"] for each in answers] == [1]
