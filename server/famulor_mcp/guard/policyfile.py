"""The policy file: TOML, read strictly. Whatever it says must be understood, or nothing starts.

    [limits]                          costly calls: those that spend money or reach a person
    per_minute = 5                    and per_hour, per_day (any 24 hours)
    [limits.tools.NAME]               of one tool, within those of all
    per_day = 20
    [destinations]                    E.164 prefixes
    allow = ["+49", "+43"]            only these
    deny = ["+49900"]                 never these
    [hours]                           when people may be contacted
    timezone = "Europe/Berlin"
    open = ["mon-fri 09:00-18:00", "sat 10:00-14:00"]
    [balance]
    floor = 10.0                      below this no costly call is made
    [audience]
    largest = 500                     people that one call may set going (a campaign's leads)
    [off]
    tools = ["NAME"]
    effects = ["delete"]              read, write, delete, spend, contact

An error names the file, the line, the key, the reason, a valid example and the known keys.
"""

from __future__ import annotations

import math
import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn, get_args
from zoneinfo import ZoneInfo, available_timezones

from famulor_mcp.guard.hours import EXAMPLE, Hours, Opening, opening
from famulor_mcp.guard.intent import COSTLY
from famulor_mcp.guard.policy import SPANS, Destinations, Limit, Policy
from famulor_tools.table import Effect, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

LARGEST = 64 * 1024
MOST = 1_000_000
PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
EFFECTS: tuple[Effect, ...] = get_args(Effect)

KEYS = {
    "": ("limits", "destinations", "hours", "balance", "audience", "off"),
    "limits": (*SPANS, "tools"),
    "limits.tools.NAME": tuple(SPANS),
    "destinations": ("allow", "deny"),
    "hours": ("timezone", "open"),
    "balance": ("floor",),
    "audience": ("largest",),
    "off": ("tools", "effects"),
}

Where = tuple[str | int, ...]


class PolicyError(ValueError):
    """A policy file that cannot be followed, in words for the operator."""


def load(path: Path, tools: Iterable[Tool]) -> Policy:
    """The policy in a file, for a gateway with these tools. Raises `PolicyError`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PolicyError(f"The policy file {path} cannot be read: {reason}.") from None
    if len(content) > LARGEST:
        raise PolicyError(f"The policy file {path} is larger than {LARGEST // 1024} KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{path}, line {line}: the text is not UTF-8.") from None
    return parse(text, str(path), tools)


def parse(text: str, name: str, tools: Iterable[Tool]) -> Policy:
    """The policy in a text. `name` is how errors call the file. Raises `PolicyError`."""
    # TOML ends lines with LF or CRLF only, and so do the numbers of lines below.
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{name}: this is not TOML: {error}.") from None
    return Reader(text, name, {tool.name: tool for tool in tools}).policy(data)


class Reader:
    """Reads one file's data, and knows how to complain about it."""

    def __init__(self, text: str, name: str, tools: Mapping[str, Tool]) -> None:
        self._lines = text.split("\n")
        self._name = name
        self._tools = tools

    def policy(self, data: Mapping[str, Any]) -> Policy:
        """All of it."""
        self._only(data, (), "")
        if not data:
            raise PolicyError(
                f"{self._name}: the file holds no rule, so it would allow everything. "
                f"Known tables: {', '.join(KEYS[''])}."
            )
        off = self._table(data, "off")
        tools = self._all(off, ("off", "tools"), self._tool, '["NAME"]')
        effects = self._all(off, ("off", "effects"), self._effect, '["delete"]')
        return Policy(
            self._limits(data),
            self._destinations(data),
            self._hours(data),
            self._one(data, ("balance", "floor"), self._amount),
            self._one(data, ("audience", "largest"), self._count),
            frozenset(tools),
            frozenset(effects),
        )

    def _limits(self, data: Mapping[str, Any]) -> tuple[Limit, ...]:
        table = self._table(data, "limits")
        limits = self._spans(table, ("limits",), "")
        tools = table.get("tools", {})
        if not isinstance(tools, dict):
            self._fail(("limits", "tools"), "must be tables", "[limits.tools.NAME]")
        for name, spans in tools.items():
            where = ("limits", "tools", name)
            self._tool(name, where)
            if self._tools[name].effect not in COSTLY:
                self._fail(where, "limits a tool that neither costs money nor reaches a person")
            limits += self._spans(self._known(spans, where, "limits.tools.NAME"), where, name)
        return limits

    def _spans(self, table: Mapping[str, Any], where: Where, tool: str) -> tuple[Limit, ...]:
        return tuple(
            Limit(self._count(table[span], (*where, span)), seconds, tool)
            for span, seconds in SPANS.items()
            if span in table
        )

    def _destinations(self, data: Mapping[str, Any]) -> Destinations | None:
        if not (table := self._table(data, "destinations")):
            return None
        example = '["+49", "+4366"]'
        return Destinations(
            self._all(table, ("destinations", "allow"), self._prefix, example),
            self._all(table, ("destinations", "deny"), self._prefix, example),
        )

    def _hours(self, data: Mapping[str, Any]) -> Hours | None:
        if "hours" not in data:
            return None
        table = self._table(data, "hours")
        for key in KEYS["hours"]:
            if key not in table:
                self._fail(("hours",), f"needs {key} as well", 'timezone = "Europe/Berlin"')
        zone = self._zone(table["timezone"], ("hours", "timezone"))
        return Hours(zone, self._all(table, ("hours", "open"), self._opening, f'["{EXAMPLE}"]'))

    # --- tables and lists

    def _table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        if key not in data:
            return {}
        return self._known(data[key], (key,), key)

    def _known(self, value: Any, where: Where, keys: str) -> Mapping[str, Any]:
        """`value`, if it is a table that holds something, all of it known."""
        if not isinstance(value, dict):
            self._fail(where, "must be a table", f"[{'.'.join(map(str, where))}]")
        if not value:
            self._fail(where, "is empty; say something or leave it out", known=KEYS[keys])
        self._only(value, where, keys)
        return value

    def _only(self, table: Mapping[str, Any], where: Where, keys: str) -> None:
        known = KEYS[keys]
        for key in table:
            if key not in known:
                self._fail((*where, key), "is not known", known=known)

    def _all(
        self,
        table: Mapping[str, Any],
        where: Where,
        read: Callable[[Any, Where], Any],
        example: str,
    ) -> tuple[Any, ...]:
        if where[-1] not in table:
            return ()
        values = table[str(where[-1])]
        if not isinstance(values, list) or not values:
            self._fail(where, "must be a list with something in it (or left out)", example)
        return tuple(read(value, (*where, index)) for index, value in enumerate(values))

    def _one(
        self, data: Mapping[str, Any], where: tuple[str, str], read: Callable[[Any, Where], Any]
    ) -> Any:
        table = self._table(data, where[0])
        return read(table[where[1]], where) if where[1] in table else None

    # --- values

    def _count(self, value: Any, where: Where) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
            self._fail(where, f"must be a whole number from 1 to {MOST}", "20")
        return value

    def _amount(self, value: Any, where: Where) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            self._fail(where, "must be an amount of money, 0 or more", "10.0")
        return float(value)

    def _prefix(self, value: Any, where: Where) -> str:
        if not isinstance(value, str) or not PREFIX.fullmatch(value):
            self._fail(where, "must be the beginning of an international number", '"+49"')
        return value

    def _opening(self, value: Any, where: Where) -> Opening:
        try:
            return opening(value)
        except (ValueError, AttributeError) as error:
            reason = str(error) if isinstance(value, str) else "must be a text of days and times"
            self._fail(where, reason, f'"{EXAMPLE}"')

    def _zone(self, value: Any, where: Where) -> ZoneInfo:
        try:
            return ZoneInfo(value)
        except (ValueError, TypeError, LookupError, OSError):
            close = get_close_matches(str(value), available_timezones(), n=1)
            example = close[0] if close else "Europe/Berlin"
            self._fail(where, "must be the IANA name of a time zone", f'"{example}"')

    def _effect(self, value: Any, where: Where) -> Effect:
        if value not in EFFECTS:
            self._fail(where, "must be an effect", '"delete"', known=EFFECTS)
        effect: Effect = value
        return effect

    def _tool(self, value: Any, where: Where) -> str:
        if not isinstance(value, str) or value not in self._tools:
            close = get_close_matches(str(value), self._tools, n=3)
            hint = " or ".join(close) or "see the list of tools"
            self._fail(where, "is no tool of this gateway", hint)
        return value

    # --- complaints

    def _fail(
        self, where: Where, reason: str, example: str = "", *, known: Iterable[str] = ()
    ) -> NoReturn:
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)[1:]
        parts = [f"{self._name}, line {self._line(where)}: {key} {reason}."]
        names = list(known)
        if close := get_close_matches(str(where[-1]), names, n=1):
            parts.append(f"Did you mean {close[0]}?")
        if example:
            parts.append(f"Example: {example}.")
        if names:
            parts.append(f"Known: {', '.join(names)}.")
        raise PolicyError(" ".join(parts))

    def _line(self, where: Where) -> int:
        """The line on which the statement that gives `where` begins.

        The first lines of a file are TOML again wherever a statement ends, and the statement is
        in the first such piece that holds the value.
        """
        begin = 0
        for end in range(1, len(self._lines) + 1):
            try:
                data = tomllib.loads("\n".join(self._lines[:end]))
            except tomllib.TOMLDecodeError:
                continue
            if holds(data, where):
                return begin + 1
            begin = end
        return 1


def holds(data: Any, where: Where) -> bool:
    """Whether there is something at `where`."""
    for step in where:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
