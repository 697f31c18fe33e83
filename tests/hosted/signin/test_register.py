"""Registration (RFC 7591): what a client may be, and what it may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.hosted.signin.parties import BACK, House, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://chatgpt.com/connector_platform_oauth_redirect",
        "https://app.example",
        "https://app.example:8443/cb?x=1&y=",
        "http://127.0.0.1",
        "http://127.0.0.1:33418/",
        "http://[::1]:8080/cb",
        "http://localhost:6274/oauth/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://vscode.github-authentication/did-authenticate",
        "com.example.app:/callback",
    ],
)
async def test_addresses_that_clients_use_can_be_registered_and_come_back_as_they_are(
    house: House, uri: str
) -> None:
    answer = await house.register(redirect_uris=[uri])

    assert (answer.status_code, answer.json()["redirect_uris"]) == (201, [uri])
    assert (await house.ask(answer.json()["client_id"], redirect_uri=uri)).status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/cb",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://localhost@evil.example/",
        "http://127.1/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "vbscript:x",
        "blob:https://app.example/1",
        "about:blank",
        "view-source:https://app.example/",
        "intent://x",
        "ms-msdt:/id",
        "https://user@app.example/",
        "https://app.example/#fragment",
        "https://app.example\\@evil.example/",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https://app.example/ä",
        "https://app.example:99999/",
        "https:///cb",
        "https:cb",
        "//app.example/cb",
        "/cb",
        "",
        "https://app.example/" + "x" * 500,
        5,
        None,
        ["https://app.example"],
    ],
)
async def test_an_address_that_could_run_something_or_lead_astray_is_refused(
    house: House, uri: Any
) -> None:
    answer = await house.register(redirect_uris=[BACK, uri])

    refused(answer, 400, "invalid_redirect_uri")
    assert "redirect_uris[1]" in answer.json()["error_description"]


@pytest.mark.parametrize("uris", [[], None, BACK, {}, [BACK] * 11, [BACK + "x" * 440] * 5])
async def test_a_few_addresses_must_be_registered(house: House, uris: Any) -> None:
    refused(await house.register(redirect_uris=uris), 400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("none", "none"),
        ("client_secret_post", "client_secret_post"),
        ("client_secret_basic", "client_secret_post"),
        (None, "client_secret_post"),
    ],
)
async def test_rfc7591_3_2_1_the_answer_says_how_to_authenticate_here(
    house: House, asked: str | None, given: str
) -> None:
    issued = (await house.register(token_endpoint_auth_method=asked)).json()

    assert issued["token_endpoint_auth_method"] == given
    assert ("client_secret" in issued) == (given != "none")
    assert issued.get("client_secret_expires_at", 0) == 0
    assert set(issued["grant_types"]) == {"authorization_code", "refresh_token"}
    assert (issued["response_types"], issued["scope"]) == (["code"], "tools")
    assert issued["client_id_issued_at"] == int(house.clock.now().timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
        {"client_name": "x" * 201},
        {"client_name": {"en": "x"}},
        {"client_name": 5},
        {"client_uri": "javascript:alert(1)"},
        {"grant_types": "authorization_code"},
    ],
)
async def test_a_client_that_could_not_work_here_is_told_so(
    house: House, changes: dict[str, Any]
) -> None:
    refused(await house.register(**changes), 400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"[" * 20_000,
        b'{"redirect_uris": ["\\ud800"]}',
        b"NaN",
    ],
)
async def test_a_body_that_is_no_registration_is_refused_as_rfc_7591_says(
    house: House, body: bytes
) -> None:
    answer = await house.http.post("/register", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


async def test_a_body_of_more_than_64_kilobytes_is_not_read(house: House) -> None:
    for path in ("/register", "/token", "/revoke", "/consent"):
        answer = await house.http.post(path, content=b"x" * 65_537)
        assert answer.status_code == 413


async def test_a_registration_tells_nobody_what_it_holds_and_fits_in_an_address(
    house: House,
) -> None:
    uris = [f"https://app.example/{number}/" + "x" * 170 for number in range(10)]
    issued = (await house.register(redirect_uris=uris, client_name="n" * 200)).json()

    assert "app" not in issued["client_id"].lower() or "example" not in issued["client_id"]
    assert len(issued["client_id"]) < 3500
    assert (await house.ask(issued["client_id"], redirect_uri=uris[9])).status_code == 200


async def test_placeholders_of_clients_that_send_empty_members_are_taken(house: House) -> None:
    answer = await house.http.post(
        "/register",
        content=json.dumps({"redirect_uris": [BACK], "client_uri": "", "client_name": ""}),
    )

    assert answer.status_code == 201
    assert "client_name" not in answer.json()
