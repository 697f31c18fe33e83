"""The command as an operator types it."""

from __future__ import annotations

import gc
import io
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.patience import PATIENCE

from famulor_mcp.cli import main
from famulor_mcp.output import OutputError
from famulor_mcp.probe.command import kept
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "fam_0123456789abcdef"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("FAMULOR_"):
            monkeypatch.delenv(name)
    yield
    gc.unfreeze()


def ran(capfdbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, str, str]:
    status = main(words)
    output, errors = capfdbinary.readouterr()
    return status, output.decode(), errors.decode()


def test_tools_lists_name_effect_toolset_and_title(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, _ = ran(capfdbinary, "tools")
    lines = output.splitlines()
    assert status == 0
    assert lines[0].split() == ["TOOL", "EFFECT", "TOOLSET", "TITLE"]
    assert len(lines) == len(TOOLS) + 1
    for line, tool in zip(lines[1:], TOOLS, strict=True):
        assert line.split(maxsplit=3) == [tool.name, tool.effect, tool.toolset, tool.title]


def test_tools_json_is_the_list_as_clients_see_it(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, _ = ran(capfdbinary, "tools", "--json", "--read-only")
    listed = json.loads(output)
    assert status == 0
    reads = [tool for tool in TOOLS if tool.effect == "read"]
    assert [tool["name"] for tool in listed] == [tool.name for tool in reads]
    assert listed[0]["inputSchema"] == reads[0].input_schema


def test_an_option_may_stand_before_or_after_the_command(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    before = ran(capfdbinary, "--read-only", "tools")
    assert before == ran(capfdbinary, "tools", "--read-only")
    assert before != ran(capfdbinary, "tools")


def test_a_variable_stands_for_its_option(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_option = ran(capfdbinary, "tools", "--read-only")
    monkeypatch.setenv("FAMULOR_READ_ONLY", "true")
    assert ran(capfdbinary, "tools") == with_option


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--toolset", "calls"], ["'--toolset'", "--toolsets"]),
        (["--readonly"], ["'--readonly'", "--read-only"]),
        (["tools", "--jsn"], ["'--jsn'", "--json"]),
        (["--toolsets", "cals"], ["'cals'", "calls"]),
        (["--tools", "make_cal", "tools"], ["'make_cal'", "make_call"]),
        (["tool"], ["'tool'", "tools", "stdio", "sandbox"]),
        (["call", "make_cal"], ["'make_cal'", "make_call"]),
        (["call", "get_call", "42"], ["'42'", "key=value", "Example: id=42"]),
        (["call", "get_call", "--json", "[1]"], ["JSON object"]),
        (["call", "get_call", "a=1", "--json", "{}"], ["not both"]),
        (["--timeout", "never"], ["--timeout (FAMULOR_TIMEOUT)", "'never'"]),
        (["sandbox", "--port", "http"], ["--port", "0 to 65535", "'http'", "Example"]),
        (["sandbox", "--port", "65536"], ["--port", "0 to 65535", "Example"]),
        (["http", "--port", "0000008787000"], ["--port", "0 to 65535", "Example"]),
        (["install", "cursor", "--path", "~no-such-user/x", "--sandbox"], ["--path", "Example"]),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest_right_ones(
    capfdbinary: pytest.CaptureFixture[bytes], words: list[str], parts: list[str]
) -> None:
    status, output, errors = ran(capfdbinary, *words)
    assert status == 2
    assert output == ""
    assert "Traceback" not in errors
    for part in parts:
        assert part in errors


def test_call_prints_the_answer_as_json(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    status, output, errors = ran(capfdbinary, "call", "list_calls", "--sandbox")
    assert (status, errors) == (0, "")
    assert json.loads(output)
    assert output.startswith("{\n  ")


@pytest.mark.parametrize("words", [["per_page=1"], ["--json", '{"per_page": 1}']])
def test_call_takes_pairs_or_one_object(
    capfdbinary: pytest.CaptureFixture[bytes], words: list[str]
) -> None:
    status, output, _ = ran(capfdbinary, "call", "list_calls", "--sandbox", *words)
    assert status == 0
    assert len(json.loads(output)["data"]) == 1


def test_a_failed_call_says_so_on_stderr_and_by_its_status(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, errors = ran(capfdbinary, "call", "get_call", "--sandbox", "colour=red")
    assert (status, output) == (1, "")
    assert "colour" in errors


def test_a_call_without_a_key_says_how_to_get_one(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, errors = ran(capfdbinary, "call", "list_calls")
    assert (status, output) == (1, "")
    assert "API key" in errors


def test_a_tool_that_is_not_offered_cannot_be_called(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, _, errors = ran(capfdbinary, "call", "make_call", "--read-only", "--sandbox")
    assert status == 2
    assert "'make_call'" in errors


def test_the_version_is_the_packages(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capfdbinary.readouterr().out.startswith(b"famulor-mcp 0.")


def test_the_help_names_every_option_and_command(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capfdbinary.readouterr().out.decode()
    for word in ("--toolsets", "--read-only", "--sandbox", "--files", "stdio", "demo", "call"):
        assert word in text


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(("words", "status"), [("tools >&-", 0), ("--toolset calls 2>&-", 2)])
def test_a_stream_that_was_closed_changes_no_status(words: str, status: int) -> None:
    """Jobs are started so; what nobody can read is not an error."""
    command = f'exec "{sys.executable}" -m famulor_mcp {words}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (status, b"")


def test_a_demo_whose_output_nobody_reads_on_is_no_error() -> None:
    """`famulor-mcp demo | head -1`"""
    command = [sys.executable, "-m", "famulor_mcp", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(20) == 141


def test_output_is_utf8_whatever_the_locale_and_a_closed_pipe_is_no_error() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "LC_ALL": "C", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "famulor_mcp", "tools", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"["
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) in {0, 141}


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """A line of a POSIX shell; `$run` is this program."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("$run", f"{sys.executable} -m famulor_mcp")],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=PATIENCE,
    )


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")


@POSIX
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("$run stdio --sandbox <&-", 0, b""),
        ("$run stdio --sandbox >&-", 0, b""),
        (
            (
                "$run call make_call assistant_id='Service Reminder' phone_number=+442079460101"
                " --sandbox <&-"
            ),
            0,
            b"",
        ),
        ("$run nonsense 2>&-", 2, b""),
        ("$run call get_me --sandbox <&- >&- 2>&-", 0, b""),
    ],
)
def test_a_stream_that_is_closed_is_an_empty_one(line: str, status: int, said: bytes) -> None:
    """As in a service without a terminal. Nothing fails for it, least of all a costly call."""
    done = shell(line)
    assert done.returncode == status
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"fault of the gateway" not in done.stderr


@POSIX
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110
@pytest.mark.parametrize("command", ["call get_me --sandbox", "demo"])
def test_output_that_cannot_be_written_is_told_of_in_a_line(command: str) -> None:
    done = shell(f"$run {command} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        b"famulor-mcp: the output could not be written: No space left on device.\n"
    )


def test_a_report_that_cannot_be_kept_is_refused_before_the_walk(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "none" / "report.md"
    status, output, errors = ran(capfdbinary, "probe", "--sandbox", "--report", str(file))
    assert (status, output) == (2, "")
    assert "--report must be a file in an existing folder" in errors
    assert "Example: report.md" in errors
    with pytest.raises(OutputError, match="Is a directory"):
        kept(tmp_path, "text")


@POSIX
def test_whoever_reads_the_demo_may_stop_early() -> None:
    done = shell("$run demo | head -2")
    assert (done.returncode, done.stderr) == (141, b"")
    assert b"famulor-mcp demo" in done.stdout


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    """The tool list must be there before the HTTP client is loaded: that takes 150 ms."""
    script = (
        "import sys; from famulor_mcp import cli, protocol, start; from famulor_tools import TOOLS;"
        "heavy = {'aiohttp', 'httpx', 'jsonschema', 'yaml', 'jinja2'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_the_sandbox_says_which_port_it_took_and_answers_there() -> None:
    """`--port 0` takes a free one; the line on stderr is all that a script needs to go on."""
    command = [sys.executable, "-m", "famulor_mcp", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        words = process.stderr.readline().split()
        url, key = words[2], words[-1].partition("=")[2]
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        answer = httpx.get(f"{url}/api/user/me", headers=headers, timeout=PATIENCE)
        process.terminate()
    assert answer.status_code == 200


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "famulor_mcp", "sandbox", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 2
    assert f"--port: cannot listen on {port}" in run.stderr


CALL = ("make_call", "phone_number=+4915112345678", "assistant_id=7")
POLICY = '[destinations]\ndeny = ["+49"]\n[off]\ntools = ["delete_lead"]\n'


def policy_file(folder: Path, text: str = POLICY) -> str:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_call_at_no_terminal_is_like_one_of_a_client_that_cannot_ask(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, errors = ran(capfdbinary, "call", *CALL, "--sandbox", "--confirm", "always")
    assert (status, output) == (1, "")
    assert "Not sent yet" in errors
    status, output, _ = ran(capfdbinary, "call", *CALL, "--sandbox")
    assert (status, json.loads(output)["status"]) == (0, "initiated")


def test_yes_is_given_beforehand(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ("call", *CALL, "--sandbox", "--confirm", "always", "--yes")
    status, output, _ = ran(capfdbinary, *words)
    assert (status, json.loads(output)["status"]) == (0, "initiated")


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("YES\n", 0), ("\n", 1), ("n\n", 1)])
def test_at_a_terminal_the_person_is_asked(
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    status: int,
) -> None:
    keyboard = io.StringIO(typed)
    monkeypatch.setattr(sys, "stdin", keyboard)
    monkeypatch.setattr(keyboard, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    code, output, errors = ran(capfdbinary, "call", *CALL, "--sandbox")
    assert "Call +4915112345678 with assistant 7" in errors
    assert "[y/N]" in errors
    assert code == status
    assert ("initiated" in output) == (status == 0)


def test_a_dry_run_prints_the_request(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    status, output, _ = ran(capfdbinary, "call", *CALL, "--sandbox", "--dry-run")
    assert status == 0
    assert json.loads(output)["url"].endswith("/make_call")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[limits]\nper_minut = 1\n", ["line 2", "per_minut", "per_minute"]),
        ("[limits]\nper_minute = 0\n", ["line 2", "per_minute"]),
        ("[limits\n", ["line 1"]),
    ],
)
@pytest.mark.parametrize("command", ["stdio", "tools"])
def test_a_fault_of_the_policy_file_stops_the_start(
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
    text: str,
    parts: list[str],
    command: str,
) -> None:
    path = policy_file(tmp_path, text)
    status, output, errors = ran(capfdbinary, command, "--sandbox", "--policy", path)
    assert (status, output) == (2, "")
    for part in (path, *parts):
        assert part in errors


def test_a_tool_that_the_policy_has_off_is_not_offered(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    status, output, _ = ran(capfdbinary, "tools", "--policy", policy_file(tmp_path))
    assert status == 0
    assert "delete_lead" not in output
    assert "make_call" in output


def test_policy_check_explains_a_file_and_judges_a_call(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    path = policy_file(tmp_path)
    status, output, _ = ran(capfdbinary, "policy", "check", path)
    assert status == 0
    assert "Nobody is reached at a number that begins with +49." in output
    status, output, _ = ran(capfdbinary, "policy", "check", path, *CALL)
    assert status == 1
    assert output.startswith("Blocked")
    words = ("make_call", "--json", '{"phone_number": "+431234567", "assistant_id": 7}')
    status, output, _ = ran(capfdbinary, "policy", "check", path, *words)
    assert (status, output.startswith("Passes")) == (0, True)
    status, _, errors = ran(capfdbinary, "policy", "check", path, "make_call", "assistant_id=x")
    assert status == 2
    assert "assistant_id" in errors


def test_a_record_that_cannot_be_written_stops_the_start(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    locked = tmp_path / "audit.jsonl"
    locked.symlink_to(tmp_path / "elsewhere.jsonl")
    status, output, errors = ran(capfdbinary, "call", *CALL, "--sandbox", "--audit", str(locked))
    assert (status, output) == (2, "")
    assert "--audit" in errors


def test_digits_stay_text_where_an_argument_takes_texts(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, output, errors = ran(capfdbinary, "call", "create_folder", "name=2026", "--sandbox")
    assert (status, errors) == (0, "")
    assert json.loads(output)["data"]["name"] == "2026"
    found = ["call", "search_phone_numbers", "country_code=DE", "contains=123", "--sandbox"]
    assert ran(capfdbinary, *found)[0] == 0
    status, output, _ = ran(capfdbinary, "call", "get_assistants", "per_page=1", "--sandbox")
    assert (status, json.loads(output)["per_page"]) == (0, 1)


def test_what_is_nested_too_deep_to_be_json_is_a_text(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    deep = f"call_id={100_000 * '['}"
    status, _, errors = ran(capfdbinary, "call", "get_call", deep, "--sandbox")
    assert status == 1
    assert errors.startswith("call_id must be")


def test_an_address_that_is_none_is_one_line(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, _, errors = ran(capfdbinary, "call", "get_me", "--base-url", "https://[::1")
    assert status == 2
    assert errors.startswith("famulor-mcp: --base-url (FAMULOR_BASE_URL) is not a URL.")
    assert "Traceback" not in errors


def test_a_call_without_a_tool_says_what_is_missing(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    status, _, errors = ran(capfdbinary, "call", "--sandbox")
    assert status == 2
    assert errors.startswith("famulor-mcp: call needs TOOL. `famulor-mcp tools` lists them.")


def test_the_list_shows_what_a_client_would_be_shown(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    _, output, _ = ran(capfdbinary, "tools", "--json", "--dynamic", "--read-only")
    tools = json.loads(output)
    assert len(tools) == 3
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
