"""Our commands at a real terminal, and the same ones in a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.people.terminals import PROGRAM, Terminal, environment, plain, ran

from famulor_mcp.screen.columns import cells
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

CLEAR = "\r\x1b[K"


def piped(*words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        env=environment(**more),
        check=False,
        stdin=subprocess.DEVNULL,
    )


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """The sandbox as a server, as the variables that lead to it."""
    with subprocess.Popen([*PROGRAM, "sandbox", "--port", "0"], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        words = process.stderr.readline().decode().split()
        name, _, key = words[-1].partition("=")
        try:
            yield {"FAMULOR_BASE_URL": words[2], name: key}
        finally:
            process.terminate()


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_the_list_of_tools_fits_the_terminal(columns: int) -> None:
    status, seen = ran("tools", columns=columns)
    assert status == 0
    assert all(cells(line) <= columns for line in seen.splitlines())
    if columns > 100:
        assert len(seen.splitlines()) == len(TOOLS) + 1


def test_colour_is_for_terminals_that_want_it() -> None:
    assert "\x1b[" in ran("tools", "make_call")[1]
    assert "\x1b[" not in ran("tools", "make_call", NO_COLOR="1")[1]
    assert "\x1b[" not in ran("tools", "make_call", TERM="dumb")[1]
    assert b"\x1b[" not in piped("tools", "make_call").stdout


def test_a_tool_that_is_misspelt_is_named_nearly() -> None:
    done = piped("tools", "mak_call")
    assert done.returncode == 2
    assert b"make_call" in done.stderr


def test_the_example_of_a_page_can_be_pasted() -> None:
    page = piped("tools", "make_call").stdout.decode()
    command = page.partition("From a shell:")[2].strip()
    words = f"exec {sys.executable} -m famulor_mcp {command.removeprefix('famulor-mcp ')} --sandbox"
    done = subprocess.run(["sh", "-c", words], capture_output=True, env=environment(), check=False)
    assert json.loads(done.stdout)["status"] == "initiated"


def test_an_answer_is_readable_at_a_terminal_and_json_in_a_pipe() -> None:
    words = ("call", "get_call", "call_id=1", "--sandbox")
    status, seen = ran(*words, columns=70)
    assert status == 0
    assert all(cells(line) <= 70 for line in seen.splitlines())
    assert "transcript\n  bot    " in plain(seen)
    machine = json.loads(piped(*words).stdout)
    assert json.loads(ran(*words, "--output", "json")[1])["transcript"] == machine["transcript"]
    text = piped(*words, "--output", "text").stdout.decode()
    assert "transcript\n  bot    " in text


def test_a_failure_is_on_stderr_at_a_terminal_too() -> None:
    with Terminal(
        [
            "sh",
            "-c",
            f"{sys.executable} -m famulor_mcp call get_call colour=red --sandbox 2>/dev/null",
        ]
    ) as terminal:
        assert terminal.finished() == (1, "")


def test_while_a_call_reads_page_after_page_a_bar_stands_and_then_is_gone() -> None:
    status, seen = ran("call", "list_calls", "all=true", "per_page=10", "--sandbox")
    assert status == 0
    assert "items read" in seen
    bar, _, answer = seen.rpartition(CLEAR)
    assert "█" in bar
    assert "items read" not in answer
    assert "total" in plain(answer)


def test_in_a_pipe_there_is_no_bar() -> None:
    done = piped("call", "list_calls", "all=true", "per_page=20", "--sandbox")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_probe_tells_the_tool_that_it_is_at_and_then_only_the_report(tmp_path: Path) -> None:
    words = ("probe", "--sandbox", "--toolsets", "account,calls")
    file = tmp_path / "report.md"
    line = f"{sys.executable} -m famulor_mcp {' '.join(words)} > {file}"
    with Terminal(["sh", "-c", line]) as terminal:
        status, seen = terminal.finished()
    assert status == 0
    assert "█" in seen
    assert "1 of 5  get_me" in seen
    assert "5 of 5  delete_call" in seen
    assert seen.endswith(CLEAR)
    done = piped(*words)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == file.read_bytes()


def test_ctrl_c_takes_the_bar_away_and_ends_the_call() -> None:
    with sandbox() as api:
        placed = piped("call", "make_call", "phone_number=+442079460101", "assistant_id=7", **api)
        assert placed.returncode == 0, placed.stderr
        number = json.loads(placed.stdout)["call_id"]
        words = [*PROGRAM, "call", "get_call", f"call_id={number}", "wait=50"]
        with Terminal(words, env=environment(**api)) as terminal:
            terminal.until("status is")
            terminal.type("\x03")
            status, seen = terminal.finished()
    assert status == 130
    assert seen.endswith(CLEAR)
    assert "Traceback" not in seen


@pytest.mark.parametrize("words", [("--help",), ("tools", "make_call"), ("doctor",)])
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_output_is_utf8_with_lf_in_any_locale(words: tuple[str, ...], encoding: str) -> None:
    done = piped(*words, PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0", FAMULOR_SANDBOX="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\r" not in done.stdout
    assert done.stdout.decode("utf-8")


def test_help_fits_the_terminal() -> None:
    for words in (("--help",), ("stdio", "--help"), ("call", "--help")):
        status, seen = ran(*words, columns=60)
        assert status == 0
        assert all(cells(line) <= 60 for line in seen.splitlines())


def test_the_picture_of_the_readme_shows_what_the_demo_does_now() -> None:
    """The demo begins with how many tools there are; a new picture is due when that changes."""
    picture = Path(__file__).parents[2] / "docs" / "session.svg"
    drawn = picture.read_text(encoding="utf-8").replace("&#160;", " ")
    reads = sum(tool.effect == "read" for tool in TOOLS)
    assert f"{len(TOOLS)}: {reads} that read, {len(TOOLS) - reads} that act" in drawn


@pytest.mark.parametrize(
    "words", [("call", "make_call", "--sandbox", "phone_number=+4915112345678", "assistant_id=1")]
)
def test_ctrl_c_at_a_question_ends_the_command_at_once(words: tuple[str, ...]) -> None:
    with Terminal([*PROGRAM, *words]) as terminal:
        terminal.until("[y/N]")
        terminal.type("\x03")
        status, seen = terminal.finished()
    assert status == 130
    assert seen.endswith("[y/N] ^C\nNothing was sent.\n")


@pytest.mark.parametrize(
    ("key", "status", "end"),
    [
        ("\x03", 130, "\nNothing was changed.\n"),
        ("\x04", 2, "no key was given, so nothing was changed."),
    ],
)
def test_whoever_leaves_the_question_for_the_key_has_changed_nothing(
    key: str, status: int, end: str, tmp_path: Path
) -> None:
    (tmp_path / ".cursor").mkdir()
    words = [*PROGRAM, "install", "cursor"]
    with Terminal(words, env=environment(HOME=str(tmp_path))) as terminal:
        terminal.until("not shown): ")
        terminal.type(key)
        code, seen = terminal.finished()
    assert code == status
    assert end in seen
    assert "): famulor-mcp:" not in seen, "the error stands on a line of its own"
    assert list(tmp_path.rglob("*")) == [tmp_path / ".cursor"]
