"""Changes one item of a list in a YAML text. Every other character stays as it is.

ruamel.yaml tells where everything stands; writing by it would lay out the whole text anew.
"""

from __future__ import annotations

import json
import re
from itertools import dropwhile
from typing import TYPE_CHECKING, Any

from famulor_mcp.onboarding import yamltree as tree
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.splice import newline

if TYPE_CHECKING:
    from famulor_mcp.onboarding.clients import Slot

_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./-]*|--[a-z][a-z-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
HEADER = "name: {name}\nversion: 1.0.0\nschema: v1\n"
"""What Continue wants at the top of a file."""
MARGIN = "  "
UNSAFE = "its layout leaves no safe place for the entry; add it by hand"


def read(text: str, slot: Slot) -> Any:
    """The item of the list that has this name, or None. Raises `TextError`."""
    found = tree.item(tree.items(tree.root(text), slot, text), slot, text)
    if found is None:
        return None
    try:
        return tree.plain(found)
    except (RecursionError, TypeError):
        reason = "the entry holds itself, or has a name that is no text"
        raise TextError(text, found.start_mark.index, reason) from None


def put(text: str, slot: Slot, value: Any) -> str:
    """The text with the item. Raises `TextError`, also where only a person can place it."""
    there = read(text, slot)
    if there == value:
        return text
    if there is not None:
        return _edited(text, slot, there, value)
    root = tree.root(text)
    if root is None:
        whole = HEADER.format(name=value[slot.by]) + fragment(slot, value)
        return _joined(text if text.strip() else "", whole.replace("\n", newline(text)), "")
    changed = _inserted(text, root, slot, value)
    _hold_apart(text, changed, text)
    return changed


def take(text: str, slot: Slot, origin: str | None) -> str:
    """The text without the item, and without the list if `origin` had none."""
    root = tree.root(text)
    items = tree.items(root, slot, text)
    item = tree.item(items, slot, text)
    if item is None:
        return text
    if len(items.value) > 1:
        changed = _without(text, items, item)
    else:
        key, _items = tree.pair(root, slot.path[0], text)
        kept = origin is not None and tree.pair(tree.root(origin), slot.path[0], origin)
        changed = _emptied(text, key, items, kept=bool(kept))
    _hold_apart(changed, text, text)
    try:
        tree.root(changed)
    except TextError:  # an alias stands for nothing any more
        at = item.start_mark.index
        raise TextError(text, at, "others refer to the entry; change it by hand") from None
    return changed


def fragment(slot: Slot, value: Any) -> str:
    """A list of nothing else: for people to read and to copy."""
    return f"{slot.path[0]}:\n" + _block(value, MARGIN)


def _edited(text: str, slot: Slot, there: Any, value: Any) -> str:
    """The text with another value of the item; what stands between its fields stays."""
    item = _item(text, slot)
    start, end = item.start_mark.index, tree.content_end(text, item)
    try:
        changed = (
            text[:start] + _flow(value) + text[end:]
            if item.flow_style
            else _refilled(text, slot, there, value)
        )
        safe = read(changed, slot) == value and _rest(changed, slot) == _rest(text, slot)
    except (TextError, ValueError):  # the latter: a field is not where it was
        safe = False
    if not safe:
        raise TextError(text, start, UNSAFE)
    return changed


def _refilled(text: str, slot: Slot, there: Any, value: Any) -> str:
    """The text with other fields of a block."""
    for name, field in value.items():
        if name not in there or there[name] != field:
            text = _set(text, slot, name, field)
    for name in there:
        if name not in value:
            text = _drop(text, slot, name)
    return text


def _set(text: str, slot: Slot, name: str, field: Any) -> str:
    item = _item(text, slot)
    margin: str = " " * item.start_mark.column
    fields = tree.fields(text, item)
    block: str = (newline(text) + margin).join(_lines(name, field))
    for known, start, end in fields:
        if known == name:
            return text[:start] + block + text[start + len(text[start:end].rstrip()) :]
    behind = tree.line_end(text, fields[-1][2])
    return _joined(text[:behind], margin + block + newline(text), text[behind:])


def _drop(text: str, slot: Slot, name: str) -> str:
    (_name, start, end), *behind = dropwhile(
        lambda field: field[0] != name, tree.fields(text, _item(text, slot))
    )
    line = tree.line_start(text, start)
    if text[line:start].strip() and behind:  # it stands after the dash of the item
        return text[:start] + text[behind[0][1] :]
    return text[:line] + text[tree.line_end(text, end) :]


def _item(text: str, slot: Slot) -> Any:
    return tree.item(tree.items(tree.root(text), slot, text), slot, text)


def _rest(text: str, slot: Slot) -> list[tuple[Any, ...]]:
    """All that is said beside the item."""
    return tree.facts(take(text, slot, text))


def _inserted(text: str, root: Any, slot: Slot, value: Any) -> str:
    items = tree.items(root, slot, text)
    if items is None:
        return _listed(text, root, slot, value)
    if items.flow_style:
        if not items.value and root.flow_style:
            raise TextError(text, items.start_mark.index, _by_hand(slot, value))
        return _in_flow(text, items, value)
    end = tree.line_end(text, tree.content_end(text, items))
    block = _block(value, " " * items.start_mark.column).replace("\n", newline(text))
    return _joined(text[:end], block, text[end:])


def _listed(text: str, root: Any, slot: Slot, value: Any) -> str:
    """The text with a list of the one item."""
    if root.flow_style:
        raise TextError(text, root.start_mark.index, _by_hand(slot, value))
    pair = tree.pair(root, slot.path[0], text)
    if pair and text[pair[0].end_mark.index : tree.content_end(text, pair[1])].strip(": \r\n"):
        raise TextError(text, pair[0].start_mark.index, _by_hand(slot, value))
    written = _block(value, MARGIN) if pair else fragment(slot, value)
    end = pair[0].end_mark.index if pair else tree.content_end(text, root)
    end = tree.line_end(text, end)
    return _joined(text[:end], written.replace("\n", newline(text)), text[end:])


def _in_flow(text: str, items: Any, value: Any) -> str:
    if items.value:
        end = tree.content_end(text, items.value[-1])
        return text[:end] + ", " + _flow(value) + text[end:]
    start, end = items.start_mark.index, items.end_mark.index
    behind = tree.line_end(text, end)
    head = text[:start].rstrip(" ") + text[end:behind]
    return _joined(head, _block(value, MARGIN).replace("\n", newline(text)), text[behind:])


def _without(text: str, items: Any, item: Any) -> str:
    if item.start_mark.index < items.start_mark.index:
        at = items.start_mark.index
        raise TextError(text, at, "the entry is an alias of another; change it by hand")
    end = tree.content_end(text, item)
    if not items.flow_style:
        start = tree.line_start(text, tree.dash(text, items, item))
        return text[:start] + text[tree.line_end(text, end) :]
    index = items.value.index(item)
    if index:
        return text[: tree.content_end(text, items.value[index - 1])] + text[end:]
    return text[: item.start_mark.index] + text[items.value[1].start_mark.index :]


def _emptied(text: str, key: Any, items: Any, *, kept: bool) -> str:
    """The text without the list's one item; comments keep the list alive."""
    end = tree.content_end(text, items)
    if items.flow_style:
        return text[: items.start_mark.index] + "[]" + text[items.end_mark.index :]
    behind = tree.line_end(text, end)
    colon = text.index(":", key.end_mark.index) + 1
    start = tree.line_start(text, items.start_mark.index)
    if kept or text[colon:start].strip():
        return text[:colon] + " []" + text[colon:start] + text[behind:]
    return text[: tree.line_start(text, key.start_mark.index)] + text[behind:]


def _joined(before: str, block: str, after: str) -> str:
    """`block` on lines of its own."""
    between = newline(before + block) if before and not before.endswith("\n") else ""
    return before + between + block + after


def _block(value: Any, margin: str) -> str:
    """A list item in block style."""
    lines = [line for name, field in value.items() for line in _lines(name, field)]
    leads = ["- ", *["  "] * (len(lines) - 1)]
    return "".join(f"{margin}{lead}{line}\n" for lead, line in zip(leads, lines, strict=True))


def _lines(name: str, field: Any) -> list[str]:
    """A field in block style; what is deeper than its own names or items is in brackets."""
    name = _plain(name)
    if field and isinstance(field, dict):
        return [f"{name}:", *(f"  {_plain(key)}: {_plain(one)}" for key, one in field.items())]
    if field and isinstance(field, list):
        return [f"{name}:", *(f"  - {_plain(one)}" for one in field)]
    return [f"{name}: {_plain(field)}"]


def _plain(value: Any) -> str:
    """A value without quotes where it is a text that cannot be taken for anything else."""
    bare = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return str(value) if bare else _flow(value)


def _flow(value: Any) -> str:
    """A value within a line, as JSON but for what is no text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, tree.Raw) else json.dumps(value, ensure_ascii=False)


def _hold_apart(shorter: str, longer: str, text: str) -> None:
    """Refuse a change that changed more than the item: the one says all that the other says."""
    less, more = (
        [fact for fact in tree.facts(each) if fact != _NOTHING] for each in (shorter, longer)
    )
    same = next(
        (at for at, (one, two) in enumerate(zip(less, more, strict=False)) if one != two), len(less)
    )
    rest = less[same:]
    if rest and more[-len(rest) :] != rest:
        raise TextError(text, 0, UNSAFE)


_NOTHING = ("ScalarEvent", "", "None", None)


def _by_hand(slot: Slot, value: Any) -> str:
    return "only a person can tell where this belongs; add by hand:\n" + fragment(slot, value)
