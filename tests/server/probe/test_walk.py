"""A round through the tools: what is called, with which ids, and what is said of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.server.tables import CREATE, DELETE, GET, LIST

from famulor_mcp.account import Account
from famulor_mcp.cli import main
from famulor_mcp.gateway import Gateway
from famulor_mcp.probe.command import chosen
from famulor_mcp.probe.report import differs, report
from famulor_mcp.probe.walk import Documented, Visit, Walk
from famulor_mcp.sandbox import KEY, ManualClock, make_app
from famulor_mcp.send import Upstream
from famulor_mcp.settings import SettingsError
from famulor_tools import TOOLS
from famulor_tools.documented import ANSWERS, SCHEMAS, SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from famulor_tools.table import Tool

pytestmark = pytest.mark.anyio

READ = replace(GET, example={"thing_id": 77})
MAKE = replace(CREATE, example={"name": "Ada"})
REMOVE = replace(DELETE, example={"id": 77})
THING = {"type": "object", "properties": {"id": {"type": "integer"}}}
THINGS = {"type": "object", "properties": {"data": {"type": "array", "items": THING}}}
DOCUMENTED = Documented(
    {
        "list_things": {"200": THINGS},
        "get_thing": {"200": THING, "404": None},
        "create_thing": {"200": THING},
        "delete_thing": {"204": None},
    },
    {},
    {
        "get_thing": {"thing_id": ("list_things", "id")},
        "delete_thing": {"id": ("list_things", "id")},
    },
)


async def walked(
    tools: Sequence[Tool],
    transport: httpx.AsyncBaseTransport,
    documented: Documented = DOCUMENTED,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Visit]:
    upstream = Upstream("https://api.test", transport=transport)
    gateway = Gateway(tools, upstream)
    walk = Walk(documented, lambda name, arguments: gateway.call(name, arguments, Account(KEY)))
    upstream.listener = walk.heard
    visits = await walk.run(tools, given or {})
    await upstream.aclose()
    return {visit.tool: visit for visit in visits}


class Api(httpx.MockTransport):
    """Answers by method and path, and keeps what was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self._answers = answers
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        status, value = self._answers[self.asked[-1]]
        return httpx.Response(status, content=b"" if value is None else json.dumps(value).encode())


async def test_ids_come_from_lists_and_deletions_are_last() -> None:
    api = Api(
        {
            "GET /api/things": (200, {"data": [{"id": 5}]}),
            "GET /api/things/5": (200, {"id": 5}),
            "POST /api/thing": (200, {"id": 6}),
            "DELETE /api/things/5": (204, None),
        }
    )
    visits = await walked((REMOVE, READ, MAKE, LIST), api)
    assert api.asked == [
        "GET /api/things",
        "GET /api/things/5",
        "POST /api/thing",
        "DELETE /api/things/5",
    ]
    assert list(visits) == ["delete_thing", "get_thing", "create_thing", "list_things"]
    assert not differs(list(visits.values()))


async def test_fields_types_and_statuses_that_differ_are_told_by_tool() -> None:
    api = Api(
        {
            "GET /api/things": (200, {"data": [{"id": 5, "owner": "Ada Berg"}]}),
            "GET /api/things/5": (418, {"id": "five"}),
        }
    )
    visits = await walked((LIST, READ), api)
    text = report(list(visits.values()), "Things", "1", "abc")
    assert "- `200 data[].owner` is not documented (string)" in text
    assert "- status 418 is not documented (documented: 200, 404)" in text
    assert "Ada" not in text
    assert differs(list(visits.values()))


async def test_without_an_id_nothing_is_sent_and_the_report_says_so() -> None:
    api = Api({"GET /api/things": (200, {"data": []})})
    visits = await walked((LIST, READ), api)
    assert api.asked == ["GET /api/things"]
    assert visits["get_thing"].skipped == "no list has an id for it"


async def test_given_arguments_are_sent_as_they_are() -> None:
    api = Api({"GET /api/things/9": (200, {"id": 9})})
    await walked((READ,), api, given={"get_thing": {"thing_id": 9}})
    assert api.asked == ["GET /api/things/9"]


async def test_why_a_call_was_not_sent_is_told_without_what_was_given() -> None:
    person = {"name": ["Ada Berg"], "Ben Berg": "+4915112345678"}
    api = Api({"GET /api/things": (200, {"data": [{"id": "Cem Berg"}]})})
    given = {"create_thing": person}
    visits = await walked((LIST, READ, MAKE), api, given=given)
    text = report(list(visits.values()), "Things", "1", "abc")
    assert "- create_thing: not sent: refused for name; `famulor-mcp call create_thing` s" in text
    assert "- get_thing: not sent: refused for thing_id; `famulor-mcp call get_thing` says" in text
    assert not re.search("Ada|Ben|Cem|Berg|49151", text)
    visits = await walked((MAKE,), api, given={"create_thing": {"name": "x", "Ben Berg": 1}})
    assert visits["create_thing"].skipped == "not sent: … is not an argument of create_thing"


def test_a_tool_with_an_effect_needs_its_arguments_outside_the_sandbox() -> None:
    tools = (LIST, READ, MAKE)
    assert chosen(tools, ["create_thing"], sandbox=True) == {"create_thing": None}
    assert chosen(tools, ['create_thing={"name": "x"}'], sandbox=False) == {
        "create_thing": {"name": "x"}
    }
    for word in ("create_thing", "make_thing", "create_thing=x", "create_thing=[1]"):
        with pytest.raises(SettingsError, match="--with"):
            chosen(tools, [word], sandbox=False)


async def test_the_sandbox_answers_every_operation_as_documented() -> None:
    """Two texts of the same facts, written apart: here they are compared field by field."""
    app = make_app(clock=ManualClock(), limits=())
    visits = await walked(TOOLS, httpx.ASGITransport(app), Documented(ANSWERS, SCHEMAS, SOURCES))
    found = {name: list(visit.differences) for name, visit in visits.items() if visit.differences}
    assert found == {}
    assert [name for name, visit in visits.items() if not visit.statuses] == []


def test_every_source_of_an_id_is_a_read() -> None:
    effects = {tool.name: tool.effect for tool in TOOLS}
    assert {effects[name] for each in SOURCES.values() for name, _ in each.values()} == {"read"}


def test_what_is_documented_is_not_loaded_to_serve() -> None:
    """Start-up stays as it is: only the probe reads it."""
    import subprocess
    import sys

    script = "import sys, famulor_mcp.start; print('famulor_tools.documented' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_report_that_cannot_be_written_is_told_before_anything_is_called(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["probe", "--sandbox", "--report", str(tmp_path / "no" / "report.md")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--report must be a file in an existing folder" in said.err
