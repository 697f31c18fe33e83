"""The documents, and what stands in them: code blocks and what is said of them, headings, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block. `note` is the comment on the line before it, which tells the tests about it."""

    document: str
    line: int
    language: str
    note: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@cache
def documents() -> tuple[str, ...]:
    """Every document, as a path below the root."""
    named = [*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", ROOT / "spec" / "README.md"]
    found = sorted([*named, *(ROOT / "docs").glob("*.md")])
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


@cache
def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@cache
def blocks(document: str) -> tuple[Block, ...]:
    """Its code blocks, in order."""
    whole = text(document)
    return tuple(
        Block(
            document,
            whole.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["note"] or "",
            found["text"],
        )
        for found in FENCE.finditer(whole)
    )


def prose(document: str) -> str:
    """The document without its code blocks and comments."""
    return re.sub(r"<!--.*?-->", "", FENCE.sub("", text(document)), flags=re.DOTALL)


def headings(document: str) -> list[str]:
    return HEADING.findall(prose(document))


def anchors(document: str) -> set[str]:
    """What a link may have behind its `#`, by the rule of GitHub."""
    found: set[str] = set()
    for heading in headings(document):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        known = sum(
            one == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", one) is not None for one in found
        )
        found.add(f"{slug}-{known}" if known else slug)
    return found


def links(document: str) -> list[str]:
    return LINK.findall(prose(document))
