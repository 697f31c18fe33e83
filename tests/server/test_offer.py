"""What a client gets of the chosen tools, through real clients of both eras."""

from __future__ import annotations

import json
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from famulor_mcp.instructions import compose
from famulor_mcp.offer import front, server
from famulor_mcp.selection import select
from famulor_mcp.settings import Settings
from famulor_mcp.start import opened
from famulor_tools import (
    DYNAMIC,
    DYNAMIC_INSTRUCTIONS,
    INSTRUCTIONS,
    PRESETS,
    PROMPTS,
    RESOURCES,
    TOOLS,
    TOOLSETS,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from famulor_tools.table import Tool

ERAS = ["2025-11-25", "2026-07-28"]
NAMES = {tool.name for tool in TOOLS}
BY_NAME = {tool.name: tool for tool in TOOLS}
CHOICES: list[dict[str, Any]] = [
    {},
    {"read_only": True},
    *({"preset": name} for name in PRESETS),
    *({"toolsets": (name,)} for name in TOOLSETS),
    {"preset": "calls", "exclude": ("make_call",)},
]

pytestmark = pytest.mark.anyio
every_choice = pytest.mark.parametrize("choice", CHOICES, ids=str)
both_eras = pytest.mark.parametrize("era", ERAS)


def chosen(**choice: Any) -> tuple[Tool, ...]:
    return select(TOOLS, TOOLSETS, Settings(**choice), PRESETS)


def named_in(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9_]+", text)) & NAMES


@asynccontextmanager
async def client(era: str, *, dynamic: bool = False, **choice: Any) -> AsyncIterator[Client]:
    """A client of the sandbox in this process."""
    tools = chosen(**choice)
    async with opened(Settings(sandbox=True), tools) as desk:
        serving = server(
            front(
                tools,
                lambda _ctx, name, arguments, asker: desk(name, arguments, asker),
                version="1",
                dynamic=dynamic,
            ),
            tools,
            lambda _ctx, name, arguments: desk(name, arguments),
            lambda _ctx, source: desk.values(source),
        )
        mode: Any = "legacy" if era < "2026" else "auto"
        async with Client(serving, mode=mode) as connected:
            assert connected.protocol_version == era
            yield connected


async def data(connected: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a successful call answers."""
    result = await connected.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return cast("dict[str, Any]", result.structured_content)


@every_choice
async def test_instructions_name_only_tools_that_are_there(choice: dict[str, Any]) -> None:
    tools = chosen(**choice)
    for dynamic in ("", DYNAMIC_INSTRUCTIONS):
        words = compose(INSTRUCTIONS, tools, dynamic=dynamic)
        assert named_in(words) <= {tool.name for tool in tools}
        assert len(words.encode()) <= 2000
        assert "{" not in words


async def test_instructions_warn_of_what_costs_and_only_of_that() -> None:
    assert "real people" in compose(INSTRUCTIONS, chosen(toolsets=("sms",)))
    assert "real people" not in compose(INSTRUCTIONS, chosen(read_only=True))
    assert "campaign" not in compose(INSTRUCTIONS, chosen(preset="knowledge"))


@pytest.mark.parametrize("name", PRESETS)
async def test_a_preset_holds_what_its_tools_refer_to(name: str) -> None:
    """An error that sends the model to a tool that is not there helps no one."""
    tools = chosen(preset=name)
    needed = {tool.verify for tool in tools if tool.verify}
    needed |= {lookup.tool for tool in tools for lookup in tool.lookups}
    assert needed <= {tool.name for tool in tools}
    assert len(tools) <= 30


async def test_the_preset_for_reading_only_reads() -> None:
    assert {tool.effect for tool in chosen(preset="read")} == {"read"}


@every_choice
@both_eras
async def test_prompts_are_offered_where_their_tools_are(choice: dict[str, Any], era: str) -> None:
    async with client(era, **choice) as connected:
        tools = {tool.name for tool in (await connected.list_tools()).tools}
        for prompt in (await connected.list_prompts()).prompts:
            needed = [argument.name for argument in prompt.arguments or [] if argument.required]
            told = await connected.get_prompt(prompt.name, dict.fromkeys(needed, "x {y}"))
            text = cast("Any", told.messages[0].content).text
            assert named_in(text) <= tools
            assert re.findall(r"\{\w+\}", text) == ["{y}"] * len(needed)


async def test_each_job_has_a_prompt_and_a_preset_can_do_it() -> None:
    jobs = {"review_calls", "build_assistant", "run_campaign", "answer_inbox", "onboard_client"}
    assert {prompt.name for prompt in PROMPTS} == jobs
    for prompt, preset in (
        ("review_calls", "calls"),
        ("build_assistant", "build"),
        ("run_campaign", "campaigns"),
        ("answer_inbox", "inbox"),
    ):
        needs = next(one.needs for one in PROMPTS if one.name == prompt)
        assert set(needs) <= set(PRESETS[preset].tools)


@both_eras
async def test_a_prompt_says_what_is_missing_or_unknown(era: str) -> None:
    async with client(era) as connected:
        with pytest.raises(MCPError, match="goal is required"):
            await connected.get_prompt("run_campaign", {})
        with pytest.raises(MCPError, match="no argument 'colour'"):
            await connected.get_prompt("review_calls", {"colour": "red"})
        with pytest.raises(MCPError, match="Did you mean: review_calls"):
            await connected.get_prompt("review_call", {})


@both_eras
async def test_a_transcript_is_read_by_uri_and_proposed_by_its_id(era: str) -> None:
    async with client(era) as connected:
        (template,) = (await connected.list_resource_templates()).resource_templates
        reference = types.ResourceTemplateReference(uri=template.uri_template)
        proposed = await connected.complete(reference, {"name": "call_id", "value": ""})
        call_id = proposed.completion.values[0]
        uri = template.uri_template.replace("{call_id}", call_id)
        (content,) = (await connected.read_resource(uri)).contents
        call = await data(connected, "get_call", call_id=int(call_id))
        assert json.loads(cast("Any", content).text) == call["transcript"]
        narrowed = await connected.complete(reference, {"name": "call_id", "value": call_id})
        assert all(call_id in value for value in narrowed.completion.values)


@both_eras
@pytest.mark.parametrize("part", ["999999", "x", "1%2F..%2Fleads", "..", "%00"])
async def test_a_uri_that_leads_nowhere_is_an_error(era: str, part: str) -> None:
    async with client(era) as connected:
        with pytest.raises(MCPError):
            await connected.read_resource(f"famulor://calls/{part}/transcript")


@both_eras
async def test_arguments_of_prompts_are_proposed_by_name(era: str) -> None:
    async with client(era) as connected:
        reference = types.PromptReference(name="run_campaign")
        found = await connected.complete(reference, {"name": "assistant", "value": ""})
        listed = await data(connected, "get_outbound_assistants")
        names = {row["name"] for row in next(v for v in listed.values() if isinstance(v, list))}
        assert set(found.completion.values) == names
        nothing = await connected.complete(reference, {"name": "goal", "value": ""})
        assert nothing.completion.values == []


@both_eras
async def test_the_reference_shows_the_offered_tools_and_no_other(era: str) -> None:
    async with client(era, toolsets=("calls",), exclude=("make_call",)) as connected:
        (page,) = (await connected.list_resources()).resources
        text = cast("Any", (await connected.read_resource(page.uri)).contents[0]).text
        assert "### get_call" in text
        assert "### make_call" not in text


@both_eras
async def test_without_the_tool_there_is_no_resource_and_no_prompt(era: str) -> None:
    async with client(era, toolsets=("sms",)) as connected:
        assert (await connected.list_prompts()).prompts == []
        assert (await connected.list_resource_templates()).resource_templates == []
        with pytest.raises(MCPError):
            await connected.read_resource("famulor://calls/1/transcript")


async def test_every_resource_is_of_a_tool_that_only_reads() -> None:
    assert {BY_NAME[resource.tool].effect for resource in RESOURCES} == {"read"}


@both_eras
async def test_three_tools_stand_for_all_others(era: str) -> None:
    async with client(era, dynamic=True) as connected:
        listed = (await connected.list_tools()).tools
        assert [tool.name for tool in listed] == [tool.name for tool in DYNAMIC]
        size = sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in listed)
        assert size / 4 <= 900
        found = await data(connected, "find_tools", task="Welche Anrufe gab es heute?")
        assert found["tools"][0] == {
            "name": "list_calls",
            "does": BY_NAME["list_calls"].description,
            "effect": "read",
            "required": [],
        }
        about = await data(connected, "describe_tool", name="list_calls")
        assert about["inputSchema"] == BY_NAME["list_calls"].input_schema
        assert about["annotations"] == BY_NAME["list_calls"].annotations
        through = await data(connected, "call_tool", name="list_calls", arguments={"per_page": 2})
        assert through == await data(connected, "list_calls", per_page=2)


@both_eras
@pytest.mark.parametrize("arguments", [{"per_page": 0}, {"nonsense": 1}, {"per_page": "many"}])
async def test_a_wrong_call_is_refused_alike_by_either_way(
    era: str, arguments: dict[str, Any]
) -> None:
    async with client(era, dynamic=True) as connected:
        through = await connected.call_tool(
            "call_tool", {"name": "list_calls", "arguments": arguments}
        )
        direct = await connected.call_tool("list_calls", arguments)
        assert through.is_error
        assert through.content == direct.content


@both_eras
@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("call_tool", {"name": "list_cals"}, "list_calls"),
        ("call_tool", {"name": "make_call", "arguments": {}}, "not offered"),
        ("call_tool", {"name": "call_tool"}, "no tool"),
        ("call_tool", {}, "name is required"),
        ("call_tool", {"name": "get_me", "arguments": "[1]"}, "arguments"),
        ("describe_tool", {"name": "make_call"}, "no tool"),
        ("find_tools", {"task": ""}, "task"),
        ("find_tools", {"task": "calls", "limit": 99}, "limit"),
    ],
)
async def test_behind_the_three_only_what_is_allowed_runs(
    era: str, name: str, arguments: dict[str, Any], words: str
) -> None:
    async with client(era, dynamic=True, read_only=True) as connected:
        result = await connected.call_tool(name, arguments)
        assert result.is_error
        assert words in cast("Any", result.content[0]).text


async def test_arguments_that_came_as_text_are_read() -> None:
    async with client(ERAS[1], dynamic=True) as connected:
        given = {"name": "list_calls", "arguments": json.dumps({"per_page": 1})}
        through = await data(connected, "call_tool", **given)
        assert through == await data(connected, "list_calls", per_page=1)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, (False, True, False, True)),
        ({"read_only": True}, (True, False, True, False)),
        ({"tools": ("get_me", "update_folder")}, (False, False, True, False)),
        ({"tools": ("get_me", "delete_folder")}, (False, True, True, False)),
    ],
)
async def test_the_calling_tool_is_as_cautious_as_the_gravest_behind_it(
    choice: dict[str, Any], expected: tuple[bool, ...]
) -> None:
    async with client(ERAS[1], dynamic=True, **choice) as connected:
        marks = (await connected.list_tools()).tools[2].annotations
        assert marks is not None
        assert expected == (
            marks.read_only_hint,
            marks.destructive_hint,
            marks.idempotent_hint,
            marks.open_world_hint,
        )


async def test_a_task_that_fits_nothing_is_answered_with_the_areas() -> None:
    async with client(ERAS[1], dynamic=True, toolsets=("sms", "account")) as connected:
        found = await data(connected, "find_tools", task="xyzzy")
        assert found == {
            "tools": [],
            "areas": {name: TOOLSETS[name] for name in ("account", "sms")},
        }


@both_eras
async def test_the_command_serves_the_chosen_tools_over_stdio(era: str) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "famulor_mcp", "stdio", "--sandbox", "--dynamic", "--preset", "calls"],
    )
    mode: Any = "legacy" if era < "2026" else "auto"
    async with Client(command, mode=mode) as connected:
        assert len((await connected.list_tools()).tools) == 3
        found = await data(connected, "find_tools", task="send a text message")
        assert found["tools"][0]["name"] == "send_sms"
        assert "name" in await data(connected, "call_tool", name="get_me")
        assert [one.name for one in (await connected.list_prompts()).prompts] == ["review_calls"]
        assert (await connected.list_resources()).resources


@both_eras
async def test_instructions_of_the_three_say_how_to_find(era: str) -> None:
    async with client(era, dynamic=True, toolsets=("calls", "sms")) as connected:
        words = connected.instructions or ""
        assert words.startswith("The tools of Famulor API are not listed: find_tools")
        assert "Areas: calls, sms." in words
