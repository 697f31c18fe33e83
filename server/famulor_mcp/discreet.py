"""Words for people and logs, without what may be a secret that came to the wrong place.

A key that was pasted into FAMULOR_TIMEOUT would be quoted by the error that refuses it, and a
client keeps such an error in its log. How a key looks is not documented, so what chance may have
made counts as one; the names and paths of people stay readable.
"""

from __future__ import annotations

import re

HIDDEN = "[hidden: it may be a key]"
FEWEST = 16
"""Characters in parts that no person would write; fewer are no key."""

_NUMBERED = re.compile(r"[0-9]+\|\w{8,}", re.ASCII)
"""A key of Laravel Sanctum, by which such an API is likely to know its users."""

_USER = re.compile(r"(?<=://)(?:[^/\s:]{0,200}:\S{1,400}|[^/\s]{1,400})(?=@)")
"""Behind a colon is a password, in which people leave `/` and `@` as they are: to the last `@`."""

_WORD = re.compile(rf"[A-Za-z0-9_.~+-]{{{FEWEST},}}")
_PART = re.compile(r"[A-Za-z0-9]+")
_NAMED = re.compile(r"[A-Za-z]{1,15}[0-9]{0,8}|[A-Za-z]{1,39}|[0-9]{1,39}")
"""A word, a number, or a word with a number behind it, such as `linux2014`."""


def discreet(text: str) -> str:
    """`text` without what may be a key, and without user and password in an address."""
    text = _NUMBERED.sub(HIDDEN, _USER.sub(HIDDEN, text))
    return _WORD.sub(lambda found: HIDDEN if _random(found[0]) else found[0], text)


def _random(word: str) -> bool:
    """Whether chance made a word, by the parts between its signs."""
    parts = _PART.findall(word)
    return sum(len(part) for part in parts if not _NAMED.fullmatch(part)) >= FEWEST
