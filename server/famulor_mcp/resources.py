"""Resources: the reference of the offered tools, and answers of tools by URI.

The reference lies beside the tool table, a chapter for each toolset, and is read when asked for.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from famulor_mcp.plain import Answer
    from famulor_tools.table import Resource, Tool

REFERENCE = "famulor://tools/"
MARKDOWN = "text/markdown"
CHAPTER = re.compile(r"^(?=## )", re.MULTILINE)
HEADING = re.compile(r"^(?=### )", re.MULTILINE)
VARIABLE = re.compile(r"\{[^{}]*\}")


class Page(NamedTuple):
    """The reference of one toolset."""

    toolset: str
    words: str

    @property
    def uri(self) -> str:
        return REFERENCE + quote(self.toolset)

    def wire(self) -> dict[str, Any]:
        """As it stands in `resources/list`."""
        return {
            "description": self.words,
            "mimeType": MARKDOWN,
            "name": self.uri.removeprefix(REFERENCE),
            "title": f"Reference: {self.toolset}",
            "uri": self.uri,
        }


class Wanted(NamedTuple):
    """The call that a URI stands for, and the field of its answer."""

    resource: Resource
    arguments: dict[str, Any]


def pages(tools: Iterable[Tool], toolsets: Mapping[str, str]) -> list[Page]:
    """The reference of each toolset of `tools`."""
    return [Page(n, toolsets.get(n, "")) for n in dict.fromkeys(tool.toolset for tool in tools)]


def wire_template(resource: Resource) -> dict[str, Any]:
    """A resource as it stands in `resources/templates/list`."""
    return {
        "description": resource.description,
        "mimeType": resource.mime,
        "name": resource.name,
        "title": resource.title,
        "uriTemplate": resource.uri_template,
    }


def reference(toolset: str, names: Collection[str]) -> str:
    """The reference of a toolset: its head, and the sections of the tools that are in `names`."""
    text = (files("famulor_tools") / "TOOLS.md").read_text(encoding="utf-8")
    chapter = next(part for part in CHAPTER.split(text) if part.startswith(f"## {toolset}\n"))
    head, *sections = HEADING.split(f"{chapter.rstrip()}\n")
    kept = [part for part in sections if part.splitlines()[0].removeprefix("### ") in names]
    return "".join([head, *kept])


def offered(resources: Iterable[Resource], names: Collection[str]) -> list[Resource]:
    """The resources whose tool is among `names`."""
    return [resource for resource in resources if resource.tool in names]


def matched(resources: Iterable[Resource], uri: str) -> Wanted | None:
    """The call behind a URI, or None where no template fits."""
    for resource in resources:
        before, after = VARIABLE.split(resource.uri_template)
        pattern = f"{re.escape(before)}([^/?#]+){re.escape(after)}"
        if found := re.fullmatch(pattern, uri):
            value = unquote(found[1])
            return Wanted(resource, {**resource.arguments, resource.argument: value})
    return None


def content(resource: Resource, answer: Answer) -> str:
    """The field of an answer as text: words as they are, anything else as JSON."""
    data: Mapping[str, Any] = answer.data or {}
    value = data.get(resource.take)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def proposed(values: Iterable[Any], begun: str) -> list[str]:
    """The values that fit what was typed: those that begin so, then those that hold it."""
    typed = begun.strip().casefold()
    texts = list(dict.fromkeys(str(value) for value in values if value is not None))
    first = [text for text in texts if text.casefold().startswith(typed)]
    return first + [text for text in texts if typed in text.casefold() and text not in first]
