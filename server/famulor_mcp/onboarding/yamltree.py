"""Where everything stands in a YAML text, by ruamel.yaml. Nothing in it is constructed or run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

from famulor_mcp.onboarding.errors import TextError

if TYPE_CHECKING:
    from famulor_mcp.onboarding.clients import Slot

_CONTENT = {
    "AliasToken",
    "AnchorToken",
    "BlockEntryToken",
    "FlowMappingEndToken",
    "FlowSequenceEndToken",
    "KeyToken",
    "ScalarToken",
    "TagToken",
    "ValueToken",
}


class Raw(str):
    """A scalar that is no text, such as a number, as it stands in the file."""

    __slots__ = ()


def root(text: str) -> Any:
    """The mapping that the document is; None for a document of nothing.

    Raises:
        TextError: the text is no YAML, or no single mapping.
    """
    node = _asked("compose", text)
    if node is not None and node.id != "mapping":
        raise TextError(text, node.start_mark.index, "the document must be a mapping")
    return node


def pair(node: Any, name: str, text: str) -> Any:
    """Key and value node of a name; None if it is not there."""
    found = [each for each in node.value if each[0].value == name] if node else []
    if len(found) > 1:
        at = found[1][0].start_mark.index
        raise TextError(text, at, f'"{name}" stands here a second time; keep one')
    return found[0] if found else None


def items(node: Any, slot: Slot, text: str) -> Any:
    """The list that the slot is in; None where it has no value. Raises `TextError`."""
    found = pair(node, slot.path[0], text)
    if found is None or found[1].tag.endswith(":null"):
        return None
    if found[1].id != "sequence" or found[1].start_mark.index < found[0].end_mark.index:
        raise TextError(text, found[0].start_mark.index, f'"{slot.path[0]}" must be a list')
    return found[1]


def item(sequence: Any, slot: Slot, text: str) -> Any:
    """The item that the slot names, or None."""
    found = [each for each in sequence.value if _named(each, slot)] if sequence else []
    if len(found) > 1:
        at = found[1].start_mark.index
        raise TextError(text, at, f'"{slot.name}" stands here a second time; keep one')
    return found[0] if found else None


def dash(text: str, sequence: Any, node: Any) -> int:
    """Where an item of a block begins: at its dash, which may stand on a line before."""
    start, end = sequence.start_mark.index, node.start_mark.index
    return max(
        int(token.start_mark.index)
        for token in _asked("scan", text)
        if type(token).__name__ == "BlockEntryToken" and start <= token.start_mark.index < end
    )


def plain(node: Any) -> Any:
    """The value, with every scalar as the text it is; `Raw` if it means something else."""
    if node.id == "mapping":
        return {key.value: plain(value) for key, value in node.value}
    if node.id == "sequence":
        return [plain(each) for each in node.value]
    return str(node.value) if node.tag.endswith(":str") else Raw(node.value)


def fields(text: str, node: Any) -> list[tuple[str, int, int]]:
    """The fields of a mapping: name, where it begins, and behind its last thing."""
    starts = [key.start_mark.index for key, _value in node.value]
    ends = [*starts[1:], node.end_mark.index]
    return [
        (key.value, start, _last(text, start, end))
        for (key, _value), start, end in zip(node.value, starts, ends, strict=True)
    ]


def content_end(text: str, node: Any) -> int:
    """Behind the last thing of a node: behind that, a node takes in comments and empty lines."""
    return _last(text, node.start_mark.index, node.end_mark.index)


def _last(text: str, start: int, end: int) -> int:
    ends = [
        token.end_mark.index
        for token in _asked("scan", text)
        if type(token).__name__ in _CONTENT and start <= token.start_mark.index < end
    ]
    return int(max(ends, default=end))


def facts(text: str) -> list[tuple[Any, ...]]:
    """What the text says, in order and without its layout."""
    return [
        (
            type(event).__name__,
            getattr(event, "value", None),
            str(getattr(event, "tag", None)),
            getattr(event, "anchor", None),
        )
        for event in _asked("parse", text)
    ]


def line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def line_end(text: str, position: int) -> int:
    """Behind the line that a position is in; the position itself where a line begins."""
    if position and text[position - 1] == "\n":
        return position
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _named(node: Any, slot: Slot) -> bool:
    return node.id == "mapping" and any(
        key.value == slot.by and value.value == slot.name for key, value in node.value
    )


def _asked(what: str, text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        with catch_warnings(action="ignore"):  # they quote the file, which may hold a key
            answer = getattr(YAML(typ="rt", pure=True), what)(text)
            return answer if what == "compose" else list(answer)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = str(error.problem or error.context or "no YAML")
        if reason.startswith("but "):  # the second half of a sentence
            reason = f"{error.context}, {reason}"
        raise TextError(text, mark.index if mark else 0, reason) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        raise TextError(text, position, "a character that YAML does not have") from None
    except RecursionError:
        raise TextError(text, 0, "too many containers stand in each other") from None
