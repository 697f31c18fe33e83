"""A name may stand for an id: the table says which tool lists the candidates.

Reads go through the same path as any call (`fetch`), are kept per account for a minute, and are
shared by calls that ask at the same time. An exact match, case ignored, or an error: no guessing.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from famulor_mcp.account import Kept
from famulor_mcp.arguments import short
from famulor_mcp.errors import GatewayError, InvalidArguments

if TYPE_CHECKING:
    from famulor_mcp.account import Account
    from famulor_tools.table import Lookup, Tool

Rows = list[dict[str, Any]]
Fetch = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

KEPT_SECONDS = 60.0
TITLE_SECONDS = 4.0
"""How long a name beside an id is waited for, which nobody needs."""

SHOWN = 8
PAGES = 10
IDENTIFIER = re.compile(
    r"[0-9]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)


def pending(tool: Tool, arguments: Mapping[str, Any]) -> list[Lookup]:
    """The lookups of a tool whose argument holds a name."""
    return [
        lookup
        for lookup in tool.lookups
        if lookup.accept and any(map(is_name, listed(arguments, lookup.parameter)))
    ]


def listed(arguments: Mapping[str, Any], name: str) -> list[Any]:
    """The values of an argument that is one or a list."""
    value = arguments.get(name)
    return value if isinstance(value, list) else [value]


def is_name(value: Any) -> bool:
    """Whether a value is a name and not an id."""
    return isinstance(value, str) and not IDENTIFIER.fullmatch(value.strip())


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds ids by name for one call. `names` maps argument names to those the caller used.

    At most `pages` pages of a list are read.
    """

    account: Account
    fetch: Fetch
    now: Callable[[], float]
    names: Mapping[str, str]
    pages: int = PAGES

    async def resolve(self, lookup: Lookup, arguments: Mapping[str, Any]) -> Any:
        """The value of the lookup's argument with each name replaced by its id.

        Raises `InvalidArguments` for a name that nothing or more than one thing has.
        """
        value = arguments[lookup.parameter]
        if not all(str(one).strip() for one in listed(arguments, lookup.parameter)):
            field = self.names.get(lookup.parameter, lookup.parameter)
            raise InvalidArguments(
                f"{field} is empty. Give an id, or a name that {lookup.tool} lists. "
                "Nothing was sent."
            )
        rows = await self.rows(lookup, arguments)
        if isinstance(value, list):
            return [self._id(lookup, rows, one) if is_name(one) else one for one in value]
        return self._id(lookup, rows, value)

    async def titles(self, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, str]:
        """Argument → the name of what its id stands for. One that cannot be read is left out."""
        found: dict[str, str] = {}
        for lookup in tool.lookups:
            if arguments.get(lookup.parameter) is None:
                continue
            try:
                async with asyncio.timeout(TITLE_SECONDS):
                    rows = await self.rows(lookup, arguments)
            except (GatewayError, TimeoutError):
                continue
            if title := title_of(lookup, rows, listed(arguments, lookup.parameter)):
                found[lookup.parameter] = title
        return found

    async def rows(self, lookup: Lookup, arguments: Mapping[str, Any]) -> Rows:
        """The candidates, with the fields that the lookup reads."""
        query = query_of(lookup, arguments)
        fields = [*lookup.match, lookup.take]
        key = json.dumps([lookup.tool, query, fields], sort_keys=True)
        self._tidy()
        kept = self.account.kept.setdefault(key, Kept(lookup.tool))
        async with kept.lock:
            if kept.until <= self.now():
                found = await self._listed(lookup, query)
                kept.rows = [
                    {field: row.get(field) for field in fields}
                    for row in found
                    if usable(row.get(lookup.take))
                ]
                kept.until = self.now() + KEPT_SECONDS
            return kept.rows

    def _tidy(self) -> None:
        """Let go of rows that are no longer good, unless they are just being read."""
        kept, now = self.account.kept, self.now()
        for key in [key for key, one in kept.items() if one.until <= now and not one.lock.locked()]:
            del kept[key]

    async def _listed(self, lookup: Lookup, query: dict[str, Any]) -> Rows:
        """All rows, those of further pages too where the answer says how many there are."""
        rows: Rows = []
        for page in range(1, self.pages + 1):
            more = query if page == 1 else {**query, "page": page}
            answer = await self.fetch(lookup.tool, more)
            if not isinstance(answer, list | dict):
                raise GatewayError(f"The answer of {lookup.tool} is not a list.")
            rows += candidates(answer)
            last = answer.get("last_page") if isinstance(answer, dict) else None
            if not isinstance(last, int) or last <= page:
                break
        return rows

    def _id(self, lookup: Lookup, rows: Rows, name: str) -> Any:
        wanted = name.strip().casefold()
        hits = {
            row[lookup.take]: row
            for row in rows
            if any(wanted == str(row[field]).strip().casefold() for field in lookup.match)
        }
        if len(hits) == 1:
            return next(iter(hits))
        field = self.names.get(lookup.parameter, lookup.parameter)
        if hits:
            raise InvalidArguments(ambiguous(lookup, field, name, list(hits.values())))
        raise InvalidArguments(missing(lookup, field, name, rows))


def usable(value: Any) -> bool:
    """Whether a value can be an id."""
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def title_of(lookup: Lookup, rows: Rows, ids: Sequence[Any]) -> str:
    """The names of the rows with these ids, for people."""
    wanted = {str(one) for one in ids}
    named = {str(row[lookup.take]): row[lookup.match[0]] for row in rows}
    return ", ".join(str(name) for one, name in named.items() if one in wanted and name)


def query_of(lookup: Lookup, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the read that lists the candidates."""
    query: dict[str, Any] = {}
    for name, source in lookup.arguments.items():
        if not isinstance(source, Mapping) or "argument" not in source:
            query[name] = source
        elif (value := arguments.get(source["argument"], source.get("default"))) is not None:
            query[name] = value
    return query


def candidates(value: Any) -> Rows:
    """The rows of a list answer: the array itself, or the first array of objects in it."""
    lists = (
        [value]
        if isinstance(value, list)
        else list(value.values())
        if isinstance(value, dict)
        else []
    )
    for rows in lists:
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
    return []


def ambiguous(lookup: Lookup, field: str, name: str, hits: Rows) -> str:
    """The sentence for a name that several things have."""
    ids = ", ".join(f"{hit[lookup.take]} ({hit[lookup.match[0]]})" for hit in hits[:SHOWN])
    return f"{field}: several are named {short(name)}. Give one id of: {ids}. Nothing was sent."


def missing(lookup: Lookup, field: str, name: str, rows: Rows) -> str:
    """The sentence for a name that nothing has, with the closest ones."""
    first = lookup.match[0]
    named = {str(row[one]): row for row in rows for one in reversed(lookup.match) if row[one]}
    folded = {text.casefold(): text for text in named}
    close = get_close_matches(name.casefold(), folded, n=3, cutoff=0.4)
    start = f"{field}: nothing is named {short(name)} in the answer of {lookup.tool}."
    if close:
        rows = [named[folded[text]] for text in close]
        hits = ", ".join(dict.fromkeys(f"{row[lookup.take]} ({row[first]})" for row in rows))
        return f"{start} The closest: {hits}. Nothing was sent."
    some = ", ".join(f"{row[lookup.take]} ({row[first]})" for row in rows[:SHOWN])
    more = " and more" if len(rows) > SHOWN else ""
    listed = f" It lists: {some}{more}." if some else " It lists none."
    return f"{start}{listed} Nothing was sent."
