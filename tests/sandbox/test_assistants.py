"""What may be set on an assistant, what a change replaces, and how it is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

NEW: dict[str, Any] = {
    "name": "Nachtdienst",
    "voice_id": 100,
    "language_id": 1,
    "type": "outbound",
    "mode": "pipeline",
    "timezone": "Europe/Berlin",
    "initial_message": "Guten Abend!",
    "system_prompt": "Sei kurz.",
    "llm_model_id": 1,
}


async def listed(api: Api, number: int) -> dict[str, Any]:
    rows = (await api.get("/user/assistants/get", per_page=100))["data"]
    row: dict[str, Any] = next(row for row in rows if row["id"] == number)
    return row


async def created(api: Api, **more: Any) -> int:
    number: int = (await api.post("/user/assistant", **NEW | more))["data"]["id"]
    return number


async def refused(api: Api, number: int | None, **body: Any) -> dict[str, list[str]]:
    where = ("PUT", f"/user/assistant/{number}") if number else ("POST", "/user/assistant")
    status, answer = await api(*where, json=body)
    assert status == 422
    assert answer["message"].startswith(next(iter(answer["errors"].values()))[0])
    errors: dict[str, list[str]] = answer["errors"]
    return errors


async def test_a_new_assistant_is_inactive_and_has_the_documented_defaults(api: Api) -> None:
    status, answer = await api("POST", "/user/assistant", json=NEW)
    assert status == 201
    assert answer["data"].keys() == {"id", "name", "status", "type", "mode"}
    assert answer["data"]["status"] == "inactive"
    row = await listed(api, answer["data"]["id"])
    assert (row["max_duration"], row["max_silence_duration"], row["ringing_time"]) == (600, 40, 30)
    assert (row["voice_stability"], row["llm_temperature"]) == ("0.70", "0.10")
    assert (row["fillers"], row["end_call_on_voicemail"], row["record"]) == (0, 1, False)
    assert (row["language"], row["variables"]) == ("de", [])


async def test_every_missing_field_is_named(api: Api) -> None:
    errors = await refused(api, None)
    assert list(errors) == [
        "name", "voice_id", "language_id", "type", "mode", "timezone", "initial_message",
        "system_prompt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 256),
        ("initial_message", "x" * 201),
        ("type", "both"),
        ("timezone", "Berlin"),
        ("max_duration", 19),
        ("max_duration", 1201),
        ("max_silence_duration", 361),
        ("ringing_time", 61),
        ("reengagement_interval", 6),
        ("speech_speed", 1.3),
        ("endpoint_sensitivity", 5.1),
        ("min_interrupt_words", 11),
        ("llm_temperature", "warm"),
        ("record", "yes"),
        ("ambient_sound", "beach"),
        ("webhook_url", "ftp://example.com"),
        ("voice_id", 9999),
        ("voice_id", 301),
        ("language_id", 99),
        ("knowledgebase_id", 99),
        ("tool_ids.0", [99]),
        ("post_call_schema.0.name", [{"name": "Bad", "type": "bool", "description": "abc"}]),
        ("post_call_schema.0.type", [{"name": "good", "type": "boolean", "description": "abc"}]),
        ("filler_config.positive.1", {"positive": ["ja", 1]}),
        ("tools.0.phone_number", [{"type": "call_transfer"}]),
        ("tools.0.type", [{"type": "fly"}]),
        ("tools.0.timeout", [{"type": "collect_keypad", "timeout": 31}]),
        ("tools.0.assistant_id", [{"type": "assistant_transfer", "assistant_id": 3}]),
        ("tools.0.calcom_booking_fields.0.slug", [
            {"type": "calendar_integration", "calcom_api_key": "k", "calcom_event_slug": "s",
             "calcom_booking_fields": [{"type": "text", "label": "Name"}]},
        ]),
    ],
)  # fmt: skip
async def test_a_broken_rule_is_answered_under_its_dotted_name(
    field: str, value: Any, api: Api
) -> None:
    assert list(await refused(api, 3, **{field.split(".", maxsplit=1)[0]: value})) == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"llm_model_id": None, "mode": "pipeline"}, "llm_model_id"),
        ({"mode": "multimodal", "voice_id": 301}, "multimodal_model_id"),
        ({"mode": "dualplex", "multimodal_model_id": 21, "fillers": True}, "fillers"),
        ({"mode": "dualplex", "multimodal_model_id": 21, "knowledgebase_mode": "prompt"},
         "knowledgebase_mode"),
        ({"mode": "dualplex", "multimodal_model_id": 21, "allow_interruptions": False},
         "allow_interruptions"),
        ({"is_webhook_active": True}, "webhook_url"),
        ({"type": "inbound", "phone_number_id": 4}, "phone_number_id"),
        ({"type": "inbound", "phone_number_id": 1}, "phone_number_id"),
    ],
)  # fmt: skip
async def test_rules_between_fields_hold(change: dict[str, Any], field: str, api: Api) -> None:
    assert list(await refused(api, None, **NEW | change)) == [field]


async def test_an_update_keeps_what_it_does_not_name_and_replaces_lists(api: Api) -> None:
    number = await created(api, label_ids=[1, 2], variables={"a": 1, "b": 2}, speech_speed=1.1)
    await api("PUT", f"/user/assistant/{number}", json={"variables": {"c": 3}, "name": "Neu"})
    row = await listed(api, number)
    assert (row["name"], row["variables"], row["speech_speed"]) == ("Neu", {"c": 3}, "1.10")
    assert (await api.get("/user/labels"))["data"][1]["assistants_count"] == 5
    await api("PUT", f"/user/assistant/{number}", json={"label_ids": []})
    assert (await api.get("/user/labels"))["data"][1]["assistants_count"] == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chat_llm_fallback_id", 1), ("turn_detection_threshold", 0.5), ("knowledgebase_id", 1),
        ("folder_id", 1), ("phone_number_id", 1), ("synthesizer_provider_id", 1),
        ("transcriber_provider_id", 1), ("max_initial_silence_duration", 9),
        ("reengagement_prompt", "Noch da?"), ("voice_mail_message", "Hallo"),
        ("min_interrupt_words", 2), ("webhook_url", "https://example.com"),
    ],
)  # fmt: skip
async def test_null_clears_the_documented_fields(field: str, value: Any, api: Api) -> None:
    number = await created(api, **{field: value})
    stored = api.app.state.world.accounts[0].assistants[number]
    assert stored[field] == value
    status, _ = await api("PUT", f"/user/assistant/{number}", json={field: None})
    assert (status, stored[field]) == (200, None)


async def test_null_is_refused_elsewhere(api: Api) -> None:
    assert list(await refused(api, 3, max_duration=None)) == ["max_duration"]


async def test_a_new_mode_resets_the_settings_of_the_old_one(api: Api) -> None:
    body = {"mode": "multimodal", "multimodal_model_id": 11, "voice_id": 301}
    assert (await api("PUT", "/user/assistant/3", json=body))[0] == 200
    row = await listed(api, 3)
    assert (row["llm_model_id"], row["transcriber_provider_id"]) == (None, None)
    assert row["multimodal_model_id"] == 11


async def test_tools_are_sent_flat_and_listed_under_data(api: Api) -> None:
    transfer = {
        "type": "warm_call_transfer",
        "supervisor_phone": "+493023125010",
        "outbound_phone_id": 1,
        "description": "Auf Wunsch",
    }
    number = await created(api, tools=[transfer, {"type": "collect_keypad"}])
    first, second = (await listed(api, number))["tools"]
    assert first["type"] == "warm_call_transfer"
    assert first["data"]["outbound_phone_id"] == "1"
    assert (first["data"]["hold_music_volume"], "type" in first["data"]) == (80, False)
    assert second == {"type": "collect_keypad", "data": {"timeout": 5, "stop_key": "#"}}


async def test_older_names_are_ignored_in_silence(api: Api) -> None:
    body = {"assistant_name": "Alt", "max_call_duration": 5, "engine_type": "none"}
    assert (await api("PUT", "/user/assistant/3", json=body))[0] == 200
    assert (await listed(api, 3))["name"] == "Terminbestätigung Wartung"


async def test_a_number_can_be_given_as_digits_and_a_switch_as_0_or_1(api: Api) -> None:
    number = await created(api, max_duration="300", record=1)
    row = await listed(api, number)
    assert (row["max_duration"], row["record"]) == (300, True)


async def test_webhooks_are_switched_on_and_off(api: Api) -> None:
    base = "/user/assistants"
    url = "https://example.com/in"
    answer = await api.post(f"{base}/enable-inbound-webhook", assistant_id=1, webhook_url=url)
    assert answer["data"] == []
    assert (await listed(api, 1))["inbound_webhook_url"] == url
    await api.post(f"{base}/disable-webhook", assistant_id=3)
    row = await listed(api, 3)
    assert (row["is_webhook_active"], row["webhook_url"]) == (False, None)
    missing = await api("POST", f"{base}/disable-webhook", json={"assistant_id": 99})
    assert missing == (404, {"message": "Assistant not found"})


async def test_a_deleted_assistant_is_gone(api: Api) -> None:
    assert (await api("DELETE", "/user/assistant/8"))[0] == 200
    assert await api("DELETE", "/user/assistant/8") == (404, {"message": "Assistant not found"})


async def test_the_stock_is_large_and_fits_by_mode_and_language(api: Api) -> None:
    assert len(await api.get("/user/assistants/languages")) >= 8
    pipeline = await api.get("/user/assistants/voices", mode="pipeline")
    realtime = await api.get("/user/assistants/voices", mode="multimodal")
    assert len(pipeline) >= 40
    assert not {voice["id"] for voice in pipeline} & {voice["id"] for voice in realtime}
    german = await api.get("/user/assistants/voices", language_id=1)
    assert {voice["language_id"] for voice in german} == {1}
    everything = await api.get("/user/assistants/voices")
    assert len(everything) == len(pipeline) + len(realtime)
    assert all("code" not in model for model in await api.get("/user/assistants/models"))
    dualplex = await api.get("/user/assistants/models", type="dualplex")
    assert all(model["code"] for model in dualplex)
    providers = "/user/assistants/transcriber-providers"
    assert len(await api.get(providers, language_id=12)) < len(await api.get(providers))


async def test_outbound_assistants_are_a_bare_list_with_uuids_left_out(api: Api) -> None:
    rows = await api.get("/user/assistants/outbound")
    assert {row["type"] for row in rows} == {"outbound"}
    assert "uuid" not in rows[0]


async def test_numbers_for_inbound_hide_caller_ids_and_taken_ones(api: Api) -> None:
    path = "/user/assistants/phone-numbers"
    assert len(await api.get(path)) == 4
    assert await api.get(path, type="inbound") == []
    await api("PUT", "/user/assistant/1", json={"phone_number_id": None})
    assert [row["id"] for row in await api.get(path, type="inbound")] == [1]
