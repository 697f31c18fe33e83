"""Which fields of an answer are kept: those a tool's table entry names, or those the caller names.

The items of a list are picked from, and the facts about the list stay. Where an answer has not the
shape that the document promises it is passed whole.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from famulor_tools.table import Tool

Tree = dict[str, "Tree"]

LINKS = frozenset(
    ("links", "path", "first_page_url", "last_page_url", "next_page_url", "prev_page_url")
)
"""What a paginator adds for browsers; page numbers say the same."""
MOST = 40


def pick(tool: Tool, data: dict[str, Any], controls: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `data` that the caller wants to see; `data` itself where that is all."""
    fields = tuple(controls.get("fields", ()))
    if fields:
        return by_name(tool, data, fields)
    if not tool.concise or controls.get("detail") == "full":
        return data
    if not tool.rows:
        return chosen(data, tree(tool.concise)) or data
    rows = data.get(tool.rows)
    if not isinstance(rows, list):
        return data
    return {**listing(data), tool.rows: expected(rows, tree(tool.concise))}


def by_name(tool: Tool, data: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields that the caller named, and which of them the answer does not have."""
    wanted, rows = tree(fields), data.get(tool.rows)
    if tool.rows and isinstance(rows, list):
        kept = {**listing(data), tool.rows: [chosen(row, wanted) for row in rows]}
        objects = [row for row in rows if isinstance(row, dict)]
    else:
        kept, objects = chosen(data, wanted), [data]
    known = dict.fromkeys(name for one in objects for name in one)
    unknown = [name for name in wanted if name not in known]
    if not (objects and unknown):
        return kept
    offered = ", ".join(list(known)[:MOST]) or "none"
    return {"unknown_fields": f"{', '.join(unknown)}. There are: {offered}", **kept}


def listing(data: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the items of a list, without links."""
    return {name: value for name, value in data.items() if name not in LINKS}


def tree(paths: Iterable[str]) -> Tree:
    """Dotted paths as nested names; an empty tree is everything below."""
    return _tree(tuple(paths))


@cache
def _tree(paths: tuple[str, ...]) -> Tree:
    root: Tree = {}
    for path in sorted(paths, key=lambda path: path.count("."), reverse=True):
        *above, last = path.split(".")
        branch = root
        for step in above:
            branch = branch.setdefault(step, {})
        branch[last] = {}
    return {name: root[name] for name in dict.fromkeys(path.split(".")[0] for path in paths)}


def expected(value: Any, branch: Tree) -> Any:
    """As `chosen`, but an object that has none of the names is kept whole."""
    if isinstance(value, list):
        return [expected(item, branch) for item in value]
    if not (branch and isinstance(value, dict)):
        return value
    kept = {
        name: expected(value[name], below) if below else value[name]
        for name, below in branch.items()
        if name in value
    }
    return kept or value


def chosen(value: Any, branch: Tree) -> Any:
    """The named fields of an object, or of each object of a list; anything else as it is."""
    if isinstance(value, list):
        return [chosen(item, branch) for item in value]
    if not (branch and isinstance(value, dict)):
        return value
    return {
        name: chosen(value[name], below) if below else value[name]
        for name, below in branch.items()
        if name in value
    }
