"""One variable of a `.env` file changes, and nothing else."""

from __future__ import annotations

import pytest

from famulor_mcp.onboarding.dotenv import put, read, take


@pytest.mark.parametrize(
    ("text", "value", "changed"),
    [
        ("K=abc # of the shop\n", "abc", "K=new # of the shop\n"),
        ("export K='a b'\r\nX=1\r\n", "a b", "export K=new\r\nX=1\r\n"),
        ('K = "a#b"# c', "a#b", "K = new# c"),
        ("# K=old\nK=\n", "", "# K=old\nK=new\n"),
        ("K=a\nK=b\n", "b", "K=a\nK=new\n"),
        ("X=1", None, "X=1\nK=new\n"),
        ('K="open\nX=1\n', '"open', "K=new\nX=1\n"),
    ],
)
def test_a_variable_is_read_as_its_client_reads_it_and_keeps_what_stands_around_it(
    text: str, value: str | None, changed: str
) -> None:
    assert read(text, "K") == value
    assert put(text, "K", "new") == changed
    assert read(changed, "K") == "new"
    assert read(take(changed, "K"), "K") is None


def test_a_value_that_would_end_early_is_quoted() -> None:
    assert put("", "K", "a#b") == "K='a#b'\n"
    assert put("", "K", "it's#") == 'K="it\'s#"\n'
