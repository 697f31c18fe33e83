"""`famulor-mcp completion SHELL`: the script of a shell; `words` answers its questions."""

from __future__ import annotations

import shlex
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.completion.candidates import Candidate, candidates
from famulor_mcp.output import say
from famulor_mcp.settings import SettingsError
from famulor_tools import TOOLS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings

SHELLS = ("bash", "zsh", "fish")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=[*SHELLS, "words"], metavar="|".join(SHELLS))


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Print the script; or the candidates, one a line, for the command line that stdin holds.

    The first line of stdin says what follows: `words`, one a line, the last at the cursor; or
    `bash`, whose words are not ours: the text up to the cursor, and what of it bash will replace.
    """
    if chosen["shell"] != "words":
        say((files(__package__) / f"script.{chosen['shell']}").read_text(encoding="utf-8"))
        return 0
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").split("\n")
    words, current, cut = of_bash(*lines[1:3]) if lines[0] == "bash" else of_words(lines[1:])
    try:
        tools = offered.tools(settings, offered.policy(settings))
    except SettingsError:  # whoever types is not helped by it here
        tools = TOOLS
    found = candidates(words, current, tools)
    say(found if isinstance(found, str) else "\n".join(line(one, cut) for one in found))
    return 0


def of_words(lines: list[str]) -> tuple[list[str], str, int]:
    """The words before the cursor, that at the cursor, and how much of it candidates leave out."""
    words = lines[:-1] if lines and not lines[-1] else lines
    return words[:-1], words[-1] if words else "", 0


def of_bash(text: str, tail: str) -> tuple[list[str], str, int]:
    """The same, from the text up to the cursor and what bash takes for the word there."""
    try:
        words = shlex.split(text)
    except ValueError:  # a quote is open
        words = text.split()
    current = words.pop() if words and not text.endswith(" ") else ""
    return words[1:], current, len(current) - len(tail)


def line(candidate: Candidate, cut: int) -> str:
    """A candidate as the shells read it."""
    return f"{candidate.word[cut:]}\t{candidate.words}"
