"""Links between documents lead somewhere."""

from __future__ import annotations

import re
import tomllib
from urllib.parse import unquote

import pytest
from tests.docs.documents import ROOT, anchors, documents, links, text


@pytest.mark.parametrize("document", documents())
def test_every_link_within_the_project_leads_somewhere(document: str) -> None:
    for link in links(document):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = unquote(link).partition("#")
        found = (ROOT / document).parent / path if path else ROOT / document
        assert found.exists(), f"{document}: {link}"
        if anchor:
            target = found.resolve().relative_to(ROOT).as_posix()
            assert anchor in anchors(target), f"{document}: {link}"


@pytest.mark.parametrize("document", documents())
def test_links_to_the_web_are_https(document: str) -> None:
    for link in links(document):
        assert not link.startswith("http://"), link


@pytest.mark.parametrize("document", documents())
def test_every_path_that_is_named_exists(document: str) -> None:
    folders = "|".join(
        path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "dist"
    )
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text(document)):
        made = path.startswith(("dist/", "build/"))
        assert made or (ROOT / path).exists(), f"{document}: {path}"


@pytest.mark.parametrize("document", documents())
def test_every_target_of_make_that_is_named_exists(document: str) -> None:
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    for words in re.findall(r"`make ([a-z -]+)", text(document)):
        assert set(words.split()) <= set(targets), f"{document}: make {words}"


def test_every_document_can_be_reached_from_the_readme() -> None:
    """By links of documents, from one to the next."""
    seen, left = set(), ["README.md"]
    while left:
        document = left.pop()
        seen.add(document)
        for link in links(document):
            path = ((ROOT / document).parent / link.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.is_relative_to(ROOT):
                name = path.relative_to(ROOT).as_posix()
                left += [name] if name in documents() and name not in seen else []
    assert not set(documents()) - seen
    assert text("README.md").count("\n") < 90  # one screen to the first success, and little more


def test_every_document_is_in_the_source_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    packed = tuple(name.removeprefix("/") for name in included)
    assert [name for name in documents() if not name.startswith(packed)] == []
