"""Knowledge bases, documents, mid-call tools, folders and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio

BASES = "/user/knowledgebases"
SITE = {"name": "Site", "type": "website", "url": "https://example.com"}


async def test_a_base_is_empty_then_processing_then_active_then_empty_again(api: Api) -> None:
    base = (await api.post(BASES, name="Handbuch"))["data"]
    assert base["status"] == "empty"
    assert "documents_count" not in base
    path = f"{BASES}/{base['id']}"
    document = (await api.post(f"{path}/documents", **SITE))["data"]
    assert document["status"] == "processing"
    assert "updated_at" not in document
    assert (await api.get(path))["data"]["status"] == "processing"
    api.clock.advance(6)
    assert (await api.get(f"{path}/documents/{document['id']}"))["data"]["status"] == "active"
    shown = (await api.get(path))["data"]
    assert (shown["status"], shown["documents_count"]) == ("active", 1)
    assert (await api("DELETE", f"{path}/documents/{document['id']}"))[0] == 200
    assert (await api.get(path))["data"]["status"] == "empty"


async def test_a_file_comes_as_multipart_and_an_empty_one_fails(api: Api) -> None:
    path = f"{BASES}/1/documents"
    form = {"name": "Preise", "type": "pdf"}
    for content, outcome in ((b"%PDF-1.7 prices", "active"), (b"", "failed")):
        files = {"file": ("preise.pdf", content, "application/pdf")}
        status, answer = await api("POST", path, data=form, files=files)
        assert (status, answer["data"]["type_label"]) == (201, "PDF")
        api.clock.advance(10)
        shown = (await api.get(f"{path}/{answer['data']['id']}"))["data"]
        assert shown["status"] == outcome


@pytest.mark.parametrize(
    ("form", "file", "field"),
    [
        ({"name": "x", "type": "pdf"}, None, "file"),
        ({"name": "x", "type": "pdf"}, ("notes.txt", b"x"), "file"),
        ({"name": "x", "type": "docx"}, ("big.docx", bytes(20 * 1024 * 1024 + 1)), "file"),
        ({"name": "x", "type": "odt"}, ("x.odt", b"x"), "type"),
        ({"name": "x", "type": "website"}, None, "url"),
        ({"type": "website", "url": "https://example.com"}, None, "name"),
        (SITE | {"relative_links_limit": 51}, None, "relative_links_limit"),
        ({"name": "x", "type": "website", "links": [{"link": "nope"}]}, None, "links.0.link"),
    ],
)
async def test_a_document_that_cannot_be_is_refused_by_field(
    form: dict[str, Any], file: tuple[str, bytes] | None, field: str, api: Api
) -> None:
    body = {"data": form, "files": {"file": file}} if file else {"json": form}
    status, answer = await api("POST", f"{BASES}/1/documents", **body)
    assert (status, list(answer["errors"])) == (422, [field])


async def test_an_update_changes_name_and_description_only_and_answers_less(api: Api) -> None:
    _, answer = await api("PUT", f"{BASES}/1", json={"name": "Neu"})
    assert answer["data"]["name"] == "Neu"
    assert answer["data"].keys().isdisjoint({"created_at", "documents_count", "assistants_count"})
    _, answer = await api("PUT", f"{BASES}/1/documents/1", json={"description": "Alt", "type": "x"})
    assert (answer["data"]["description"], answer["data"]["type"]) == ("Alt", "pdf")
    assert "created_at" not in answer["data"]


async def test_deleting_a_base_leaves_its_assistants_without(api: Api) -> None:
    assert (await api.get(f"{BASES}/1"))["data"]["assistants_count"] == 1
    await api("DELETE", f"{BASES}/1")
    assert await api("GET", f"{BASES}/1") == (404, {"error": "Knowledgebase not found"})
    rows = (await api.get("/user/assistants/get"))["data"]
    assert next(row for row in rows if row["id"] == 1)["knowledgebase_id"] is None


async def test_a_document_of_another_base_is_not_found(api: Api) -> None:
    assert await api("GET", f"{BASES}/2/documents/1") == (404, {"error": "Document not found"})


TOOL = {"name": "get_weather", "description": "Weather", "endpoint": "https://example.com/w"}


async def test_a_tool_has_defaults_and_an_update_replaces_its_lists(api: Api) -> None:
    headers = [{"name": "X-Key", "value": "secret"}, {"name": "X-Two", "value": "2"}]
    tool = (await api.post("/user/tools", **TOOL, method="GET", headers=headers))["data"]
    assert (tool["timeout"], tool["schema"], tool["headers"]) == (10, [], headers)
    await api("PUT", f"/user/tools/{tool['id']}", json={"headers": headers[:1]})
    shown = await api.get(f"/user/tools/{tool['id']}")
    assert (shown["headers"], shown["name"]) == (headers[:1], "get_weather")
    assert isinstance(await api.get("/user/tools"), list)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "_weather"}, "name"),
        ({"name": "Weather"}, "name"),
        ({"endpoint": "example.com"}, "endpoint"),
        ({"method": "HEAD"}, "method"),
        ({"timeout": 31}, "timeout"),
        ({"headers": [{"name": "X"}]}, "headers.0.value"),
        ({"schema": [{"name": "a", "type": "string", "description": "abc"}]}, "schema.0.name"),
        ({"schema": [{"name": "ab", "type": "bool", "description": "abc"}]}, "schema.0.type"),
    ],
)
async def test_a_bad_tool_is_refused_by_field(change: dict[str, Any], field: str, api: Api) -> None:
    body = TOOL | {"method": "GET"} | change
    status, answer = await api("POST", "/user/tools", json=body)
    assert (status, list(answer["errors"])) == (422, [field])


async def test_the_plan_limit_of_tools_is_a_message_without_errors(api: Api) -> None:
    for _ in range(18):
        await api.post("/user/tools", **TOOL, method="GET")
    status, answer = await api("POST", "/user/tools", json=TOOL | {"method": "GET"})
    assert (status, list(answer)) == (422, ["message"])


async def test_a_deleted_tool_leaves_its_assistants(api: Api) -> None:
    await api("DELETE", "/user/tools/1")
    tools = api.app.state.world.accounts[0].assistants[6]["tool_ids"]
    assert tools == [2]
    assert await api("GET", "/user/tools/1") == (404, {"message": "Tool not found"})


@pytest.mark.parametrize("kind", ["folder", "label"])
async def test_folders_and_labels_are_made_renamed_and_removed(kind: str, api: Api) -> None:
    status, answer = await api("POST", f"/user/{kind}", json={"name": "Neu", "color": "pink"})
    row = answer["data"]
    assert (status, row["color"], row["assistants_count"]) == (201, "pink", 0)
    _, answer = await api("PUT", f"/user/{kind}/{row['id']}", json={"color": None})
    assert (answer["data"]["color"], answer["data"]["name"]) == (None, "Neu")
    status, answer = await api("POST", f"/user/{kind}", json={"name": "Neu"})
    assert (status, answer["errors"]) == (422, {"name": ["The name has already been taken."]})
    bad = await api("POST", f"/user/{kind}", json={"name": "B", "color": "mauve"})
    assert (bad[0], list(bad[1]["errors"])) == (422, ["color"])
    assert (await api("DELETE", f"/user/{kind}/{row['id']}"))[0] == 200
    assert (await api("DELETE", f"/user/{kind}/{row['id']}"))[0] == 404


async def test_deleting_a_folder_and_a_label_keeps_the_assistants(api: Api) -> None:
    total = (await api.get("/user/assistants/get"))["total"]
    await api("DELETE", "/user/folder/1")
    await api("DELETE", "/user/label/1")
    assert (await api.get("/user/assistants/get"))["total"] == total
    row = api.app.state.world.accounts[0].assistants[1]
    assert (row["folder_id"], row["label_ids"]) == (None, [])
