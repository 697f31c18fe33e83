"""The command on bad input: a sentence with the place, and never a traceback."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from famulor_codegen import __main__ as command
from famulor_codegen import read
from famulor_codegen.errors import SpecError
from famulor_codegen.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parent / "cases" / "queries_3_1" / "spec.yaml"
WRONG: tuple[Any, ...] = (3, "x", None, True, [], {}, [[]], [{}], {"x": 1})


def said(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert command.main([str(each) for each in arguments]) == 2
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"openapi: 3.1.0\ninfo: \xff", ":2: /: byte 0xff is no UTF-8"),
        (b"a: " + b"[" * 3000 + b"]" * 3000, ":1: /: the document is nested too deeply"),
        (b"a: " + b"9" * 5000, ":1: /a: the number is too large"),
        (b"a: 1e999", ":1: /a: the number is too large"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    content: bytes, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_bytes(content)
    assert f"bad.yaml{words}" in said(capfd, "--spec", spec, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.example.org", "unencrypted"),
        ("/api", "not absolute"),
        ("ftp://api.example.org", "not absolute"),
        ("https://", "not absolute"),
        ("https://user:pass@api.example.org", "nothing else"),
        ("https://api.example.org?x=1", "nothing else"),
        ("https://api.example.org:port", "no URL"),
    ],
)
def test_a_server_that_no_key_may_be_sent_to_is_refused(url: str, words: str) -> None:
    raw = load(SPEC.read_text("utf-8"), "spec.yaml").raw
    with pytest.raises(SpecError, match=words) as caught:
        read.catalogue(yaml.safe_dump({**raw, "servers": [{"url": url}]}), "spec.yaml")
    assert [defect.pointer for defect in caught.value.defects] == ["/servers/0/url"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://[::1]:1", "https://a.example/v1"])
def test_https_and_loopback_are_taken(url: str) -> None:
    raw = load(SPEC.read_text("utf-8"), "spec.yaml").raw
    made = read.catalogue(yaml.safe_dump({**raw, "servers": [{"url": url}]}), "spec.yaml")
    assert made.base_url == url


def test_a_folder_that_is_a_file_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    assert str(out) in said(capfd, "--spec", SPEC, "--out", out)
    assert out.read_text() == "mine"


def test_what_is_counted_is_one_file_or_several(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--spec", str(SPEC), "--out", str(tmp_path)]
    command.main(words)
    assert " files changed\n" in capfd.readouterr().out
    (tmp_path / "famulor_tools" / "TOOLS.md").unlink()
    assert command.main([*words, "--check"]) == 1
    assert capfd.readouterr().out.endswith(" tokens, 1 file stale\n")


def test_a_reader_that_has_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "famulor_codegen", "--check", "--spec", str(SPEC), "--out", "x"]
    with subprocess.Popen(
        line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


def test_a_bug_of_the_codegen_says_so_and_where(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("famulor_codegen.plan._base_url", lambda *_: 1 / 0)
    text = said(capfd, "--spec", SPEC, "--out", tmp_path)
    assert "this is a bug of the codegen, at plan.py:" in text
    assert "ZeroDivisionError" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("case", ["queries_3_1", "library_3_0", "uploads_3_1"])
def test_a_value_of_a_wrong_type_anywhere_is_refused_or_taken_and_never_a_bug(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = load((SPEC.parents[1] / case / "spec.yaml").read_text("utf-8"), "spec.yaml")
    monkeypatch.setattr(read, "load", lambda *_: source)
    for _ in broken(source.raw, 9):
        with contextlib.suppress(SpecError):
            read.catalogue("", "spec.yaml")


def broken(node: Any, step: int = 3) -> Iterator[None]:
    """Puts a value of a wrong type in the place of each value in turn, in place."""
    places = list(node.items() if isinstance(node, dict) else enumerate(node))
    for number, (key, value) in enumerate(places):
        for other in WRONG[number % step :: step]:
            node[key] = other
            yield
        node[key] = value
        if isinstance(value, (dict, list)):
            yield from broken(value, step)
