"""The language of a page is the one that the browser asks for, and both tables say the same."""

import re
import string
from types import SimpleNamespace

import pytest

from famulor_mcp.hosted.pages.languages import LANGUAGES, chosen, words

ALLOWED = re.compile(
    r'</?(?:strong|code)>|</?a(?: [a-z]+="[^"<>]*")*>|</?span(?: class="unseen")?>'
    r'|</?button(?: [a-z]+="[^"<>]*")*>'
)


def flat(table: SimpleNamespace, name: str = "") -> dict[str, str]:
    """The table as dotted name → words."""
    found: dict[str, str] = {}
    for key, value in vars(table).items():
        below = f"{name}.{key}".strip(".")
        found |= flat(value, below) if isinstance(value, SimpleNamespace) else {below: str(value)}
    return found


TABLES = {language: flat(words(language)) for language in LANGUAGES}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, fr;q=0.9, de;q=0.5, en;q=0.1", "de"),
        ("en;q=0.1, de;q=0.2", "de"),
        ("de;q=0.2, en;q=0.200", "de"),  # a tie goes to the one named first
        ("DE-ch", "de"),
        ("fr, *;q=0.5", "en"),
        ("en;q=0, *", "de"),
        ("de;q=0, de-AT;q=0.9", "en"),
        ("de ; q=0.9 , en ; q=0.8", "de"),
        ("deutsch", "en"),
        ("de;q=1.5, en;q=nan, ;;, =", "en"),
        (",," * 3000, "en"),
    ],
)
def test_the_language_is_the_one_with_the_highest_weight_that_there_is(
    header: str, language: str
) -> None:
    assert chosen(header) == language


def test_each_language_has_the_same_words_with_the_same_places_for_values() -> None:
    first, *others = TABLES.values()
    for other in others:
        assert other.keys() == first.keys()
        assert {name: places(text) for name, text in other.items()} == {
            name: places(text) for name, text in first.items()
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_hold_no_markup_but_the_few_elements_that_sentences_need(language: str) -> None:
    for name, text in TABLES[language].items():
        rest = ALLOWED.sub("", text)
        assert "<" not in rest, name
        assert ">" not in rest, name
        assert not re.search(r"&(?!amp;)", rest), name


def places(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
