"""What an operator chooses is what is offered, and read-only wins."""

from __future__ import annotations

from typing import Any, cast

import pytest

from famulor_mcp.selection import select
from famulor_mcp.settings import Settings, SettingsError
from famulor_tools.table import Preset, Tool

TOOLSETS = {"calls": "Calls.", "texts": "Texts.", "leads": "Leads."}


def tool(name: str, toolset: str, effect: str) -> Tool:
    parts = dict.fromkeys(Tool.__dataclass_fields__, cast("Any", None))
    return Tool(**parts | {"name": name, "toolset": toolset, "effect": effect, "older": ()})


TOOLS = (
    tool("list_calls", "calls", "read"),
    tool("make_call", "calls", "contact"),
    tool("list_texts", "texts", "read"),
    tool("send_text", "texts", "contact"),
    tool("delete_lead", "leads", "delete"),
)


PRESETS = {"phone": Preset("Phone.", ("make_call", "list_calls")), "text": Preset("Text.", ())}


def names(**choices: Any) -> list[str]:
    return [tool.name for tool in select(TOOLS, TOOLSETS, Settings(**choices), PRESETS)]


@pytest.mark.parametrize(
    ("choices", "offered"),
    [
        ({}, ["list_calls", "make_call", "list_texts", "send_text", "delete_lead"]),
        ({"toolsets": ("texts", "calls")}, ["list_calls", "make_call", "list_texts", "send_text"]),
        ({"tools": ("delete_lead", "list_calls")}, ["list_calls", "delete_lead"]),
        (
            {"toolsets": ("calls",), "tools": ("send_text",)},
            ["list_calls", "make_call", "send_text"],
        ),
        ({"exclude": ("calls", "delete_lead")}, ["list_texts", "send_text"]),
        ({"tools": ("make_call", "list_calls"), "exclude": ("make_call",)}, ["list_calls"]),
        ({"preset": "phone"}, ["list_calls", "make_call"]),
        ({"preset": "phone", "tools": ("send_text",)}, ["list_calls", "make_call", "send_text"]),
        ({"preset": "phone", "toolsets": ("leads",)}, ["list_calls", "make_call", "delete_lead"]),
        ({"preset": "phone", "exclude": ("make_call",)}, ["list_calls"]),
        ({"preset": "phone", "read_only": True}, ["list_calls"]),
        ({"preset": "all"}, ["list_calls", "make_call", "list_texts", "send_text", "delete_lead"]),
        ({"preset": "all", "toolsets": ("leads",)}, ["delete_lead"]),
        ({"read_only": True}, ["list_calls", "list_texts"]),
        ({"read_only": True, "tools": ("make_call", "list_calls")}, ["list_calls"]),
    ],
)
def test_choices_add_up_in_the_order_of_the_table(
    choices: dict[str, Any], offered: list[str]
) -> None:
    assert names(**choices) == offered


@pytest.mark.parametrize(
    ("choices", "parts"),
    [
        ({"toolsets": ("cals",)}, ["--toolsets (FAMULOR_TOOLSETS)", "toolset 'cals'", "calls"]),
        ({"toolsets": ("zzz",)}, ["calls, texts, leads"]),
        ({"tools": ("make_cal",)}, ["--tools (FAMULOR_TOOLS)", "tool 'make_cal'", "make_call"]),
        ({"preset": "fone"}, ["--preset (FAMULOR_PRESET)", "preset 'fone'", "Nearest: phone."]),
        ({"preset": "zzz"}, ["all, phone, text"]),
        ({"exclude": ("leeds",)}, ["--exclude (FAMULOR_EXCLUDE)", "leads"]),
    ],
)
def test_an_unknown_name_is_named_with_the_nearest(
    choices: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        names(**choices)
    for part in parts:
        assert part in str(caught.value)


def test_choices_that_leave_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"--tools .* --read-only .* exclude all"):
        names(tools=("make_call",), read_only=True)
