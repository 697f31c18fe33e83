"""Which language a person reads, and the words in it."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

LANGUAGES = ("en", "de")
"""The first is for everyone who reads none of them."""

RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.IGNORECASE,
)
"""One range of `Accept-Language` and its weight (RFC 9110 sections 12.4.2 and 12.5.4)."""


def chosen(header: str) -> str:
    """The language for an `Accept-Language`: lookup of RFC 4647 section 3.4, by falling weight.

    What is malformed counts as not said.
    """
    weights = _weights(header)
    refused = {one for one, weight in weights if not weight}
    for one, weight in sorted(weights, key=lambda pair: -pair[1]):
        if weight and (found := _found(one, refused)):
            return found
    return LANGUAGES[0]


def words(language: str) -> SimpleNamespace:
    """The table of a language: sentences that may hold markup of ours and places for values."""
    path = files(__package__) / "words" / f"{language}.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return SimpleNamespace(**{name: _marked(part) for name, part in table.items()})


def _weights(header: str) -> list[tuple[str, float]]:
    matches = [RANGE.fullmatch(part) for part in header.split(",")]
    return [(match[1].lower(), float(match[2] or 1)) for match in matches if match]


def _found(wanted: str, refused: set[str]) -> str:
    """The language that a range means, or nothing."""
    if wanted == "*":
        return next((language for language in LANGUAGES if language not in refused), "")
    first = wanted.partition("-")[0]
    return first if first in LANGUAGES and first not in refused else ""


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{name: _marked(item) for name, item in value.items()})
    return Markup(value)  # noqa: S704 - our own words; what is put into them is escaped
