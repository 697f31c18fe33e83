"""Calls the tools one after the other, with ids from the lists that were read before.

Reads come first, what changes things then, what deletes last. A tool whose id no list has is left
out and says so. What is compared is the API's own answer, as it came in, before it is shaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from famulor_mcp.gateway import silent
from famulor_mcp.probe.compare import Difference, compare

if TYPE_CHECKING:
    from famulor_mcp.send import Answer
    from famulor_mcp.wait import Progress
    from famulor_tools.table import Tool

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
Sources = Mapping[str, Mapping[str, tuple[str, str]]]
ORDER = ("read", "write", "spend", "contact", "delete")
NO_ID = "no list has an id for it"
CANDIDATES = 3
"""Ids of a list that are tried until one has something below it."""


@dataclass(frozen=True, slots=True)
class Documented:
    """What the document says of answers, as in `famulor_tools.documented`."""

    answers: Mapping[str, Mapping[str, Any]]
    schemas: Mapping[str, Any]
    sources: Sources


@dataclass(slots=True)
class Visit:
    """What came of one tool: the statuses, what differs, or why it was not called."""

    tool: str
    statuses: list[int] = field(default_factory=list)
    differences: dict[Difference, None] = field(default_factory=dict)
    skipped: str = ""


class Walk:
    """One round through the tools. `heard` is to be told of every answer of the API.

    `progress` is told before each call: tools with this one, of how many, the tool's name.
    """

    def __init__(self, documented: Documented, call: Call, progress: Progress = silent) -> None:
        self._documented = documented
        self._call = call
        self._progress = progress
        self._total = 0
        self._tool: Tool | None = None
        self._visits: dict[str, Visit] = {}
        self._rows: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
        self._arguments: dict[str, Any] = {}

    async def run(
        self, tools: Sequence[Tool], given: Mapping[str, Mapping[str, Any]]
    ) -> list[Visit]:
        """Call `tools`. `given` has whole arguments for some of them."""
        self._total = len(tools)
        await self._round([tool for tool in tools if tool.effect != "delete"], given)
        if any(tool.effect != "read" for tool in tools):
            await self._round(self._again(tools), given)
        await self._round([tool for tool in tools if tool.effect == "delete"], given)
        return [self._visits[tool.name] for tool in tools]

    async def _round(self, tools: Sequence[Tool], given: Mapping[str, Mapping[str, Any]]) -> None:
        waiting = sorted(tools, key=lambda tool: ORDER.index(tool.effect))
        while waiting:
            tool = next((one for one in waiting if self._is_ready(one, waiting)), waiting[0])
            waiting.remove(tool)
            await self._visit(tool, given.get(tool.name))

    def _again(self, tools: Sequence[Tool]) -> list[Tool]:
        """The tools that lacked an id, and the lists that may have one after what was created."""
        lacking = {tool.name for tool in tools if self._lacks_id(tool.name)}
        lists = {
            name for tool in lacking for name, _ in self._documented.sources.get(tool, {}).values()
        }
        return [
            tool
            for tool in tools
            if tool.name in lacking or (tool.name in lists and tool.name not in self._rows)
        ]

    def _lacks_id(self, name: str) -> bool:
        return name in self._visits and self._visits[name].skipped == NO_ID

    def heard(self, tool: Tool, answer: Answer) -> None:
        """Take in an answer; those of other tools than the one just called are not compared."""
        if self._tool is None or tool.name != self._tool.name:
            return
        visit = self._visits[tool.name]
        if answer.status not in visit.statuses:
            visit.statuses.append(answer.status)
        value = _json(answer.body)
        visit.differences |= dict.fromkeys(self._judge(tool.name, answer, value))
        if answer.status < 300 and tool.name not in self._rows and (rows := list(rows_of(value))):
            self._rows[tool.name] = (self._arguments, rows)

    def _judge(self, name: str, answer: Answer, value: Any) -> Iterator[Difference]:
        answers = self._documented.answers[name]
        key = next((k for k in (str(answer.status), "default") if k in answers), "")
        if not key:
            listed = ", ".join(answers)
            yield Difference("", f"status {answer.status} is not documented (documented: {listed})")
        elif answers[key] is not None:
            if value is _NO_JSON:
                yield Difference("", f"status {answer.status} came without JSON")
            else:
                for one in compare(value, answers[key], self._documented.schemas):
                    yield one._replace(path=f"{answer.status} {one.path}".rstrip())
        elif value is not _NO_JSON and answer.status < 300:
            yield Difference("", f"status {answer.status} came with JSON, documented is none")

    def _is_ready(self, tool: Tool, waiting: Sequence[Tool]) -> bool:
        names = {one.name for one in waiting if one.effect == "read" and one is not tool}
        sources = self._documented.sources.get(tool.name, {})
        return not any(source in names for source, _ in sources.values())

    async def _visit(self, tool: Tool, given: Mapping[str, Any] | None) -> None:
        visit = self._visits.setdefault(tool.name, Visit(tool.name))
        visit.skipped = ""
        await self._progress(len(self._visits), self._total, tool.name)
        tries = [dict(given)] if given is not None else self._tries(tool)
        if not tries:
            visit.skipped = NO_ID
        self._tool = tool
        for arguments in tries:
            self._arguments = arguments
            result = await self._call(tool.name, arguments)
            if not visit.statuses:
                visit.skipped = (
                    "not sent" if not result.is_error else _reason(tool, arguments, result.text)
                )
            if tool.effect != "read" or tool.name in self._rows:
                break
        self._tool = None

    def _tries(self, tool: Tool) -> list[dict[str, Any]]:
        """Arguments to try: the example (of a read what is required), with ids that exist."""
        required = tool.input_schema.get("required", ())
        wanted = required if tool.effect == "read" else tool.example
        base = {name: tool.example[name] for name in wanted if name in tool.example}
        sources = self._documented.sources.get(tool.name, {})
        tries = [base]
        for name in [name for name in base if name in sources]:
            values = self._values(*sources[name])
            if not values and name not in required:
                tries = [{k: v for k, v in one.items() if k != name} for one in tries]
            many = isinstance(base[name], list)
            tries = [
                {**one, **beside, name: [value] if many else value}
                for one in tries
                for value, beside in values
            ] or ([] if name in required else tries)
        return tries[:CANDIDATES] if tool.effect == "read" else tries[:1]

    def _values(self, listing: str, take: str) -> list[tuple[Any, dict[str, Any]]]:
        """Ids that a list has, each with the arguments that the list was read with."""
        arguments, rows = self._rows.get(listing, ({}, []))
        sources = self._documented.sources.get(listing, {})
        beside = {name: value for name, value in arguments.items() if name in sources}
        found = [row[take] for row in rows if row.get(take) is not None]
        return [(value, beside) for value in found[:CANDIDATES]]


_NO_JSON: Any = object()
_SUBJECT = re.compile(r"^(?:- )?(\w+)", re.MULTILINE)
"""What a line of a refusal is about."""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return _NO_JSON


def rows_of(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list answer: of the list itself, or of the first list in the object."""
    if isinstance(value, Mapping):
        value = next((item for item in value.values() if isinstance(item, list) and item), [])
    if isinstance(value, list):
        yield from (row for row in value if isinstance(row, dict))


def _reason(tool: Tool, arguments: Mapping[str, Any], text: str) -> str:
    """Why a call was not sent, without any value: a report is pasted where others read it."""
    known = tool.enforced_schema.get("properties", {})
    if refused := [name for name in _SUBJECT.findall(text) if name in known]:
        names = ", ".join(dict.fromkeys(refused))
        return f"not sent: refused for {names}; `famulor-mcp call {tool.name}` says why"
    for value in sorted({*_leaves(arguments)} - known.keys(), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", text)
    return f"not sent: {text.partition('. ')[0][:200]}"


def _leaves(value: Any) -> Iterator[str]:
    """The texts of all values and names in an argument."""
    if isinstance(value, Mapping):
        yield from map(str, value)
        yield from (leaf for item in value.values() for leaf in _leaves(item))
    elif isinstance(value, list):
        yield from (leaf for item in value for leaf in _leaves(item))
    elif value not in (None, "", True, False):
        yield str(value)
