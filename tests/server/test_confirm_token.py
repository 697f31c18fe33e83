"""Where a client cannot ask, a token stands for the user's yes to exactly one call, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.guarded import (
    ALWAYS,
    CALL,
    COSTLY,
    ERAS,
    OTHER,
    client,
    words,
    world,
)

if TYPE_CHECKING:
    from mcp import Client

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("era", ERAS)


async def token_for(asked: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await asked.call_tool(tool, arguments)
    assert result.is_error
    text = words(result)
    assert "Not sent yet" in text
    return text.split('confirm_token: "')[1].split('"')[0]


@both_eras
@pytest.mark.parametrize(("tool", "arguments"), COSTLY)
async def test_always_gives_the_preview_and_a_token_that_works_once(
    era: str, tool: str, arguments: dict[str, Any]
) -> None:
    one = world(ALWAYS)
    async with client(one, era) as silent:
        token = await token_for(silent, tool, arguments)
        assert one.writes == []
        await silent.call_tool(tool, {**arguments, "confirm_token": token})
        assert len(one.writes) == 1
        again = await silent.call_tool(tool, {**arguments, "confirm_token": token})
    assert "used before" in words(again)
    assert len(one.writes) == 1


@both_eras
@pytest.mark.parametrize("case", ["tampered", "invented", "changed", "repeat", "tool", "expired"])
async def test_a_token_holds_for_nothing_else(era: str, case: str) -> None:
    one = world(ALWAYS)
    async with client(one, era) as silent:
        token = await token_for(silent, "make_call", CALL)
        given: dict[str, Any] = {**CALL, "confirm_token": token}
        tool = "make_call"
        if case == "tampered":
            given["confirm_token"] = ("A" if token[0] != "A" else "B") + token[1:]
        elif case == "invented":
            given["confirm_token"] = "yes"
        elif case == "changed":
            given["phone_number"] = OTHER["phone_number"]
        elif case == "repeat":
            given["repeat"] = True
        elif case == "tool":
            tool, given = "delete_lead", {"id": 1, "confirm_token": token}
        else:
            one.clock.advance(600)
        result = await silent.call_tool(tool, given)
    assert result.is_error
    assert "does not hold" in words(result)
    assert one.writes == []


async def test_a_token_of_one_account_holds_for_no_other() -> None:
    one = world(ALWAYS)
    async with client(one, "legacy") as silent:
        token = await token_for(silent, "make_call", CALL)
    one.account.key = "12|somebody-else"
    result = await one.call("make_call", **CALL, confirm_token=token)
    assert "does not hold" in result.text
    assert one.writes == []


async def test_a_token_is_advertised_where_it_may_be_needed(capfdbinary: Any) -> None:
    from famulor_mcp.cli import main

    assert main(["tools", "--json", "--sandbox", "--confirm", "always"]) == 0
    tools = json.loads(capfdbinary.readouterr().out)
    having = {one["name"] for one in tools if "confirm_token" in one["inputSchema"]["properties"]}
    assert {"make_call", "delete_lead"} <= having
    assert not {"get_me", "create_folder"} & having
    main(["tools", "--json", "--sandbox"])
    assert b"confirm_token" not in capfdbinary.readouterr().out
