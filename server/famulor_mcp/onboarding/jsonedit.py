"""Changes one entry of a JSON text. Every other character stays as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_mcp.onboarding.clients import Slot
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.jsontext import parse
from famulor_mcp.onboarding.splice import INDENTATION, insert, newline, remove, replace

if TYPE_CHECKING:
    from famulor_mcp.onboarding.jsontext import Child, Dialect, Node


def read(text: str, dialect: Dialect, slot: Slot) -> Any:
    """The value in a slot, or None. Raises `TextError`."""
    found = _find(text, parse(text, dialect), slot)
    return found[1].node.plain() if found else None


def put(text: str, dialect: Dialect, slot: Slot, value: Any) -> str:
    """The text with `value` in the slot, and with the containers that lead to it.

    Raises:
        TextError: the text is broken, or what leads to the slot is no container.
    """
    root = parse(text, dialect)
    if root is None:
        return _whole(text, slot, value)
    found = _find(text, root, slot)
    if found is None:
        parent, missing = _reach(text, root, slot)
        return insert(text, parent, *_nested(slot, missing, value))
    present = found[1].node.plain()
    if present == value:
        return text
    fields = isinstance(present, dict) and isinstance(value, dict) and not slot.by
    if not fields or replace(text, *found, present) == text:  # nobody has laid it out otherwise
        return replace(text, *found, value)
    return _edited(text, dialect, (*slot.path, slot.name), present, value)


def take(text: str, dialect: Dialect, slot: Slot, origin: str | None) -> str:
    """The text without the slot, and without the containers that `origin` had not.

    Raises:
        TextError: the text is broken.
    """
    found = _find(text, parse(text, dialect), slot)
    if found is None:
        return text
    text = remove(text, *found)
    before = parse(origin, dialect) if origin is not None else None
    for depth in range(len(slot.path), 0, -1):
        root, path = parse(text, dialect), slot.path[:depth]
        emptied, parent = _container(root, path), _container(root, path[:-1])
        if not (emptied and parent) or emptied.children or _container(before, path):
            break
        text = remove(text, parent, *_named(parent, path[-1]))
    return text


def fragment(slot: Slot, value: Any) -> str:
    """A document of nothing else: for people to read and to copy."""
    return _whole("", slot, value)


def _edited(text: str, dialect: Dialect, inside: tuple[str, ...], present: Any, value: Any) -> str:
    """The text with other fields of an object; what stands between them stays."""
    for name, field in value.items():
        if name not in present or present[name] != field:
            text = put(text, dialect, Slot(inside, name), field)
    for name in present:
        if name not in value:
            text = take(text, dialect, Slot(inside, name), text)
    return text


def _nested(slot: Slot, missing: tuple[str, ...], value: Any) -> tuple[str, Any]:
    """The first missing name, and all that is to stand there."""
    if not missing:
        return ("" if slot.by else slot.name), value
    inner: Any = [value] if slot.by else {slot.name: value}
    for name in reversed(missing[1:]):
        inner = {name: inner}
    return missing[0], inner


def _whole(text: str, slot: Slot, value: Any) -> str:
    """A document behind the comments of one that has nothing else."""
    name, inner = _nested(slot, slot.path, value)
    written = json.dumps({name: inner}, ensure_ascii=False, indent=INDENTATION) + "\n"
    before = text if text.strip() else ""
    between = "" if not before or before.endswith("\n") else newline(text)
    return before + between + written.replace("\n", newline(text))


def _find(text: str, root: Node | None, slot: Slot) -> tuple[Node, Child] | None:
    """The container of the slot, and what stands in the slot."""
    if root is None:
        return None
    parent, missing = _reach(text, root, slot)
    if missing:
        return None
    if slot.by:
        found = [child for child in parent.children if _is(child, slot)]
    else:
        found = _named(parent, slot.name)
    _refuse_twice(text, found, slot.name)
    return (parent, found[0]) if found else None


def _reach(text: str, root: Node, slot: Slot) -> tuple[Node, tuple[str, ...]]:
    """The last container on the path that is there, and the names of those that are not."""
    node = _checked(text, root, "object", "the document")
    for depth, name in enumerate(slot.path):
        found = _named(node, name)
        if not found:
            return node, slot.path[depth:]
        _refuse_twice(text, found, name)
        inner = "array" if slot.by and depth == len(slot.path) - 1 else "object"
        node = _checked(text, found[0].node, inner, f'"{name}"')
    return node, ()


def _checked(text: str, node: Node, kind: str, called: str) -> Node:
    if node.kind != kind:
        raise TextError(text, node.start, f"{called} must be an {kind}")
    return node


def _container(root: Node | None, path: tuple[str, ...]) -> Node | None:
    """What stands at a path, unless it is a plain value."""
    for name in path:
        found = _named(root, name) if root else []
        root = found[-1].node if found else None
    return root if root and root.kind != "scalar" else None


def _named(node: Node, name: str) -> list[Child]:
    return [child for child in node.children if child.name == name and node.kind == "object"]


def _is(child: Child, slot: Slot) -> bool:
    value = child.node.plain()
    return isinstance(value, dict) and value.get(slot.by) == slot.name


def _refuse_twice(text: str, found: list[Child], name: str) -> None:
    """Programs differ in which of two they read."""
    if len(found) > 1:
        raise TextError(text, found[1].start, f'"{name}" stands here a second time; keep one')
