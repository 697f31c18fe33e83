"""A name that a stranger chose is shown without anything that hides, reverses or piles up."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from famulor_mcp.hosted.pages import names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claude", "Claude"),
        ("  Claude \n\t Code ", "Claude Code"),
        ("Müllers Büro", "Müllers Büro"),
        ("助手 🙂", "助手 🙂"),
        ("evil\u202eedualC", "eviledualC"),  # right-to-left override
        ("C\u200bl\u200da\ufeffude\u2060", "Claude"),
        ("a\x00b\x1b[31mc\x7f", "a b [31mc"),
        ("\u3164\u115f\u2800", ""),
        ("Z̸̡̢̛̛̗̪͈a̷l̴g̷o̶", None),
        ("q\u0323\u0303", "q\u0323\u0303"),  # some languages have two on a letter
        ("tag\U000e0041\U000e0042", "tag"),
        ("\ue000\ud800x", "x"),
        ("", ""),
    ],
)
def test_a_name_is_shown_as_one_calm_line(name: str, shown: str | None) -> None:
    if shown is None:
        assert max_marks(names.shown(name)) <= names.MARKS
    else:
        assert names.shown(name) == shown


def test_a_long_name_is_cut_and_says_so() -> None:
    shown = names.shown("x" * 10_000)
    assert len(shown) == names.LONGEST
    assert shown.endswith("x…")


@given(st.text(max_size=200))
def test_no_name_gets_a_control_a_format_or_a_line_through(name: str) -> None:
    shown = names.shown(name)
    assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert not [c for c in shown if unicodedata.category(c) in {"Zl", "Zp"}]
    assert len(shown) <= names.LONGEST
    assert shown == shown.strip()


@pytest.mark.parametrize(
    ("name", "disguised"),
    [
        ("Claude", False),
        ("Claude für Müller", False),
        ("Клод помощник", False),
        ("Claude Помощник", False),  # two words, each of one alphabet
        ("Cl\u0430ude", True),  # a Cyrillic a
        ("\u039fpenAI", True),  # a Greek O
        ("\U0001d402laude", True),  # a mathematical C
        ("Claud\uff45", True),  # a wide e
        ("助手", False),
        ("", False),
    ],
)
def test_letters_that_pose_as_others_are_noticed(name: str, disguised: bool) -> None:
    assert names.disguised(name) is disguised


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("claude.ai", "claude.ai"),
        ("127.0.0.1", "127.0.0.1"),
        ("cl\u0430ude.ai", "xn--clude-5ve.ai"),
        ("a" * 70 + "ä.de", "a" * 70 + "\\xe4.de"),
    ],
)
def test_a_host_is_shown_in_the_letters_of_the_name_system(host: str, shown: str) -> None:
    assert names.host(host) == shown


def max_marks(text: str) -> int:
    """The most accents on one letter."""
    most = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        most = max(most, run)
    return most
