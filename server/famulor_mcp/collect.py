"""All pages of a list as one: read one after another, at the pace of the API's limits.

It ends with the list, when the result is full, at the bounds below, or with an error that stops a
page; the result then says where to go on. A list that changes between two pages is the API's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import GatewayError
from famulor_mcp.shape import pages, wrapped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from famulor_mcp.pace import Clock
    from famulor_mcp.read import Reading
    from famulor_mcp.wait import Progress
    from famulor_tools.table import Tool

    Fetch = Callable[[Mapping[str, Any]], Awaitable[Reading]]

PAGES = 20
MARGIN = 5.0
"""Seconds before a call's deadline in which no further page is begun."""
STOPPED = "stopped"
OF_ONE_PAGE = frozenset(("from", "to"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """When to stop: a time on the clock, and characters of result by `weigh`."""

    clock: Clock
    deadline: float
    characters: int
    weigh: Callable[[list[Any]], int]


async def everything(
    tool: Tool, fetch: Fetch, sent: Mapping[str, Any], bounds: Bounds, progress: Progress
) -> Reading:
    """The pages from the asked one on as one reading: all items, and the facts of the last page."""
    asked = {**most(tool), **sent}
    reading = await fetch(asked)
    items = rows_of(tool, reading)
    if items is None:
        return reading
    starts: list[tuple[int, Mapping[str, Any]]] = [(0, {})]
    size, weight, stopped = reading.size, bounds.weigh(items), ""
    while following := pages.following(tool, wrapped(reading.value), asked):
        if weight > bounds.characters:
            break
        if len(starts) >= PAGES or bounds.clock.now() > bounds.deadline - MARGIN:
            stopped = f"after {len(starts)} pages, so as not to take too long"
            break
        await progress(len(items), total(reading), f"{len(items)} items read")
        try:
            page = await fetch({**asked, **following})
        except GatewayError as error:
            stopped = f"after {len(starts)} pages: {error.text}"
            break
        if (found := rows_of(tool, page)) is None:
            break
        reading, asked = page, {**asked, **following}
        if not found:
            break
        starts.append((len(items), following))
        items, size, weight = items + found, size + page.size, weight + bounds.weigh(found)
    return replace(
        reading,
        value=together(tool, reading, items),
        size=size,
        starts=tuple(starts),
        asked=asked,
        added={STOPPED: stopped} if stopped else {},
    )


def together(tool: Tool, last: Reading, items: list[Any]) -> Any:
    """All items in the place of the last page's."""
    if isinstance(last.value, list):
        return items
    facts = {name: fact for name, fact in last.value.items() if name not in OF_ONE_PAGE}
    return {**facts, tool.rows: items}


def rows_of(tool: Tool, reading: Reading) -> list[Any] | None:
    """The items of a page, or None where the answer is no list."""
    rows = wrapped(reading.value).get(tool.rows)
    return rows if isinstance(rows, list) else None


def total(reading: Reading) -> int | None:
    """How many items there are in all, if the API says so."""
    return pages.number(wrapped(reading.value).get("total"))


def most(tool: Tool) -> dict[str, int]:
    """The largest page that the API gives."""
    size = tool.enforced_schema.get("properties", {}).get("per_page", {}).get("maximum")
    return {"per_page": size} if isinstance(size, int) else {}
