r"""Text from the API is data: what could hide in it, or reverse how it reads, is made visible.

Shown escaped, as `\u202e`, so that nothing is lost and nothing acts: control characters but
tab and line breaks, zero-width characters, marks that change the direction of text, tag
characters, runs of variation selectors, and unpaired surrogates.

Left alone, because people write so:

- tab, LF, and CR before LF;
- the zero-width joiner between emoji, and it and the non-joiner between the letters of scripts that
  need them (Arabic, Persian, the scripts of India and around it);
- the direction marks LRM, RLM and ALM next to a letter that runs from right to left;
- the flags of England, Scotland and Wales, which are spelt in tag characters;
- one variation selector after a character, and the soft hyphen.

A text that needs nothing is found by a search in its JSON, without a look at each string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 2000
"""Characters of the API's own words in an error."""

UNSEEN = (
    "\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff"
)
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"

IN_TEXT = re.compile(f"[{UNSEEN}]|[{SELECTORS}]{{2}}")
ANY = re.compile(f"[\x00-\x08\x0b-\x1f{UNSEEN}{SELECTORS}]")
ASCII = bytes(range(0x7F))
ESCAPED = re.compile(r"\\(?:u00|[bf]|r(?!\\n))")
"""How JSON writes control characters. It may fit a backslash of the text's own; that costs time."""

RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
JOINING = "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"
EMOJI = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
ALLOWED = "|".join(
    [
        "\r(?=\n)",
        f"(?<=[{EMOJI}\ufe0f])\u200d(?=[{EMOJI}])",
        f"(?<=[{JOINING}])[\u200c\u200d](?=[{JOINING}])",
        # A joiner may end a word, where the next letter would change the last one's form.
        f"(?<=[{JOINING}])[\u200c\u200d](?=[ .,!?\u060c\u061f]|$)",
        f"(?<=[{RTL}])[\u200e\u200f\u061c]",
        f"[\u200e\u200f\u061c](?=[{RTL}])",
        "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",
    ]
)
HOSTILE = re.compile(f"({ALLOWED})|([\x00-\x08\x0b-\x1f{UNSEEN}]|(?<=[{SELECTORS}])[{SELECTORS}]+)")


def suspicious(text: str) -> bool:
    """Whether a JSON text may hold something hostile in its strings. Often true needlessly."""
    if ESCAPED.search(text) or "\x7f" in text:
        return True
    if text.isascii():
        return False
    try:
        # Without what is surely harmless little is left to search.
        rest = text.encode().translate(None, ASCII).decode()
    except UnicodeEncodeError:
        return True
    return bool(IN_TEXT.search(rest))


def clean(value: Any) -> Any:
    """A JSON value with every string, names included, made harmless."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, Mapping):
        return {harmless(name): clean(item) for name, item in value.items()}
    return value


def harmless(text: str) -> str:
    """A text with what is hostile in it shown escaped."""
    return HOSTILE.sub(shown, text) if ANY.search(text) else text


def shown(match: re.Match[str]) -> str:
    """What stands for a match: itself where it is allowed, else escapes."""
    return match[1] or "".join(map(escape, match[2]))


def escape(character: str) -> str:
    """A character as programs write it."""
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def quoted(text: str, most: int = LONGEST) -> str:
    """The API's words for an error: harmless, and at most so many characters and a sign more."""
    clean_text = harmless(text[: most + 1])
    return clean_text if len(clean_text) <= most else f"{clean_text[:most]}…"
