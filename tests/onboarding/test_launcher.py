"""The command in a configuration starts from anywhere, also next week."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from tests.onboarding.machines import machine

from famulor_mcp.onboarding.launcher import Running, arguments, command, running
from famulor_mcp.onboarding.machine import here


def run(executable: str, prefix: str, *scripts: str, **tools: str) -> Running:
    windows = "\\" in executable
    kind = PureWindowsPath if windows else PurePosixPath
    return Running(kind(executable), kind(prefix), tuple(map(kind, scripts)), tools.get)


def test_the_console_script_is_named_with_its_whole_path() -> None:
    script = r"C:\Users\Jürgen Müller\.venv\Scripts\famulor-mcp.exe"
    how = run(r"C:\Python\python.exe", r"C:\Python", r"C:\none\famulor-mcp.exe", script)
    assert command(machine("windows", script), how, keyring=False) == (script,)


def test_without_a_script_the_interpreter_runs_the_package() -> None:
    how = run("/opt/py 3/bin/python", "/opt/py 3", "/opt/py 3/bin/famulor-mcp")
    assert command(machine("linux"), how, keyring=False) == (
        "/opt/py 3/bin/python",
        "-m",
        "famulor_mcp",
    )


@pytest.mark.parametrize(
    ("prefix", "words", "with_keyring"),
    [
        (
            "/home/a/.cache/uv/archive-v0/Xy1",
            ("/home/a/.local/bin/uvx", "famulor-mcp"),
            ("/home/a/.local/bin/uvx", "--from", "famulor-mcp[keyring]", "famulor-mcp"),
        ),
        (
            "/home/a/.cache/pipx/0a1b2c",
            ("/usr/bin/pipx", "run", "famulor-mcp"),
            ("/usr/bin/pipx", "run", "--spec", "famulor-mcp[keyring]", "famulor-mcp"),
        ),
        (
            "/home/a/.local/pipx/.cache/0a1b2c",
            ("/usr/bin/pipx", "run", "famulor-mcp"),
            ("/usr/bin/pipx", "run", "--spec", "famulor-mcp[keyring]", "famulor-mcp"),
        ),
    ],
)
def test_a_passing_environment_is_not_named_but_what_makes_it(
    prefix: str, words: tuple[str, ...], with_keyring: tuple[str, ...]
) -> None:
    script = f"{prefix}/bin/famulor-mcp"
    how = run(f"{prefix}/bin/python", prefix, script, pipx="/usr/bin/pipx", uvx="/other/uvx")
    there = machine("linux", script, "/home/a/.local/bin/uvx", UV="/home/a/.local/bin/uv")
    assert command(there, how, keyring=False) == words
    assert command(there, how, keyring=True) == with_keyring


def test_uvx_is_looked_for_where_uv_does_not_say_where_it_is() -> None:
    how = run("/c/uv/archive-v0/X/bin/python", "/c/uv/archive-v0/X", uvx="/usr/bin/uvx")
    assert command(machine("linux"), how, keyring=False)[0] == "/usr/bin/uvx"


def test_a_tool_that_was_installed_for_good_is_named_itself() -> None:
    for prefix in ("/home/a/.local/share/uv/tools/famulor-mcp", "/home/a/.local/pipx/venvs/f"):
        script = f"{prefix}/bin/famulor-mcp"
        how = run(f"{prefix}/bin/python", prefix, script)
        assert command(machine("linux", script), how, keyring=False) == (script,)


def test_options_go_along_and_their_files_are_found_from_any_folder() -> None:
    given = {"preset": "calls", "read_only": True, "policy": "rules.toml", "timeout": None}
    given |= {"sandbox": False, "client": "cursor", "show": True}
    assert arguments(given) == (
        "--preset",
        "calls",
        "--policy",
        str(Path("rules.toml").absolute()),
        "--read-only",
    )


def test_this_process_knows_how_it_runs() -> None:
    words = command(here(), running(here()), keyring=False)
    assert Path(words[0]).is_absolute()
    assert Path(words[0]).exists()
