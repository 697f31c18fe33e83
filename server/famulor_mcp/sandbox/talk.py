"""What is said on a call: scripts, how long they take, and what an evaluation makes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import dice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WORDS_PER_SECOND = 2.6
PAUSE = 1.1


@dataclass(frozen=True)
class Script:
    """A conversation after the greeting: lines of the caller and the assistant in turn.

    `results` are the values that an evaluation finds; `goal` tells whether the call reached its.
    """

    language: str
    topic: str
    goal: bool
    lines: tuple[str, ...]
    results: Mapping[str, Any] = field(default_factory=dict)


def filled(text: str, variables: Mapping[str, Any]) -> str:
    """A prompt's text with each {{name}} replaced by the variable of that name."""
    return re.sub(
        r"\{\{\s*(\w+)\s*\}\}", lambda found: str(variables.get(found[1], found[0])), text
    )


def lines(script: Script, greeting: str, variables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who says what: (sender, text), the assistant's greeting first."""
    spoken = [("bot", filled(greeting, variables))] if greeting else []
    return spoken + [
        ("bot" if place % 2 else "human", filled(text, variables))
        for place, text in enumerate(script.lines)
    ]


def length(spoken: list[tuple[str, str]]) -> int:
    """Seconds that the lines take."""
    return round(sum(_takes(text) for _, text in spoken)) + 2


def transcript(
    spoken: list[tuple[str, str]], begin: datetime, share: float = 1.0
) -> list[dict[str, Any]]:
    """The first share of the lines as the API lists them, timestamps in Unix seconds."""
    shown = []
    passed = 0.8
    for sender, text in spoken[: max(1, round(len(spoken) * share))]:
        when = (begin + timedelta(seconds=passed)).timestamp()
        shown.append(
            {"text": text, "type": "transcript", "sender": sender, "timestamp": round(when, 3)}
        )
        passed += _takes(text)
    return shown


def evaluation(script: Script, schema: list[dict[str, Any]], call: int) -> list[dict[str, Any]]:
    """One value per field of the assistant's post-call schema."""
    return [dict(field) | {"value": _value(script, field, call)} for field in schema]


def _value(script: Script, field: dict[str, Any], call: int) -> str | int | bool:
    known = script.results.get(field["name"])
    if known is not None:
        found: str | int | bool = known
        return found
    if field["type"] in {"bool", "boolean"}:
        return script.goal
    if field["type"] == "number":
        return (4 if script.goal else 1) + dice.roll(2, call, field["name"])
    return script.topic


def _takes(text: str) -> float:
    return len(text.split()) / WORDS_PER_SECOND + PAUSE
