"""What generated validators share: equality and formats, where straight-line code would be silly.

This text is copied to `famulor_tools.primitives`; the code generator uses it too, so that a format
means the same at both ends. It imports the standard library only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Path = tuple[str | int, ...]
Check = Callable[[Any, Path, list[Any]], None]

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+").fullmatch


def whole(value: object) -> bool:
    """A float without a fraction: JSON Schema counts 1.0 as an integer."""
    return type(value) is float and value.is_integer()


def finite(value: object) -> bool:
    """A float that JSON can express: neither NaN nor an infinity."""
    return type(value) is float and value - value == 0


def multiple(value: float, step: float) -> bool:
    """Whether `value` is a multiple of `step` as written in decimal: 19.99 is one of 0.01."""
    from fractions import Fraction

    return Fraction(repr(value)) % Fraction(repr(step)) == 0


def same(one: object, other: object) -> bool:
    """JSON equality: 1 is 1.0, but true is not 1; objects have no order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def among(value: object, allowed: Iterable[object]) -> bool:
    """Whether `value` is JSON-equal to one of `allowed`."""
    return any(same(value, each) for each in allowed)


def unique(values: Sequence[object]) -> bool:
    """No two items are JSON-equal. Strings take the fast way."""
    if all(type(value) is str for value in values):
        return len(set(values)) == len(values)
    return not any(among(value, values[:index]) for index, value in enumerate(values))


def is_uuid(text: str) -> bool:
    """A UUID of any version as 8-4-4-4-12 hexadecimal digits (RFC 9562)."""
    return _UUID(text) is not None


def is_date(text: str) -> bool:
    """A calendar day that exists, as YYYY-MM-DD (RFC 3339 full-date)."""
    return _DATE(text) is not None and _exists(dt.date.fromisoformat, text)


def is_timestamp(text: str) -> bool:
    """A point in time with an offset, such as 2026-01-31T09:30:00Z (RFC 3339; no leap second)."""
    parts = _TIMESTAMP(text)
    return parts is not None and _exists(dt.datetime.fromisoformat, f"{parts[1]}T{parts[2]}")


def is_uri(text: str) -> bool:
    """A scheme, a colon and something after it, without blanks or quotes (RFC 3986, lenient)."""
    return _URI(text) is not None


def is_email(text: str) -> bool:
    """One @ between a name and a domain with a dot; at most 254 characters, no blanks."""
    return len(text) <= 254 and _EMAIL(text) is not None


def passes(check: Check, value: object) -> bool:
    """Whether `check` finds nothing wrong with `value`."""
    found: list[Any] = []
    check(value, (), found)
    return not found


def reworded(check: Check, value: object, at: Path, rule: str) -> list[Any]:
    """The problems that `check` finds, each where it was found but in the words of `rule`."""
    found: list[Any] = []
    check(value, at, found)
    return [problem._replace(rule=rule) for problem in found]


def _exists(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
