"""Who is asked before a call, and that nothing is sent without a yes to exactly this call.

The matrix: {multi-round-trip, elicitation, cannot be asked, claims but never answers} x {accept,
decline, cancel, tampered, expired, reused, changed arguments}, with clients of the SDK. Where a
client cannot be asked, a token stands for the yes: `test_confirm_token`.
"""

from __future__ import annotations

import time
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from tests.server.guarded import (
    ALWAYS,
    AUTO,
    CALL,
    COSTLY,
    ERAS,
    OTHER,
    Person,
    client,
    words,
    world,
)

from famulor_mcp.guard import guard as guard_module
from famulor_mcp.pace import Clock
from famulor_mcp.settings import Secret, Settings
from famulor_mcp.terminal import Terminal
from famulor_tools import DYNAMIC

pytestmark = pytest.mark.anyio

YES = types.ElicitResult(action="accept", content={"confirm": True})

both_eras = pytest.mark.parametrize("era", ERAS)


@both_eras
@pytest.mark.parametrize(("tool", "arguments"), COSTLY)
async def test_a_yes_lets_exactly_this_call_pass(
    era: str, tool: str, arguments: dict[str, Any]
) -> None:
    one, person = world(AUTO), Person()
    async with client(one, era, person) as asked:
        result = await asked.call_tool(tool, arguments)
    assert len(person.asked) == 1
    assert len(one.writes) == 1
    assert "user" not in words(result)


@both_eras
@pytest.mark.parametrize(
    "person",
    [
        Person("decline"),
        Person("cancel"),
        Person(content={"confirm": False}),
        Person(content={}),
        Person(content=None),
        Person(content={"confirm": "true"}),
    ],
    ids=["decline", "cancel", "accept false", "accept empty", "accept nothing", "accept text"],
)
@pytest.mark.parametrize("mode", ["auto", "always"])
async def test_anything_but_a_yes_sends_nothing(era: str, mode: Any, person: Person) -> None:
    one = world(Settings(confirm=mode))
    async with client(one, era, person) as asked:
        result = await asked.call_tool("make_call", CALL)
    assert result.is_error
    assert "Nothing was sent" in words(result)
    assert one.writes == []


@both_eras
async def test_the_person_sees_whom_by_which_assistant_and_at_what_cost(era: str) -> None:
    one, person = world(), Person("decline")
    async with client(one, era, person) as asked:
        await asked.call_tool("make_call", {**CALL, "variables": {"name": "Ada\u202e"}})
    (question,) = person.asked
    assert 'Call +4915112345678 with assistant 7 ("Zufriedenheitsumfrage").' in question
    assert "Cost: The call is charged to the account balance" in question
    assert '- variables: {"name": "Ada\\u202e"}' in question


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_me", {}),
        ("create_folder", {"name": "New"}),
        ("update_campaign_status", {"campaign_id": 1, "action": "stop"}),
    ],
)
async def test_nobody_is_asked_about_what_neither_reaches_nor_costs_nor_deletes(
    era: str, tool: str, arguments: dict[str, Any]
) -> None:
    one, person = world(ALWAYS), Person()
    async with client(one, era, person) as asked:
        await asked.call_tool(tool, arguments)
    assert person.asked == []


@both_eras
async def test_never_asks_nobody(era: str) -> None:
    one, person = world(Settings(confirm="never")), Person("decline")
    async with client(one, era, person) as asked:
        result = await asked.call_tool("make_call", CALL)
    assert (person.asked, len(one.writes), result.is_error) == ([], 1, False)


@both_eras
async def test_auto_leaves_it_to_a_client_that_cannot_ask(era: str) -> None:
    one = world()
    async with client(one, era) as silent:
        result = await silent.call_tool("make_call", CALL)
    assert (len(one.writes), result.is_error) == (1, False)


# -- multi-round-trip: the state of the question


async def question(
    asked: Client, tool: str, arguments: dict[str, Any]
) -> types.InputRequiredResult:
    result = await asked.session.call_tool(tool, arguments, allow_input_required=True)
    assert isinstance(result, types.InputRequiredResult)
    return result


async def answer(
    asked: Client, tool: str, arguments: dict[str, Any], state: str | None, reply: Any = YES
) -> types.CallToolResult | types.InputRequiredResult:
    result = await asked.session.call_tool(
        tool,
        arguments,
        input_responses={"confirm": reply},
        request_state=state,
        allow_input_required=True,
    )
    assert isinstance(result, types.CallToolResult | types.InputRequiredResult)
    return result


async def test_the_state_of_a_question_tells_nothing() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        first = await question(asked, "make_call", CALL)
    assert first.request_state is not None
    assert "4915112345678" not in first.request_state
    assert one.writes == []


async def test_a_tampered_state_is_refused() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state or ""
        for forged in (state[:-4] + "AAAA", "x", "v1." + "A" * 80, state + "A"):
            with pytest.raises(MCPError, match="requestState"):
                await answer(asked, "make_call", CALL, forged)
    assert one.writes == []


async def test_an_answer_without_the_state_of_a_question_is_asked_for_again() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        result = await answer(asked, "make_call", CALL, None)
    assert isinstance(result, types.InputRequiredResult)
    assert one.writes == []


async def test_a_state_does_not_hold_for_other_arguments_or_tools() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
        for tool, arguments in (("make_call", OTHER), ("delete_lead", {"id": 1})):
            with pytest.raises(MCPError, match="requestState"):
                await answer(asked, tool, arguments, state)
        with pytest.raises(MCPError, match="requestState"):
            await answer(asked, "make_call", {**CALL, "repeat": True}, state)
    assert one.writes == []


async def test_a_state_expires() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
        one.clock.advance(600)
        result = await answer(asked, "make_call", CALL, state)
    assert isinstance(result, types.CallToolResult)
    assert "older than ten minutes" in words(result)
    assert one.writes == []


@pytest.mark.parametrize(("tool", "arguments"), COSTLY)
async def test_a_state_is_good_for_one_call(tool: str, arguments: dict[str, Any]) -> None:
    one = world(AUTO)
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, tool, arguments)).request_state
        await answer(asked, tool, arguments, state)
        result = await answer(asked, tool, arguments, state)
    assert isinstance(result, types.CallToolResult)
    assert "used before" in words(result)
    assert len(one.writes) == 1


async def test_a_declined_state_cannot_be_accepted_later() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
        await answer(asked, "make_call", CALL, state, types.ElicitResult(action="decline"))
        result = await answer(asked, "make_call", CALL, state)
    assert isinstance(result, types.CallToolResult)
    assert "used before" in words(result)
    assert one.writes == []


async def test_a_client_that_never_answers_a_question_sends_nothing() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        await question(asked, "make_call", CALL)
    assert one.writes == []


async def test_processes_with_a_secret_in_common_take_each_others_answers() -> None:
    secret = "0123456789abcdef" * 2
    shared = Settings(mcp_secret=(Secret(secret),))
    processes = [world(shared, keys=(secret.encode(),)) for _ in range(2)]
    async with client(processes[0], "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
    async with client(processes[1], "modern", Person()) as asked:
        await answer(asked, "make_call", CALL, state)
    assert [len(one.writes) for one in processes] == [0, 1]


async def test_a_process_without_the_secret_takes_no_answer_of_another() -> None:
    async with client(world(), "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
    other = world()
    async with client(other, "modern", Person()) as asked:
        with pytest.raises(MCPError, match="requestState"):
            await answer(asked, "make_call", CALL, state)
    assert other.writes == []


# -- elicitation: the question while the call waits


async def test_a_question_without_answer_is_withdrawn_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard_module, "LONGEST_QUESTION", 0.05)
    one, person = world(), Person(None)
    async with client(one, "legacy", person) as asked:
        result = await asked.call_tool("make_call", CALL)
        assert "Nobody answered" in words(result)
        await asked.call_tool("get_me", {})  # the connection goes on
    assert person.withdrawn
    assert one.writes == []


async def test_a_question_takes_less_time_than_a_client_gives_a_call() -> None:
    assert guard_module.LONGEST_QUESTION + guard_module.SENDING_SECONDS < 60


async def test_a_client_that_claims_to_ask_and_refuses_to_is_a_no() -> None:
    async def lying(context: Any, params: Any) -> Any:
        return types.ErrorData(code=types.METHOD_NOT_FOUND, message="no such thing")

    one = world()
    async with Client(one.server, mode="legacy", elicitation_callback=lying) as asked:
        result = await asked.call_tool("make_call", CALL)
    assert "did not get through" in words(result)
    assert one.writes == []


async def test_the_state_of_another_era_is_refused() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state
    person = Person("decline")
    async with client(one, "legacy", person) as asked:
        result = await asked.session.call_tool(
            "make_call", CALL, input_responses={"confirm": YES}, request_state=state
        )
    assert isinstance(result, types.CallToolResult)
    assert result.is_error
    assert one.writes == []


# -- order: what comes before a question


async def test_nobody_is_asked_for_what_the_policy_forbids() -> None:
    one, person = world(policy='[destinations]\ndeny = ["+49"]\n'), Person()
    async with client(one, "legacy", person) as asked:
        result = await asked.call_tool("make_call", CALL)
    assert "destinations.deny" in words(result)
    assert (person.asked, one.writes) == ([], [])


@both_eras
async def test_nobody_is_asked_again_about_a_call_that_was_just_made(era: str) -> None:
    one, person = world(), Person()
    async with client(one, era, person) as asked:
        first = await asked.call_tool("make_call", CALL)
        second = await asked.call_tool("make_call", CALL)
    assert (len(person.asked), len(one.writes)) == (1, 1)
    assert first.structured_content
    assert second.structured_content
    assert second.structured_content["call_id"] == first.structured_content["call_id"]
    assert second.structured_content["replayed"].startswith("Replayed")


@both_eras
@pytest.mark.parametrize(("action", "sent"), [("accept", 1), ("decline", 0)])
async def test_a_call_through_the_dynamic_tools_is_asked_about_as_any(
    era: str, action: str, sent: int
) -> None:
    one, person = world(dynamic=True), Person(action)
    async with client(one, era, person) as asked:
        await asked.call_tool(DYNAMIC[2].name, {"name": "make_call", "arguments": CALL})
        await asked.call_tool(DYNAMIC[2].name, {"name": "get_me"})
    assert (len(person.asked), len(one.writes)) == (1, sent)


@both_eras
async def test_meaning_it_twice_is_asked_twice(era: str) -> None:
    one, person = world(), Person()
    async with client(one, era, person) as asked:
        await asked.call_tool("make_call", CALL)
        await asked.call_tool("make_call", {**CALL, "repeat": True})
    assert len(one.writes) == 2
    assert "once more" in person.asked[1]


async def test_at_a_terminal_the_time_of_a_call_begins_with_the_yes() -> None:
    class Slow(Terminal):
        async def ask(self, *_: Any) -> Any:
            passed.append(3600.0)
            return "accepted"

    one, passed = world(), [time.monotonic()]
    one.gateway.upstream.clock = Clock(now=lambda: sum(passed))
    result = await one.gateway.call("make_call", CALL, one.account, Slow(agreed=True))
    assert (result.is_error, len(one.writes)) == (False, 1)


async def test_a_store_that_fails_stops_the_answered_call() -> None:
    one = world()
    async with client(one, "modern", Person()) as asked:
        state = (await question(asked, "make_call", CALL)).request_state

        async def broken(*_: Any) -> bytes:
            raise OSError("no")

        store: Any = one.guard.confirm._grants._store
        store.claim = broken
        result = await answer(asked, "make_call", CALL, state)
    assert isinstance(result, types.CallToolResult)
    assert "Nothing was sent" in words(result)
    assert one.writes == []
