"""Puts a child into a JSON container and takes it out, in the layout that the text has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from famulor_mcp.onboarding.jsontext import Child, Node

INDENTATION = "  "
_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_PROSE = re.compile(r"/\*.*?\*/", re.DOTALL)
_BREAK = re.compile(r"[\r\n\u2028\u2029]")
_REMARK = re.compile(r"//[^\r\n\u2028\u2029]*\Z")


def insert(text: str, parent: Node, name: str, value: Any) -> str:
    """The text with a last child in `parent`; `name` is empty in an array."""
    if not parent.children:
        return _first(text, parent, name, value)
    last = parent.children[-1]
    flat = not _broken_up(text, parent)
    before = "" if flat else newline(text) + indentation(text, parent)
    written = _child(text, name, value, before, flat=flat)
    end = _content_end(text, max(last.node.end, last.comma + 1), parent.end - 1)
    if last.comma >= 0:  # its comma is there, and so is one to come behind ours
        return text[:end] + (before or " ") + written + "," + text[end:]
    space = before or ("" if _tight(text) else " ")
    ahead = text[: last.node.end] + "," + text[last.node.end : end]
    return ahead + space + written + text[end:]


def remove(text: str, parent: Node, child: Child) -> str:
    """The text without `child`, and without what `insert` puts around it."""
    index = parent.children.index(child)
    ahead = parent.children[index - 1] if index else None
    floor = max(ahead.node.end, ahead.comma + 1) if ahead else parent.start + 1
    start = _content_end(text, floor, child.start)
    end = max(child.node.end, child.comma + 1)
    rest = text[end:].lstrip(" \t")
    if _REMARK.search(_PROSE.sub("", text[floor:start])) and not _BREAK.match(rest):
        start, end = child.start, len(text) - len(rest)  # what follows is not to be a remark, too
    if not (text[parent.start + 1 : start] + text[end : parent.end - 1]).strip():
        return text[: parent.start + 1] + text[parent.end - 1 :]
    kept, rest = text[:start], text[end:]
    if ahead and child is parent.children[-1] and child.comma < 0:
        kept = text[: ahead.comma] + text[ahead.comma + 1 : start]
    return kept + rest


def replace(text: str, parent: Node, child: Child, value: Any) -> str:
    """The text with another value of `child`."""
    flat = not _broken_up(text, parent)
    before = "" if flat else newline(text) + _margin(text, child.start)
    written = _child(text, "", value, before, flat=flat)
    return text[: child.node.start] + written + text[child.node.end :]


def newline(text: str) -> str:
    """How lines of this text end."""
    return "\r\n" if "\r\n" in text else "\n"


def unit(text: str) -> str:
    """One step of indentation in this text; the lines of a comment are indented as they like."""
    found = _INDENTED.search(_PROSE.sub("", text))
    return found[1] if found else INDENTATION


def indentation(text: str, parent: Node) -> str:
    """What stands before a child on a line of its own."""
    for child in parent.children:
        margin = _margin(text, child.start)
        if text[: child.start].endswith(("\n" + margin, "\r" + margin)):
            return margin
    return _margin(text, parent.start) + unit(text)


def _first(text: str, parent: Node, name: str, value: Any) -> str:
    inside = text[parent.start + 1 : parent.end - 1]
    flat = not _BREAK.search(text.strip()) and text.strip() != text[parent.start : parent.end]
    if flat and not inside.strip():
        written = _child(text, name, value, "", flat=True)
        return text[: parent.start + 1] + written + text[parent.end - 1 :]
    outer = newline(text) + _margin(text, parent.start)
    before = outer + unit(text)
    written = _child(text, name, value, before, flat=False)
    kept = inside.rstrip()
    tail = inside[len(kept) :] if kept and _BREAK.search(inside[len(kept) :]) else outer
    return text[: parent.start + 1] + kept + before + written + tail + text[parent.end - 1 :]


def _child(text: str, name: str, value: Any, before: str, *, flat: bool) -> str:
    """A member or an item, whose lines begin as `before` does."""
    colon = ":" if flat and _tight(text) else ": "
    lead = json.dumps(name, ensure_ascii=False) + colon if name else ""
    if flat:
        separators = (",", ":") if _tight(text) else (", ", ": ")
        return lead + json.dumps(value, ensure_ascii=False, separators=separators)
    written = json.dumps(value, ensure_ascii=False, indent=unit(text))
    return lead + written.replace("\n", before)


def _broken_up(text: str, parent: Node) -> bool:
    """Whether the children of `parent` stand on lines of their own."""
    first, last = parent.children[0], parent.children[-1]
    tail = text[max(last.node.end, last.comma + 1) : parent.end]
    return bool(_BREAK.search(text[parent.start : first.start]) or _BREAK.search(tail))


def _content_end(text: str, floor: int, ceiling: int) -> int:
    """Behind the last thing between two places that is not white space."""
    return floor + len(text[floor:ceiling].rstrip())


def _margin(text: str, position: int) -> str:
    """The white space that the line of `position` begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _tight(text: str) -> bool:
    """Whether a text saves its spaces."""
    return '":' in text and '": ' not in text
