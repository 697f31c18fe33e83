"""The pictures are small, made by the scripts beside them, and show what is so."""

from __future__ import annotations

import html
import importlib.util
import re
import subprocess
import sys
from typing import Any

import pytest
from tests.docs.documents import ROOT, documents, links, text

FOLDER = ROOT / "docs"
PICTURES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".svg", ".png"})
LARGEST = 150_000
"""Bytes."""


def script(name: str) -> Any:
    """One of the scripts in docs/, as a module."""
    found = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_stands_in_a_document(name: str) -> None:
    assert (FOLDER / name).stat().st_size <= LARGEST
    assert any(link.rpartition("/")[2] == name for one in documents() for link in links(one))


def test_every_picture_says_in_words_what_it_shows() -> None:
    for document in documents():
        for words in re.findall(r"!\[([^\]]*)\]", text(document)):
            assert len(words) >= 20, document


def test_the_picture_of_the_architecture_is_what_its_script_makes() -> None:
    assert (FOLDER / "architecture.svg").read_text(encoding="utf-8") == script(
        "architecture"
    ).picture()


def test_the_modules_of_the_architecture_exist() -> None:
    server = ROOT / "server" / "famulor_mcp"
    named = re.findall(r"`([a-z]+(?:/[a-z]+)*(?:/|\.py))`", text("docs/ARCHITECTURE.md"))
    assert len(named) > 20
    for name in named:
        assert (server / name).exists() or (ROOT / name).exists(), name


@pytest.mark.skipif(
    sys.platform == "win32", reason="the pictures are made where there are terminals"
)
def test_the_page_of_a_tool_is_what_the_command_prints() -> None:
    """Every word of it; a terminal of another width breaks lines elsewhere."""
    picture = html.unescape((FOLDER / "tool.svg").read_text(encoding="utf-8"))
    shown = re.sub(r"\s", "", "".join(re.findall(r">([^<>]+)</text>", picture)))
    words = script("picture").PICTURES["tool.svg"]
    ended = subprocess.run(
        [sys.executable, "-m", "famulor_mcp", *words], capture_output=True, text=True, check=True
    )
    for word in ended.stdout.split():
        assert word in shown, word
