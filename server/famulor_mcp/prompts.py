"""Prompts: jobs that a person starts from a client's menu, told to the model in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from famulor_tools.table import Prompt

BRACES = re.compile(r"\{([a-z][a-z0-9_]*)\}")
LONGEST = 2000
"""Characters of one argument: what is longer is no answer to a form."""


class PromptError(ValueError):
    """A prompt cannot be told, in words for the person who filled it in."""


def offered(prompts: Iterable[Prompt], names: Collection[str]) -> dict[str, Prompt]:
    """The prompts whose tools are all among `names`, by their own name."""
    return {prompt.name: prompt for prompt in prompts if set(prompt.needs) <= set(names)}


def wire(prompt: Prompt) -> dict[str, Any]:
    """A prompt as it stands in `prompts/list`."""
    return {
        "arguments": [
            {"description": one.description, "name": one.name, "required": one.required}
            for one in prompt.arguments
        ],
        "description": prompt.description,
        "name": prompt.name,
        "title": prompt.title,
    }


def told(prompt: Prompt, given: Mapping[str, str]) -> str:
    """The prompt's text with its arguments in place. What a person typed is not read for braces.

    Raises:
        PromptError: a required argument is missing, or one is unknown or too long.
    """
    known = [argument.name for argument in prompt.arguments]
    values = {name: value.strip() for name, value in given.items() if value.strip()}
    for name, value in values.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise PromptError(f"{prompt.name} has no argument {name[:80]!r}. Known: {listed}.")
        if len(value) > LONGEST:
            raise PromptError(f"{name} must have at most {LONGEST} characters.")
    for argument in prompt.arguments:
        if argument.required and argument.name not in values:
            raise PromptError(f"{argument.name} is required: {argument.description}.")
        values.setdefault(argument.name, argument.default)
    return BRACES.sub(lambda match: values[match[1]], prompt.text)
