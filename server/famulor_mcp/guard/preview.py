"""What a call would do, for the person who decides: a sentence, its cost, and all that is in it.

Values come from a model and names from the API, and neither may make the sentence say something
else: texts stand escaped as in JSON, what could hide is shown, and each has a bounded length.
Phone numbers are shown in full, for they are what is decided upon.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from famulor_mcp.guard import mask
from famulor_mcp.guard.hostile import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_mcp.guard.intent import Intent

BRACES = re.compile(r"\{([^{}]*)\}")
LONGEST = 1000
"""Characters of a value in the sentence: an SMS can be read whole."""

LONGEST_OTHER = 200
LONGEST_NAME = 60
MOST = 20
AGAIN = "The same call may have been made just now; this would do it once more."

Names = dict[str, str]
"""Argument → the name of what its id stands for."""


def preview(intent: Intent, names: Mapping[str, str], *, again: bool = False) -> str:
    """The sentence, a line on who pays, and the arguments that the sentence leaves out."""
    tool = intent.tool
    shown = mask.hidden(intent.arguments, tool.secret_arguments)
    template = tool.preview or tool.title
    told = set(BRACES.findall(template))
    lines = [f"{sentence(template, shown, names)}.", AGAIN if again else ""]
    if intent.costly and tool.cost:
        lines.append(f"Cost: {tool.cost}")
    others = {name: value for name, value in shown.items() if name not in told}
    lines += listed(others, names)
    return "\n".join(line for line in lines if line)


def sentence(template: str, arguments: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The template with values in place of the braces, and names beside ids."""

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name not in arguments:
            return "(not given)"
        return f"{inline(arguments[name], LONGEST)}{beside(names.get(name))}"

    return BRACES.sub(filled, template).rstrip(".")


def listed(arguments: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """A line per argument."""
    for name, value in list(arguments.items())[:MOST]:
        yield f"- {name}: {bounded(escaped(value), LONGEST_OTHER)}{beside(names.get(name))}"
    if len(arguments) > MOST:
        yield f"- and {len(arguments) - MOST} more arguments"


def beside(name: str | None) -> str:
    """A name in brackets, or nothing."""
    return f" ({bounded(escaped(name), LONGEST_NAME)})" if name else ""


def inline(value: Any, most: int) -> str:
    """A value within a sentence: texts as in JSON, without the quotes around them."""
    text = bounded(escaped(value), most + 2)
    return text[1:].removesuffix('"') if isinstance(value, str) else text


def escaped(value: Any) -> str:
    """JSON in which nothing is hidden."""
    return harmless(json.dumps(value, ensure_ascii=False, default=str))


def bounded(text: str, most: int) -> str:
    """At most so many characters, with a word on how many there are."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
