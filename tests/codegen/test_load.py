"""Reading YAML: what means different things to different readers is text or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from famulor_codegen.errors import SpecError
from famulor_codegen.load import load

LAUGHS = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "\n".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)
)
"""A few lines that mean a thousand million values."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("no", "no"),
        ("on", "on"),
        ("012", "012"),
        ("1e3", 1000.0),
        ("2026-01-02", "2026-01-02"),
        ("+49151", "+49151"),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("'200'", "200"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: Any) -> None:
    assert load(f"a: {text}", "x.yaml").raw == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2", 2, "twice"),
        ("200: ok", 1, "quote it"),
        ("a: !!timestamp 2026-01-01", 1, "plain data"),
        ("a: [1", 1, "invalid YAML"),
        ("a: &b {c: *b}", 1, "contains itself"),
        (r'a: "\ud83d"', 1, "half of a character"),
        (r'"\udc00": 1', 1, "half of a character"),
        ("a: 1\n? [b, c]\n: 1", 2, "a key of several values is no string"),
        (LAUGHS, 1, "anchors repeat more than 100,000 values"),
        ("- 1", 1, "mapping"),
        ("", 1, "mapping"),
    ],
)
def test_what_is_no_plain_data_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        load(text, "x.yaml")
    assert caught.value.defects[0].line == line


def test_characters_that_json_escapes_as_two_are_one() -> None:
    document = {"🔥": "call 📞"}
    assert load(json.dumps(document), "x.json").raw == document


def test_every_pointer_has_its_line_and_column() -> None:
    source = load("a:\n  b/c:\n  - x\n  - {d~: 1}\n", "x.yaml")
    assert source.lines["/a/b~1c"] == (2, 3)
    assert source.lines["/a/b~1c/1/d~0"] == (4, 6)
