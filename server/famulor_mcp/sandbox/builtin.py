"""The built-in tools of an assistant: sent flat, listed with their fields under `data`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rules import Check

if TYPE_CHECKING:
    from .store import Account, Row

KINDS: dict[str, dict[str, str]] = {
    "call_transfer": {
        "phone_number": "required|string",
        "description": "string",
        "custom": "boolean",
        "timezone": "string",
        "warm_transfer": "boolean",
        "warm_transfer_message": "string",
    },
    "warm_call_transfer": {
        "supervisor_phone": "required|string",
        "outbound_phone_id": "required|integer",
        "description": "required|string",
        "custom_sip": "boolean",
        "caller_id_mode": "string|in:outbound_number,customer_number,custom",
        "custom_caller_id": "string|required_if:caller_id_mode,custom",
        "hold_music": "string|in:hold_music,none",
        "hold_music_volume": "integer|min:0|max:100",
        "hold_message": "string",
        "summary_instructions": "string",
        "briefing_initial_message": "string",
        "connected_message": "string",
    },
    "end_call": {"description": "string"},
    "dtmf_input": {"description": "string"},
    "collect_keypad": {"timeout": "integer|min:1|max:30", "stop_key": "string|in:#,*"},
    "calendar_integration": {
        "calcom_api_key": "required|string",
        "calcom_event_slug": "required|string",
        "calcom_team_slug": "string",
        "calcom_endpoint": "string|in:us,eu,custom",
        "calcom_custom_endpoint": "url|required_if:calcom_endpoint,custom",
        "calcom_booking_fields": "array",
        "calcom_booking_fields.*.slug": "required|string",
        "calcom_booking_fields.*.type": "required|string",
        "calcom_booking_fields.*.label": "required|string",
        "calcom_booking_fields.*.required": "boolean",
        "calcom_booking_fields.*.options": "array",
        "description": "string",
    },
    "assistant_transfer": {
        "assistant_id": "required|integer",
        "description": "string|max:500",
        "message_before_transfer": "string|max:500",
        "speak_transfer_greeting": "boolean",
    },
}
DEFAULTS: dict[str, Row] = {
    "call_transfer": {"warm_transfer": False},
    "warm_call_transfer": {
        "custom_sip": False,
        "caller_id_mode": "outbound_number",
        "hold_music": "hold_music",
        "hold_music_volume": 80,
        "hold_message": "Please hold while I connect you.",
        "summary_instructions": "Summarise the caller's request in two sentences.",
        "briefing_initial_message": "I have a caller on the line for you.",
        "connected_message": "You are connected now.",
    },
    "collect_keypad": {"timeout": 5, "stop_key": "#"},
    "calendar_integration": {"calcom_endpoint": "us"},
    "assistant_transfer": {
        "description": "Transfer the call to the other assistant.",
        "speak_transfer_greeting": True,
    },
}


def check_tools(check: Check, account: Account, own: int | None) -> None:
    """Check the tools that are given, each by the rules of its type; errors are dotted."""
    for place, tool in enumerate(check.data.get("tools") or []):
        path = f"tools.{place}"
        if not isinstance(tool, dict):
            check.fail(path, f"The {path} field must be an array.")
            continue
        kind = tool.get("type")
        if kind not in KINDS:
            verb = "field is required" if kind is None else "is invalid"
            lead = "The" if kind is None else "The selected"
            check.fail(f"{path}.type", f"{lead} {path}.type {verb}.")
            continue
        _one(check, path, tool, account, own)


def _one(check: Check, path: str, tool: Row, account: Account, own: int | None) -> None:
    inner = Check(tool, KINDS[tool["type"]])
    if not inner.errors and tool["type"] == "assistant_transfer":
        target = inner.data["assistant_id"]
        if target not in account.assistants or target == own:
            inner.fail("assistant_id", "The selected assistant id is invalid.")
    dials = inner.data.get("outbound_phone_id")
    if not inner.errors and dials is not None and dials not in account.numbers:
        inner.fail("outbound_phone_id", "The selected outbound phone id is invalid.")
    for field, texts in inner.errors.items():
        for text in texts:
            spoken = field.replace("_", " ")
            check.fail(f"{path}.{field}", text.replace(spoken, f"{path}.{field}", 1))
    kind = tool["type"]
    tool.clear()
    tool.update({"type": kind} | DEFAULTS.get(kind, {}) | inner.data)


def nested(tool: Row) -> Row:
    """A stored tool as it is listed; the id of a warm transfer's number becomes a text."""
    data = {name: value for name, value in tool.items() if name != "type"}
    if "outbound_phone_id" in data:
        data["outbound_phone_id"] = str(data["outbound_phone_id"])
    return {"type": tool["type"], "data": data}
