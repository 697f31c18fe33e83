"""The tools that a server offers, from the page that the codegen laid out beside the table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from famulor_tools import TOOLSETS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from famulor_tools.table import Tool

ARTICLE = re.compile(
    r'^<article id="(\w+)">\n<h3>.*?</h3>\n(.*?)^</article>$', re.MULTILINE | re.DOTALL
)
"""The name and the body of a tool. Texts of the document are escaped, so none can end it."""
LINK = re.compile(r'<a href="#(\w+)">(.*?)</a>')


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool and its article."""

    tool: Tool
    article: Markup


@dataclass(frozen=True, slots=True)
class Group:
    """The offered tools of a toolset."""

    name: str
    words: str
    entries: tuple[Entry, ...]


def groups(tools: Sequence[Tool]) -> tuple[Group, ...]:
    """The offered tools by toolset, in the table's order."""
    names = {tool.name for tool in tools}
    page = (files("famulor_tools") / "tools.html").read_text(encoding="utf-8")
    articles = dict(ARTICLE.findall(page))
    entries = [Entry(tool, _linked(articles[tool.name], names)) for tool in tools]
    return tuple(
        Group(name, TOOLSETS.get(name, name), tuple(e for e in entries if e.tool.toolset == name))
        for name in dict.fromkeys(tool.toolset for tool in tools)
    )


def _linked(body: str, names: Collection[str]) -> Markup:
    """An article whose links lead only to tools that are there."""
    text = LINK.sub(lambda link: link[0] if link[1] in names else link[2], body)
    return Markup(text)  # noqa: S704 - escaped when it was generated
