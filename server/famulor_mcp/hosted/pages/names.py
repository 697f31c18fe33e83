"""Names that strangers chose, made fit to be shown to a person who is about to trust them."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
"""Characters of a name that are shown."""
READ = 1_000
"""Characters of a name that are looked at."""
MARKS = 2
"""Accents on one letter: more are there to cover the lines above and below."""

BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters, signs and selectors that take room, or none, and show nothing."""
SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W\d_]+")
CONFUSABLE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
"""Alphabets whose letters look like each other's."""


def shown(name: str) -> str:
    """A client's name on one line, without characters that hide, reverse or pile up."""
    text = BLANK.sub(" ", unicodedata.normalize("NFC", name[:READ]))
    text = SPACE.sub(" ", "".join(_calm(text))).strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def disguised(name: str) -> bool:
    """Whether letters of a name look like other letters, which no honest name needs."""
    plain = "".join(WORD.findall(name))
    if unicodedata.normalize("NFKC", plain) != unicodedata.normalize("NFC", plain):
        return True
    return any(
        len({_alphabet(letter) for letter in word} - {""}) > 1 for word in WORD.findall(name)
    )


def host(name: str) -> str:
    """A host in the letters that decide: those of the name system, not of an alphabet."""
    if name.isascii():
        return name[:READ]
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name.encode("ascii", "backslashreplace").decode()[:READ]


def _calm(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        if kind in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif kind[0] == "C":
            continue
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks <= MARKS and kind not in {"Cc", "Zl", "Zp"}:
            kept.append(character)
    return kept


def _alphabet(letter: str) -> str:
    word = unicodedata.name(letter, "").partition(" ")[0]
    return word if word in CONFUSABLE else ""
