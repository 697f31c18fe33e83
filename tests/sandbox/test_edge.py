"""Keys, routes, rate limits, paginators: what every endpoint has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.sandbox.account import client

from famulor_mcp.sandbox import KEY, SECOND_KEY, ManualClock, make_app
from famulor_mcp.sandbox.routes import ROUTES

if TYPE_CHECKING:
    from tests.sandbox.account import Api

pytestmark = pytest.mark.anyio


def test_there_is_a_route_for_each_of_the_74_documented_operations() -> None:
    assert len({(method, path) for method, path, _ in ROUTES}) == len(ROUTES) == 74


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer wrong", "Basic sandbox-key", KEY[:-1]])
async def test_a_bad_key_is_401_with_json_and_the_login_page_without(key: str) -> None:
    transport = httpx.ASGITransport(make_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
        headers = {"Authorization": key}
        json = await http.get("/api/user/me", headers=headers | {"Accept": "application/json"})
        assert (json.status_code, json.json()) == (401, {"message": "Unauthenticated."})
        page = await http.get("/api/user/me", headers=headers)
        assert (page.status_code, page.headers["Location"]) == (302, "http://sandbox/login")
        login = await http.get("/login")
        assert login.headers["Content-Type"].startswith("text/html")


async def test_a_bad_key_of_the_automate_endpoints_is_an_error_without_message(api: Api) -> None:
    api.http.headers["Authorization"] = "Bearer wrong"
    path = "/automate/conversations/0/enable-ai"
    assert await api("POST", path) == (401, {"error": "Unauthorized"})


async def test_an_unknown_route_and_a_wrong_method_answer_in_the_framework_words(api: Api) -> None:
    status, body = await api("GET", "/user/nothing")
    assert (status, body) == (
        404,
        {"message": "The route api/user/nothing could not be found."},
    )
    answer = await api.http.patch("/api/user/assistant/1")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "DELETE, PUT"
    assert "The PATCH method is not supported" in answer.json()["message"]


async def test_twenty_requests_in_ten_seconds_pass_and_the_next_is_told_to_wait() -> None:
    clock = ManualClock()
    async with client(make_app(clock=clock), KEY) as http:
        left = [
            int((await http.get("/api/user/me")).headers["X-RateLimit-Remaining"])
            for _ in range(20)
        ]
        assert left == list(range(19, -1, -1))
        clock.advance(3)
        refused = await http.get("/api/user/me")
        assert refused.status_code == 429
        assert refused.json() == {"message": "Too Many Attempts.", "retry_after": 7}
        assert refused.headers["Retry-After"] == "7"
        reset = int(refused.headers["X-RateLimit-Reset"])
        assert reset == int(clock.now().timestamp()) + 7
        clock.advance(7)
        assert (await http.get("/api/user/me")).status_code == 200


async def test_a_hundred_requests_a_minute_is_the_other_limit() -> None:
    clock = ManualClock()
    async with client(make_app(clock=clock), KEY) as http:
        for _ in range(100):
            assert (await http.get("/api/user/me")).status_code == 200
            clock.advance(0.55)
        assert (await http.get("/api/user/me")).headers["X-RateLimit-Limit"] == "100"


async def test_the_accounts_are_limited_apart() -> None:
    app = make_app(clock=ManualClock())
    async with client(app, KEY) as http, client(app, SECOND_KEY) as second:
        for _ in range(21):
            last = await http.get("/api/user/me")
        assert last.status_code == 429
        assert (await second.get("/api/user/me")).status_code == 200


async def test_the_same_seed_gives_the_same_account_and_another_seed_another() -> None:
    async def calls(seed: int) -> Any:
        async with client(make_app(seed, ManualClock()), KEY) as http:
            return (await http.get("/api/user/calls", params={"per_page": 50})).json()

    assert await calls(7) == await calls(7)
    assert (await calls(7))["data"] != (await calls(8))["data"]


OWN = [
    "assistants/outbound",
    "calls",
    "campaigns",
    "leads",
    "conversations",
    "knowledgebases",
    "tools",
    "folders",
    "labels",
    "phone-numbers/all",
    "phone-numbers/sip-trunks",
    "whatsapp/senders",
    "assistants/phone-numbers",
]


@pytest.mark.parametrize("path", OWN)
async def test_nothing_of_one_account_shows_in_the_other(path: str, api: Api, other: Api) -> None:
    def rows(body: Any) -> list[Any]:
        return list(body["data"] if isinstance(body, dict) else body)

    mine, theirs = rows(await api.get(f"/user/{path}")), rows(await other.get(f"/user/{path}"))
    assert not {row["id"] for row in mine} & {row["id"] for row in theirs}
    assert mine or path == "phone-numbers/sip-trunks"


async def test_an_id_of_another_account_is_not_found(api: Api, other: Api) -> None:
    for method, path, body in (
        ("PUT", "/user/assistant/1", {"name": "x"}),
        ("GET", "/user/calls/1", {}),
        ("DELETE", "/user/campaign/1", {}),
        ("DELETE", "/user/leads/20", {}),
        ("GET", "/user/knowledgebases/1", {}),
        ("DELETE", "/user/phone-numbers/1", {}),
        ("GET", "/user/tools/1", {}),
        ("PUT", "/user/folder/1", {"name": "x"}),
    ):
        assert (await other(method, path, json=body))[0] == 404, path
        assert (await api(method, path, json=body))[0] == 200, path


async def test_a_full_page_links_to_its_neighbours(api: Api) -> None:
    page = await api.get("/user/calls", per_page=10, page=2, type="outbound")
    total = page["total"]
    assert (page["current_page"], page["from"], page["to"]) == (2, 11, min(20, total))
    assert page["prev_page_url"] == (
        "http://sandbox/api/user/calls?per_page=10&type=outbound&page=1"
    )
    assert [link["label"] for link in page["links"]][:2] == ["&laquo; Previous", "1"]
    assert page["last_page"] == -(-total // 10)


async def test_an_empty_full_page_has_no_from_and_to(api: Api) -> None:
    page = await api.get("/user/leads", phone_number="no such number")
    assert (page["data"], page["from"], page["to"], page["last_page"]) == ([], None, None, 1)


async def test_short_pages_have_four_fields_and_the_assistants_five(api: Api) -> None:
    short = {"data", "current_page", "per_page", "total"}
    assert (await api.get("/user/folders")).keys() == short
    assistants = await api.get("/user/assistants/get")
    assert assistants.keys() == short | {"last_page"}
    assert assistants["per_page"] == 10


async def test_a_cursor_walks_all_conversations_once_and_back(api: Api) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await api.get("/user/conversations", per_page=4, **cursor)
        seen += [row["id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 9
    assert "total" not in page
    back = await api.get("/user/conversations", per_page=4, cursor=page["prev_cursor"])
    assert [row["id"] for row in back["data"]] == seen[4:8]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/user/calls", {"per_page": 101}, "per_page"),
        ("/user/calls", {"page": 0}, "page"),
        ("/user/calls", {"status": "gone"}, "status"),
        ("/user/leads", {"date_from": "yesterday"}, "date_from"),
        ("/user/conversations", {"type": "fax"}, "type"),
        ("/user/assistants/models", {"type": "gpt"}, "type"),
        ("/user/phone-numbers/search", {"country_code": "FR"}, "country_code"),
        ("/user/phone-numbers/search", {"contains": "12a"}, "contains"),
    ],
)
async def test_a_bad_filter_is_named(
    path: str, query: dict[str, Any], field: str, api: Api
) -> None:
    status, body = await api("GET", path, params=query)
    assert status == 422
    assert list(body["errors"]) == [field]


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"name": NaN}', b"[" * 100_000, b"\xff"])
async def test_a_body_that_is_no_object_counts_as_empty(body: bytes, api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    status, answer = await api("POST", "/user/folder", content=body, headers=headers)
    assert (status, list(answer["errors"])) == (422, ["name"])
