"""Whether a list goes on, and with which argument: one way to say it for every kind of paging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from famulor_tools.table import Tool


def following(
    tool: Tool, data: Mapping[str, Any], sent: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The arguments of the next page; empty where the list ends; None where nothing tells."""
    if "all" not in tool.controls:
        return None
    facts = {**nested(data, "meta"), **data}
    arguments = tool.enforced_schema.get("properties", {})
    if "cursor" in arguments and "next_cursor" in facts:
        return {"cursor": facts["next_cursor"]} if facts["next_cursor"] else {}
    if "page" not in arguments:
        return None
    page = number(facts.get("current_page")) or number(sent.get("page")) or 1
    goes_on = continues(facts, page)
    return None if goes_on is None else {"page": page + 1} if goes_on else {}


def continues(facts: Mapping[str, Any], page: int) -> bool | None:
    """Whether there is a page after `page`, or None where the answer does not tell."""
    last, total, size = (number(facts.get(name)) for name in ("last_page", "total", "per_page"))
    if last is not None:
        return page < last
    if total is not None and size:
        return page * size < total
    if "next_page_url" in facts:
        return page_of(facts["next_page_url"]) is not None
    return None


def page_of(url: Any) -> int | None:
    """The page number in a link."""
    if not isinstance(url, str):
        return None
    try:
        return number(parse_qs(urlsplit(url).query).get("page", [None])[0])
    except ValueError:
        return None


def number(value: Any) -> int | None:
    """A count, also where the API wrote it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def nested(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object in a field, or an empty one."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def at(starts: Sequence[tuple[int, Mapping[str, Any]]], index: int) -> dict[str, Any]:
    """The arguments that continue at `index`, where item `start` begins the page of `arguments`."""
    start, arguments = max((one for one in starts if one[0] <= index), key=lambda one: one[0])
    return {**arguments, "offset": index - start}
