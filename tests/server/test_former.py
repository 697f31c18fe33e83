"""A tool that was renamed is still called by its older name, and is the tool of today by it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.server.tables import DELETE, GET, LIST

from famulor_mcp import former
from famulor_mcp.account import Account
from famulor_mcp.errors import UnknownTool
from famulor_mcp.gateway import Gateway
from famulor_mcp.plain import Front
from famulor_mcp.selection import select
from famulor_mcp.send import Upstream
from famulor_mcp.settings import Settings, SettingsError

RENAMED = replace(GET, older=("read_thing", "fetch_thing"))
TOOLS = (RENAMED, LIST, DELETE)
TOOLSETS = {"things": "Things."}


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["get_thing", "read_thing", "fetch_thing"])
async def test_every_name_calls_the_tool_of_today(name: str) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(200, json={"id": 1})

    upstream = Upstream("https://api.test", transport=httpx.MockTransport(answer))
    gateway = Gateway(TOOLS, upstream)
    result = await gateway.call(name, {"thing_id": 1}, Account("key"))
    await upstream.aclose()
    assert (result.is_error, result.data, sent) == (False, {"id": 1}, ["/api/things/1"])
    assert gateway.find(name) is RENAMED


def test_an_older_name_of_a_tool_that_is_not_offered_calls_nothing() -> None:
    gateway = Gateway((LIST,), Upstream("https://api.test"), catalogue=TOOLS)
    with pytest.raises(UnknownTool, match="not offered"):
        gateway.find("read_thing")


def test_older_names_are_listed_only_on_request_and_say_what_they_are() -> None:
    assert former.listed(TOOLS, older=False) == TOOLS
    again = former.listed(TOOLS, older=True)[len(TOOLS) :]
    assert [tool.name for tool in again] == ["read_thing", "fetch_thing"]
    assert all(tool.description.startswith("Older name of get_thing. ") for tool in again)
    assert all(tool.input_schema == GET.input_schema for tool in again)


@pytest.mark.parametrize(
    ("choices", "offered"),
    [
        ({"tools": ("read_thing",)}, ["get_thing"]),
        ({"tools": ("fetch_thing", "get_thing")}, ["get_thing"]),
        ({"exclude": ("read_thing",)}, ["list_things", "delete_thing"]),
    ],
)
def test_an_operator_may_choose_and_exclude_by_the_older_name(
    choices: dict[str, Any], offered: list[str]
) -> None:
    assert [tool.name for tool in select(TOOLS, TOOLSETS, Settings(**choices))] == offered


def test_an_unknown_name_is_still_refused() -> None:
    with pytest.raises(SettingsError, match="red_thing"):
        select(TOOLS, TOOLSETS, Settings(tools=("red_thing",)))


def test_the_protocol_lets_an_unlisted_older_name_through() -> None:
    async def call(*_: Any) -> Any:
        raise AssertionError

    front = Front(TOOLS, call, "", "0")
    assert {"get_thing", "read_thing", "fetch_thing"} <= front.acting.keys()
    assert [tool["name"] for tool in front.modern_list["tools"]] == [t.name for t in TOOLS]
