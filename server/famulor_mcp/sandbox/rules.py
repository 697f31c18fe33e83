"""Validation in the manner of Laravel, which the API's answers speak.

A field's rules are one line: `required|integer|max:255`. A dotted name reaches into lists
(`post_call_schema.*.name`). Rules: required, nullable, string, integer, numeric, boolean, array,
map, min, max (characters, numbers or items), in, regex, url, e164, date, time, timezone, distinct,
required_if:FIELD,VALUE,….
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from .answer import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

E164 = re.compile(r"\+[1-9]\d{1,14}")
TRUTH = {"1": True, "0": False, 1: True, 0: False}


class BrokenRuleError(ValueError):
    """A rule is broken; `{}` in the words stands for the field."""


class Check:
    """A body under test: `data` holds the known fields, `fail` adds an error, `done` ends it."""

    def __init__(
        self, body: Mapping[str, Any], rules: Mapping[str, str], *, partial: bool = False
    ) -> None:
        known = {name.partition(".")[0] for name in rules}
        self.data: dict[str, Any] = {
            name: _nulled(deepcopy(value)) for name, value in body.items() if name in known
        }
        self.errors: dict[str, list[str]] = {}
        for name, line in rules.items():
            optional = partial and "." not in name
            words = [rule for rule in line.split("|") if not (optional and rule == "required")]
            for node, key, dotted in _slots(self.data, name.split(".")):
                self._field(node, key, dotted, words)

    def fail(self, field: str, text: str) -> None:
        """Add an error to a field."""
        self.errors.setdefault(field, []).append(text)

    def done(self) -> dict[str, Any]:
        """The checked fields, or the 422 answer."""
        if self.errors:
            raise invalid(self.errors)
        return self.data

    def _field(self, node: Any, key: Any, dotted: str, words: list[str]) -> None:
        there = key in node if isinstance(node, dict) else True
        value = node[key] if there else None
        if value is None or value == []:
            reason = self._required(words)
            if reason is not None:
                self.fail(dotted, f"The {label(dotted)} field is required{reason}.")
                return
        if not there or (value is None and "nullable" in words):
            return
        for word in words:
            rule, _, limit = word.partition(":")
            try:
                value = RULES[rule](value, limit) if rule in RULES else value
            except BrokenRuleError as fault:
                self.fail(dotted, str(fault).replace("{}", label(dotted)))
                return
        node[key] = value

    def _required(self, words: list[str]) -> str | None:
        for word in words:
            rule, _, given = word.partition(":")
            other, *values = given.split(",")
            if rule == "required":
                return ""
            if rule == "required_if" and str(self.data.get(other)) in values:
                return f" when {label(other)} is {self.data[other]}"
        return None


def label(dotted: str) -> str:
    """A field in an error's words: spaces for underscores, but a nested name stays as it is."""
    return dotted if "." in dotted else dotted.replace("_", " ")


def _nulled(value: Any) -> Any:
    """The framework reads an empty text as null."""
    if isinstance(value, dict):
        return {key: _nulled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nulled(item) for item in value]
    return None if value == "" else value


def _slots(node: Any, parts: list[str], path: str = "") -> Iterator[tuple[Any, Any, str]]:
    head, *rest = parts
    keys: list[Any] = []
    if head == "*" and isinstance(node, list):
        keys = list(range(len(node)))
    elif head != "*" and isinstance(node, dict):
        keys = [head]
    for key in keys:
        dotted = f"{path}.{key}" if path else str(key)
        if not rest:
            yield node, key, dotted
        else:
            yield from _slots(node.get(key) if head != "*" else node[key], rest, dotted)


def _string(value: Any, _: str) -> Any:
    if not isinstance(value, str):
        raise BrokenRuleError("The {} field must be a string.")
    return value


def _integer(value: Any, _: str) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BrokenRuleError("The {} field must be an integer.")
    return value


def _numeric(value: Any, _: str) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BrokenRuleError("The {} field must be a number.")
    return value


def _boolean(value: Any, _: str) -> Any:
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | str) or value not in TRUTH:
        raise BrokenRuleError("The {} field must be true or false.")
    return TRUTH[value]


def _array(value: Any, _: str) -> Any:
    if not isinstance(value, list):
        raise BrokenRuleError("The {} field must be an array.")
    return value


def _map(value: Any, _: str) -> Any:
    if not isinstance(value, dict | list):
        raise BrokenRuleError("The {} field must be an array.")
    if isinstance(value, list):
        return {key: item for row in value if isinstance(row, dict) for key, item in row.items()}
    return value


def _size(value: Any) -> tuple[float, str]:
    if isinstance(value, str):
        return len(value), " characters"
    if isinstance(value, list):
        return len(value), " items"
    return value, ""


def _max(value: Any, limit: str) -> Any:
    size, unit = _size(value)
    if size > float(limit):
        verb = "have more" if unit == " items" else "be greater"
        raise BrokenRuleError(f"The {{}} field must not {verb} than {limit}{unit}.")
    return value


def _min(value: Any, limit: str) -> Any:
    size, unit = _size(value)
    if size < float(limit):
        verb = "have" if unit == " items" else "be"
        raise BrokenRuleError(f"The {{}} field must {verb} at least {limit}{unit}.")
    return value


def _in(value: Any, options: str) -> Any:
    if str(value) not in options.split(","):
        raise BrokenRuleError("The selected {} is invalid.")
    return value


def _regex(value: Any, pattern: str) -> Any:
    if not re.search(pattern, str(value)):
        raise BrokenRuleError("The {} field format is invalid.")
    return value


def _url(value: Any, _: str) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/?#]+\S*", value):
        raise BrokenRuleError("The {} field must be a valid URL.")
    return value


def _e164(value: Any, _: str) -> Any:
    if not isinstance(value, str) or not E164.fullmatch(value):
        raise BrokenRuleError("The {} field must be a valid phone number in E.164 format.")
    return value


def _date(value: Any, _: str) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BrokenRuleError("The {} field must be a valid date.") from None


def _time(value: Any, _: str) -> Any:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(value)):
        raise BrokenRuleError("The {} field must match the format H:i.")
    return value


def _timezone(value: Any, _: str) -> Any:
    known = available_timezones()
    if not isinstance(value, str) or (known and value not in known):
        raise BrokenRuleError("The {} field must be a valid timezone.")
    return value


def _distinct(value: Any, _: str) -> Any:
    if len({str(item) for item in value}) < len(value):
        raise BrokenRuleError("The {} field has a duplicate value.")
    return value


RULES: dict[str, Callable[[Any, str], Any]] = {
    "string": _string,
    "integer": _integer,
    "numeric": _numeric,
    "boolean": _boolean,
    "array": _array,
    "map": _map,
    "max": _max,
    "min": _min,
    "in": _in,
    "regex": _regex,
    "url": _url,
    "e164": _e164,
    "date": _date,
    "time": _time,
    "timezone": _timezone,
    "distinct": _distinct,
}
