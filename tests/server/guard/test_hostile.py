# ruff: noqa: RUF001 - these letters are what is tested
"""What could hide in a text, or reverse it, is shown; what people write stays as it is."""

import json
from typing import Any

import pytest

from famulor_mcp.guard.hostile import clean, harmless, quoted, suspicious


def encoded(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b", "a\\u0000b"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\rb", "a\\u000db"),
        ("a\x08b\x7f\x9b", "a\\u0008b\\u007f\\u009b"),
        ("safe\u202egpj.exe", "safe\\u202egpj.exe"),
        ("\u2066hidden\u2069", "\\u2066hidden\\u2069"),
        ("pay\u200bpal", "pay\\u200bpal"),
        ("pay\u200dpal", "pay\\u200dpal"),
        ("pay\u200cpal", "pay\\u200cpal"),
        ("a\u200eb", "a\\u200eb"),
        ("\ufeffstart", "\\ufeffstart"),
        ("one\u2028two", "one\\u2028two"),
        ("x\U000e0041\U000e0042", "x\\U000e0041\\U000e0042"),
        ("half \ud83d", "half \\ud83d"),
        ("\U0001f600\ufe0f\ufe01\U000e0101", "\U0001f600\ufe0f\\ufe01\\U000e0101"),
    ],
)
def test_what_hides_or_acts_is_shown_escaped(text: str, expected: str) -> None:
    assert suspicious(encoded({"field": [text]}))
    assert clean({"field": [text]}) == {"field": [expected]}
    harmless(text).encode()


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "tab\tline\nline\r\nend",
        "Müller, „Grüße“ – 5 € … 100\u00a0%",
        "soft\u00adhyphen",
        "👩\u200d💻 👩🏽\u200d🚀 👨\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 👍🏽 1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می\u200cخواهم",
        "ه\u200d ق",
        "क्\u200dष",
        "שלום\u200f!",
        "日本語",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert clean({"text": text}) == {"text": text}


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "tab\tline\nline\r\nend",
        "Müller, „Grüße“ – 5 €",
        "日本語",
        "😀 👍🏽 ❤\ufe0f",
        "שלום",
    ],
)
def test_ordinary_text_is_passed_without_a_look_at_each_string(text: str) -> None:
    assert not suspicious(encoded({"text": text, "n": [1.5, None, True]}))


def test_names_are_cleaned_and_values_that_are_no_text_are_not_touched() -> None:
    value = {"a\u202eb": [1, 2.5, None, True, {"c": "\x00"}]}
    assert clean(value) == {"a\\u202eb": [1, 2.5, None, True, {"c": "\\u0000"}]}


@pytest.mark.parametrize("length", [9, 10, 11, 100_000])
def test_words_of_an_error_are_bounded(length: int) -> None:
    text = "x" * length
    assert quoted(text, 10) == (text if length <= 10 else "x" * 10 + "…")


def test_words_of_an_error_are_bounded_after_they_are_made_harmless() -> None:
    assert len(quoted("\u202e" * 100, 50)) == 51
