"""The help: every command and option is in it, and its examples work."""

from __future__ import annotations

import shlex

import pytest

from famulor_mcp.cli import main
from famulor_mcp.commands import COMMANDS, DEFAULT
from famulor_mcp.help import EXAMPLE, EXAMPLES, SECTIONS, STATUSES, page, top
from famulor_mcp.options import FLAGS, OPTIONS, made, parse
from famulor_mcp.screen import Screen
from famulor_mcp.settings import SettingsError

COMMON = [*OPTIONS, *FLAGS]


def test_the_top_page_names_all_commands_options_and_statuses_on_one_screen() -> None:
    lines = top(Screen(100), COMMON)
    text = "\n".join(lines)
    for word in (*COMMANDS, *COMMON, "FAMULOR_API_KEY", *(status for status, _ in STATUSES)):
        assert word in text
    assert len(EXAMPLES) == 3
    assert len(lines) <= 60


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_a_command_has_its_own_options_first_and_an_example(name: str) -> None:
    parser = made(name)
    lines = page(name, parser, COMMON, Screen(100))
    text = "\n".join(lines)
    for option in parser.known():
        assert option in text or option in {"--help", "--version"}
    assert EXAMPLE[name] in text
    if "Its own" in lines:
        assert lines.index("Its own") < lines.index("Options")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_a_command_line_that_is_understood(name: str) -> None:
    line = EXAMPLE[name].removeprefix('eval "$(').removesuffix(')"')
    program, *words = shlex.split(line)
    assert program == "famulor-mcp"
    assert parse(words)[0] == name


def test_every_option_has_its_section() -> None:
    left = set(COMMON) - {option for options in SECTIONS.values() for option in options}
    assert left <= {"--log-level"}


@pytest.mark.parametrize(("typed", "meant"), [("tool", "tools"), ("docter", "doctor")])
def test_a_misspelt_command_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"Nearest: {meant}"):
        parse([typed])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tools", "zzz"], "there is no tool 'zzz' here. `famulor-mcp tools` lists them."),
        (["tools", "--tools", "zzz"], "there is no tool 'zzz'. `famulor-mcp tools` lists them."),
        (["tools", "--preset", "zzz"], "there is no preset 'zzz'. All: all, "),
        (["tools", "-z"], "'-z' is not known here.\n"),
    ],
)
def test_where_nothing_is_near_no_long_list_is_called_the_nearest(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert len(errors) < 250


def test_every_command_explains_its_own_options() -> None:
    for name in COMMANDS:
        for action in made(name).actions():
            assert action.help or not action.option_strings, (name, action)


def test_the_page_of_the_default_command_explains_every_option() -> None:
    """The other pages send the reader there."""
    text = " ".join(" ".join(page(DEFAULT, made(DEFAULT), COMMON, Screen(100))).split())
    said = {name: words for name, (_, words) in OPTIONS.items()} | FLAGS
    assert [name for name, words in said.items() if words not in text] == []
