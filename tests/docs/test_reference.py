"""Everything there is to choose stands in the reference, and nothing in a document is made up."""

from __future__ import annotations

import re

import pytest
from tests.docs.documents import blocks, documents, prose, text
from tests.docs.messages import classes

from famulor_mcp import hosting
from famulor_mcp.commands import COMMANDS
from famulor_mcp.options import COMMON, FLAGS, OPTIONS, made
from famulor_mcp.settings import LARGEST, LONGEST_TIMEOUT, READERS, SMALLEST, Settings, variable
from famulor_tools import PRESETS

REFERENCE = text("docs/REFERENCE.md")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
VARIABLE = re.compile(r"\bFAMULOR_[A-Z_]+[A-Z]\b")
OTHERS = {
    "README.md": {"--cov"},
    "CONTRIBUTING.md": {"--check", "--spec", "--out"},
    "docs/RELEASE.md": {"--group"},
}
"""Options of other programs, by document."""


def own(command: str) -> set[str]:
    """The options of a command alone."""
    return {
        option
        for action in made(command).actions()
        for option in action.option_strings
        if option.startswith("--") and option not in COMMON
    }


ALL = {*COMMON, *(option for command in COMMANDS for option in own(command))}
VARIABLES = {variable(name) for name in (*READERS, *hosting.READERS)}


@pytest.mark.parametrize("option", sorted(ALL))
def test_every_option_stands_in_the_reference(option: str) -> None:
    assert re.search(rf"`{option}[ `]", REFERENCE), option


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_options_of_a_command_stand_in_its_rows(command: str) -> None:
    section = (
        REFERENCE if command == "http" else REFERENCE.partition("## Options of one command")[2]
    )
    for option in own(command):
        assert re.search(rf"`{option}[ `]", section), (command, option)
    assert f"`famulor-mcp {command}" in REFERENCE


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_variable_stands_in_the_reference(name: str) -> None:
    assert f"`{name}`" in REFERENCE


@pytest.mark.parametrize("name", sorted(classes()))
def test_every_class_of_error_stands_in_the_reference(name: str) -> None:
    assert f"| `{name}` |" in REFERENCE


def test_an_option_and_its_variable_stand_in_one_row() -> None:
    hosted = hosting.READERS
    for option in (*OPTIONS, *FLAGS, *(f"--{name.replace('_', '-')}" for name in hosted)):
        name = variable(option.removeprefix("--").replace("-", "_"))
        assert re.search(
            rf"^\| `{option}[^|]*(\\\|[^|]*)*` \| `{name}` \|", REFERENCE, re.MULTILINE
        ), option


def test_the_defaults_and_bounds_are_those_of_the_code() -> None:
    chosen, hosted = Settings(), hosting.Hosting()
    for words in (
        f"default {chosen.timeout:g}, at most {LONGEST_TIMEOUT:g} |",
        f"default {chosen.repeat_window:g};",
        f"{SMALLEST} to {LARGEST}; default {chosen.max_result};",
        f"default {hosted.host}, this machine alone",
        f"default {hosted.port};",
        f"at most {hosting.MOST_WORKERS}; default {hosted.workers}.",
        f"0 to {hosting.LONGEST_GRACE:g}; default {hosted.grace:g} |",
        f"1 to {hosting.LARGEST_BODY}; default {hosted.max_body} |",
    ):
        assert words in REFERENCE, words
    assert all(f"`{name}`" in REFERENCE for name in PRESETS)


@pytest.mark.parametrize("document", documents())
def test_a_document_names_no_variable_that_is_not_there(document: str) -> None:
    named = set(VARIABLE.findall(text(document)))
    assert named <= VARIABLES | {"FAMULOR_READONLY"}, named - VARIABLES


@pytest.mark.parametrize("document", documents())
def test_a_document_names_no_option_of_ours_that_is_not_there(document: str) -> None:
    spoken = re.findall(r"`(--[a-z-]+)", prose(document))
    typed = [
        option
        for block in blocks(document)
        for line in block.text.splitlines()
        if line.lstrip().startswith("famulor-mcp ")
        for option in OPTION.findall(line)
    ]
    unknown = {*spoken, *typed} - ALL - OTHERS.get(document, set())
    assert not unknown
