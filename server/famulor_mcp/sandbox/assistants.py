"""Assistants: the rules of their many fields, and the shape in which they are listed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import dice
from .answer import Answer, message
from .builtin import check_tools, nested
from .clock import iso, plain
from .fields import CREATE_ONLY, DECIMALS, DEFAULTS, FIELDS, OF_MODE, UNLISTED
from .page import cut, short
from .rules import Check
from .seed import catalogue as stock
from .store import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from .store import Account, Request, Row, World

BARE = ["knowledgebase_mode", "allow_interruptions", "fillers"]
WEBHOOK = {"assistant_id": "required|integer", "webhook_url": "required|url"}
OUTBOUND = (
    "id", "user_id", "name", "type", "mode", "status", "voice_id", "language_id", "timezone",
    "initial_message", "system_prompt", "variables", "webhook_url", "is_webhook_active",
)  # fmt: skip


def index(request: Request) -> Answer:
    """All assistants, newest first, as ShortPage of ten with last_page."""
    page = cut(request, list(reversed(request.account.assistants.values())), size=10)
    return Answer(short(replace(page, rows=[view(row) for row in page.rows]), last_page=True))


def outbound(request: Request) -> Answer:
    """Assistants that call people, bare and short."""
    rows = (row for row in request.account.assistants.values() if row["type"] == "outbound")
    return Answer(
        [
            {name: row[name] for name in OUTBOUND}
            | {"created_at": plain(row["created"]), "updated_at": plain(row["updated"])}
            for row in rows
        ]
    )


def create(request: Request) -> Answer:
    """A new assistant, inactive at first."""
    check = Check(request.body, FIELDS | CREATE_ONLY)
    _cross(check, request.account, {})
    row = build(request.world, request.account, check.done())
    row |= {"created": request.now, "updated": request.now}
    return Answer({"message": "Assistant created successfully", "data": reference(row)}, 201)


def build(world: World, account: Account, given: Row) -> Row:
    """Store an assistant with the defaults for what was not given."""
    number = world.next_id("assistant")
    row = dict.fromkeys(name for name in FIELDS | CREATE_ONLY if "." not in name)
    row |= DEFAULTS | given
    row |= {
        "id": number,
        "user_id": account.id,
        "uuid": dice.uuid(world.seed, "assistant", number),
        "status": "inactive",
        "language": _iso(given["language_id"]),
        "inbound_webhook_url": None,
    }
    account.assistants[number] = row
    return row


def update(request: Request) -> Answer:
    """Change what is given; a new mode resets the settings of the old one."""
    row = _find(request)
    check = Check(request.body, FIELDS, partial=True)
    changed = check.data.get("mode", row["mode"]) != row["mode"]
    reset = dict.fromkeys(OF_MODE) if changed else {}
    if changed and check.data["mode"] != "pipeline":
        reset |= {name: DEFAULTS[name] for name in BARE}
    _cross(check, request.account, row | reset)
    row |= reset | check.done() | {"updated": request.now}
    row["language"] = _iso(row["language_id"])
    return Answer({"message": "Assistant updated successfully", "data": reference(row)})


def delete(request: Request) -> Answer:
    """Remove an assistant for good."""
    row = _find(request)
    del request.account.assistants[row["id"]]
    return Answer({"message": "Assistant deleted successfully"})


def reference(row: Row) -> Row:
    """AssistantRef."""
    return {name: row[name] for name in ("id", "name", "status", "type", "mode")}


def view(row: Row) -> Row:
    """The listed assistant: decimals as texts, two switches as 0/1, tools nested under data."""
    shown = {name: value for name, value in row.items() if name not in UNLISTED}
    return shown | {
        **{name: f"{row[name]:.2f}" for name in DECIMALS},
        "fillers": int(row["fillers"]),
        "end_call_on_voicemail": int(row["end_call_on_voicemail"]),
        "tools": [nested(tool) for tool in row["tools"]],
        "engine_id": row["multimodal_model_id"] or row["llm_model_id"],
        "synthesizer_id": row["synthesizer_provider_id"],
        "transcriber_id": row["transcriber_provider_id"],
        "instance_id": 1,
        "flows_platform_id": None,
        "widget_settings": {},
        "variables": row["variables"] or [],
        "created_at": iso(row["created"]),
        "updated_at": iso(row["updated"]),
        "deleted_at": None,
    }


def _find(request: Request) -> Row:
    missing = message(404, "Assistant not found")
    row: Row = find(request.account.assistants, request.path["id"], missing)
    return row


def _iso(language_id: int) -> str:
    return next(str(row["iso_2"]) for row in stock.LANGUAGES if row["id"] == language_id)


def _cross(check: Check, account: Account, stored: Row) -> None:
    """The rules between fields, on what the assistant would be."""
    if check.errors:
        return
    after = DEFAULTS | stored | check.data
    _mode_rules(check, after)
    _known(check, account, after)
    _number_rules(check, account, after, stored.get("id"))
    if after["is_webhook_active"] and not after.get("webhook_url"):
        check.fail(
            "webhook_url", "The webhook url field is required when is webhook active is true."
        )
    check_tools(check, account, stored.get("id"))


def _mode_rules(check: Check, after: Row) -> None:
    mode = after["mode"]
    model = "llm_model_id" if mode == "pipeline" else "multimodal_model_id"
    if after.get(model) is None:
        name = model.replace("_", " ")
        check.fail(model, f"The {name} field is required when mode is {mode}.")
    if mode == "pipeline":
        return
    if after["knowledgebase_mode"] != "function_call":
        check.fail(
            "knowledgebase_mode", f"The {mode} mode only supports knowledgebase mode function_call."
        )
    if after["allow_interruptions"] is False:
        check.fail("allow_interruptions", f"Interruptions cannot be disabled in {mode} mode.")
    if after["fillers"]:
        check.fail("fillers", f"Fillers are not available in {mode} mode.")
    if after.get("transcriber_provider_id") is not None:
        check.fail("transcriber_provider_id", f"A transcriber cannot be chosen in {mode} mode.")
    if mode == "multimodal" and after.get("synthesizer_provider_id") is not None:
        check.fail("synthesizer_provider_id", f"A synthesizer cannot be chosen in {mode} mode.")


def _known(check: Check, account: Account, after: Row) -> None:
    """Every id that is given must be one that there is, and fit the mode."""
    mode = after["mode"]
    bidirectional = stock.MODELS.get(mode if mode != "pipeline" else "multimodal", [])
    languages = _ids(stock.LANGUAGES)
    choices: dict[str, set[int]] = {
        "voice_id": {voice["id"] for voice in stock.VOICES if mode in voice["modes"]},
        "language_id": languages,
        "llm_model_id": _ids(stock.MODELS["llm"]),
        "multimodal_model_id": _ids(bidirectional),
        "chat_llm_fallback_id": _ids(stock.MODELS["llm"]),
        "secondary_language_ids": languages,
        "knowledgebase_id": set(account.knowledgebases),
        "folder_id": set(account.folders),
        "label_ids": set(account.labels),
        "tool_ids": set(account.tools),
        "phone_number_id": set(account.numbers),
        "synthesizer_provider_id": {each.id for each in stock.SYNTHESIZERS},
        "transcriber_provider_id": {each.id for each in stock.TRANSCRIBERS},
    }
    for field, known in choices.items():
        given = check.data.get(field)
        many = isinstance(given, list)
        for place, number in enumerate(given if isinstance(given, list) else [given]):
            if number is not None and number not in known:
                name = f"{field}.{place}" if many else field
                check.fail(
                    name, f"The selected {name if many else name.replace('_', ' ')} is invalid."
                )
    if (
        "mode" in check.data
        and "voice_id" not in check.data
        and (after["voice_id"] not in choices["voice_id"])
    ):
        check.fail("voice_id", f"The selected voice id is not available in {mode} mode.")


def _ids(rows: list[Row]) -> set[int]:
    return {row["id"] for row in rows}


def _number_rules(check: Check, account: Account, after: Row, own: int | None) -> None:
    number = account.numbers.get(after.get("phone_number_id") or 0)
    if number is None or after["type"] != "inbound":
        return
    if number["type"] == "caller_id":
        check.fail("phone_number_id", "A caller ID number cannot be used for inbound assistants.")
    held = (
        row["phone_number_id"] == number["id"] and row["type"] == "inbound" and row["id"] != own
        for row in account.assistants.values()
    )
    if any(held):
        check.fail("phone_number_id", "This number is already used by another inbound assistant.")


def _webhook(field: str, *, on: bool) -> Callable[[Request], Answer]:
    """A handler that turns one of the webhooks of an assistant on or off."""

    def handler(request: Request) -> Answer:
        rules = WEBHOOK if on else {"assistant_id": WEBHOOK["assistant_id"]}
        asked = Check(request.body, rules).done()
        row = request.account.assistants.get(asked["assistant_id"])
        if row is None:
            raise message(404, "Assistant not found")
        row |= {field: asked.get("webhook_url"), "updated": request.now}
        if field == "webhook_url":
            row["is_webhook_active"] = on
        state = "enabled" if on else "disabled"
        return Answer({"message": f"Webhook {state} successfully", "data": []})

    return handler


ENABLE_INBOUND = _webhook("inbound_webhook_url", on=True)
DISABLE_INBOUND = _webhook("inbound_webhook_url", on=False)
ENABLE_ENDED = _webhook("conversation_ended_webhook_url", on=True)
DISABLE_ENDED = _webhook("conversation_ended_webhook_url", on=False)
DISABLE_POST_CALL = _webhook("webhook_url", on=False)
