"""Completion: what may stand at the cursor, and that a real shell puts it there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.people.shells import BASH, CASES, Shell

from famulor_mcp.commands import COMMANDS
from famulor_mcp.completion.candidates import candidates
from famulor_mcp.options import FLAGS, OPTIONS
from famulor_tools import PRESETS, TOOLS, TOOLSETS

if TYPE_CHECKING:
    from pathlib import Path


def words(line: str) -> list[str] | str:
    """The candidates at the end of a line."""
    *before, current = line.split(" ")
    found = candidates(before, current, TOOLS)
    return found if isinstance(found, str) else [candidate.word for candidate in found]


def test_without_a_command_all_commands_may_follow() -> None:
    assert words("") == list(COMMANDS)


def test_after_a_dash_the_options_of_the_command_and_of_all_commands_may_follow() -> None:
    assert {*OPTIONS, *FLAGS} <= set(words("-"))
    assert {"--output", "--yes", "--preset"} <= set(words("call -"))
    assert "--port" not in words("call -")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("--preset ", list(PRESETS)),
        ("--preset=ca", ["--preset=calls", "--preset=campaigns"]),
        ("--toolsets ", list(TOOLSETS)),
        ("--toolsets calls,le", ["calls,leads"]),
        ("--exclude make", ["make_call"]),
        ("--confirm ", ["auto", "always", "never"]),
        ("call --output ", ["auto", "text", "json"]),
        ("--timeout ", []),
        ("call make", ["make_call"]),
        ("--sandbox doc", ["doctor"]),
        ("tools make_call ", []),
        ("policy ", ["check"]),
        ("policy check ", "files"),
        ("policy check file.toml make", ["make_call"]),
        ("--policy ", "files"),
        ("call get_call ", ["call_id=", "detail=", "offset=", "wait="]),
        ("call --sandbox get_call call_id=1 d", ["detail="]),
        ("call get_call detail=", ["detail=concise", "detail=full"]),
        ("call make_call dry_run=", ["dry_run=true", "dry_run=false"]),
        ("call no_such_tool ", []),
        ("nonsense ", []),
        ("completion b", ["bash"]),
    ],
)
def test_what_may_stand_at_the_cursor(line: str, found: list[str] | str) -> None:
    assert words(line) == found


def test_an_argument_that_is_needed_is_said_to_be() -> None:
    found = candidates(["call", "make_call"], "", TOOLS)
    assert not isinstance(found, str)
    needed = [candidate.word for candidate in found if "required" in candidate.words]
    assert needed == ["phone_number=", "assistant_id="]


def test_a_tool_that_is_not_offered_is_not_proposed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "famulor_mcp", "completion", "words"],
        input="words\ncall\nmake\n",
        env={**os.environ, "FAMULOR_READ_ONLY": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_says_how_to_use_it(shell: str) -> None:
    command = [sys.executable, "-m", "famulor_mcp", "completion", shell]
    script = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"famulor-mcp completion {shell}" in script.partition("\n\n")[0]


@pytest.mark.skipif(shutil.which("bash") is None, reason="a system without bash has no use for it")
def test_bash_completes_at_tab(tmp_path: Path) -> None:
    with Shell(BASH, tmp_path) as shell:
        for typed, wanted in CASES.items():
            assert shell.completed(typed) == wanted
