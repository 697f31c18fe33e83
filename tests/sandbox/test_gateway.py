"""Every tool, with the example of the specification, does its work on the sandbox.

The specification and the sandbox were written apart from each other, so this is where they meet.
The examples' ids are the documentation's; `IDS` gives those of the seeded account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from famulor_mcp.account import Account
from famulor_mcp.gateway import Gateway
from famulor_mcp.sandbox import KEY, ManualClock, make_app
from famulor_mcp.sandbox.routes import ROUTES
from famulor_mcp.send import Upstream
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from famulor_tools.table import Tool

pytestmark = pytest.mark.anyio

DOCUMENT = {"knowledgebase_id": 1, "document_id": 1}
IDS: dict[str, dict[str, Any]] = {
    "get_call": {"call_id": 1},
    "delete_call": {"call_id": 1},
    "create_assistant": {"voice_id": 108},
    "create_campaign": {"phone_number_ids": [1]},
    "update_campaign_status": {"campaign_id": 1},
    "delete_campaign": {"id": 1},
    "create_lead": {"campaign_id": 1},
    "update_lead": {"id": 1},
    "delete_lead": {"id": 1},
    "list_documents": {"knowledgebase_id": 1},
    "create_document": {"knowledgebase_id": 1},
    "get_document": DOCUMENT,
    "update_document": DOCUMENT,
    "delete_document": DOCUMENT,
    "purchase_phone_number": {"phone_number": "+493023125930"},
    "send_sms": {"from": 2},
    "get_whatsapp_templates": {"sender_id": 1},
    "get_whatsapp_session_status": {"sender_id": 1, "recipient_phone": "+493023125101"},
    "send_whatsapp_template": {"sender_id": 1, "template_id": 3},
    "send_whatsapp_freeform": {"sender_id": 1, "recipient_phone": "+493023125101"},
}
for _name in (
    "get_knowledgebase", "update_knowledgebase", "delete_knowledgebase", "get_mid_call_tool",
    "update_mid_call_tool", "delete_mid_call_tool", "update_phone_number", "release_phone_number",
):  # fmt: skip
    IDS[_name] = {"id": 1}


async def known(tool: Tool, app: Starlette, http: httpx.AsyncClient) -> dict[str, Any]:
    """Arguments that replace those of the example."""
    name, account = tool.name, app.state.world.accounts[0]
    if name == "create_conversation":
        return {"assistant_id": account.assistants[8]["uuid"]}
    if "uuid" in tool.example:
        return {"uuid": next(iter(account.conversations))}
    if name.endswith("sip_trunk") and name != "create_sip_trunk":
        body = {
            "sip_trunk_type": "extension", "phone_number": "200", "sip_username": "desk",
            "sip_password": "not-a-secret", "sip_address": "sip.example.com",
            "sip_calling_format": "e164", "inbound_authorization_type": "auth",
            "country_code": "DE",
        }  # fmt: skip
        answer = await http.post("/api/user/phone-numbers/sip-trunks", json=body)
        return {"id": answer.json()["data"]["id"]}
    return IDS.get(name, {})


def test_the_sandbox_and_the_specification_have_the_same_operations() -> None:
    def shape(method: str, path: str) -> tuple[str, list[str]]:
        return method, ["*" if part[:1] == "{" else part for part in path.split("/")]

    table = sorted({(tool.method, tool.path) for tool in TOOLS})
    routes = [(method, path) for method, path, _ in ROUTES]
    assert sorted(shape(*each) for each in table) == sorted(shape(*each) for each in routes)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_every_tool_works_with_its_example_and_answers_what_is_specified(tool: Tool) -> None:
    app = make_app(clock=ManualClock(), limits=())
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://sandbox", headers=headers
    ) as http:
        arguments = dict(tool.example) | await known(tool, app, http)
    upstream = Upstream("http://127.0.0.1", rate_limits=(), transport=httpx.ASGITransport(app))
    try:
        result = await Gateway(TOOLS, upstream, catalogue=TOOLS).call(
            tool.name, arguments, Account(KEY)
        )
    finally:
        await upstream.aclose()
    assert not result.is_error, result.text
    specified = (tool.output_schema or {}).get("properties", {})
    assert set(result.data or {}) <= set(specified)
