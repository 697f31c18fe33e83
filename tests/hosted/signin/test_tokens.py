"""Codes and tokens: each way to misuse one is refused as its RFC says."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from tests.hosted.signin.parties import (
    BACK,
    ISSUER,
    KEY,
    OLDER,
    SECRET,
    VERIFIER,
    AwayStore,
    House,
    refused,
)

pytestmark = pytest.mark.anyio
REFUSED = (400, "invalid_grant")


@pytest.fixture
def house() -> House:
    return House()


async def test_a_sign_in_gives_tokens_that_stand_for_the_key(house: House) -> None:
    client = await house.client()

    tokens = await house.tokens(client)
    identity = await house.door.identify(tokens["access_token"])

    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == (
        "Bearer",
        3600,
        "tools",
    )
    assert identity is not None
    assert (identity.key, identity.scopes, identity.certain) == (KEY, ("tools",), True)
    assert identity.expires == int(house.clock.now().timestamp()) + 3600
    assert KEY not in str(tokens) + repr(identity)


async def test_rfc6749_10_5_a_replayed_code_is_refused_and_what_it_gave_is_revoked(
    house: House,
) -> None:
    client = await house.client()
    code = await house.code(client)
    tokens = (await house.exchange(client, code)).json()

    refused(await house.exchange(client, code), *REFUSED)

    assert await house.door.identify(tokens["access_token"]) is None
    refused(await house.refresh(client, tokens["refresh_token"]), *REFUSED)


async def test_rfc6749_4_1_2_a_code_is_good_for_a_minute(house: House) -> None:
    client = await house.client()
    code = await house.code(client)

    house.clock.advance(61)

    refused(await house.exchange(client, code), *REFUSED)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),  # RFC 7636 section 4.6
        ({"code_verifier": "v" * 42}, "invalid_request"),  # RFC 7636 section 4.1
        ({"code_verifier": "v" * 129}, "invalid_request"),
        ({"code_verifier": "v" * 42 + "ä"}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "https://app.example/callback"}, "invalid_grant"),  # RFC 6749 5.2
        ({"redirect_uri": BACK + "#"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"code": "v1.AAAA"}, "invalid_grant"),
        ({"code": ["a", "b"]}, "invalid_request"),  # RFC 6749 section 3.2: no parameter twice
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),  # RFC 6749 section 5.2
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ["authorization_code"] * 2}, "invalid_request"),
        ({"scope": ["tools", "tools"]}, "invalid_request"),  # what is not read here is no exception
        ({"unknown": ["a", "b"]}, "invalid_request"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),  # RFC 8707 section 2
        ({"resource": [f"{ISSUER}/mcp", "https://other.example"]}, "invalid_target"),
        ({"client_id": None}, "invalid_request"),
    ],
)
async def test_a_wrong_token_request_is_refused_and_does_not_use_the_code_up(
    house: House, changes: dict[str, Any], error: str
) -> None:
    client = await house.client()
    code = await house.code(client)

    refused(await house.exchange(client, code, **changes), 400, error)

    assert (await house.exchange(client, code)).status_code == 200


async def test_oauth_2_1_clients_leave_the_redirect_uri_out_of_the_token_request(
    house: House,
) -> None:
    client = await house.client()

    answer = await house.exchange(client, await house.code(client), redirect_uri=None)

    assert answer.status_code == 200


async def test_rfc6749_5_2_a_code_or_token_for_another_client_is_refused(house: House) -> None:
    client, other = await house.client(), await house.client()
    code = await house.code(client)

    refused(await house.exchange(other, code), *REFUSED)
    tokens = (await house.exchange(client, code)).json()
    refused(await house.refresh(other, tokens["refresh_token"]), *REFUSED)
    refused(await house.revoke(other, tokens["refresh_token"]), *REFUSED)

    assert await house.door.identify(tokens["access_token"])


@pytest.mark.parametrize("place", ["start", "middle", "end", "longer"])
async def test_an_altered_client_id_code_or_token_is_refused(house: House, place: str) -> None:
    client = await house.client()
    code = await house.code(client)

    refused(await house.exchange(altered(client, place), code), 401, "invalid_client")
    refused(await house.exchange(client, altered(code, place)), *REFUSED)
    tokens = (await house.exchange(client, code)).json()
    refused(await house.refresh(client, altered(tokens["refresh_token"], place)), *REFUSED)
    assert await house.door.identify(altered(tokens["access_token"], place)) is None


def altered(text: str, place: str) -> str:
    if place == "longer":
        return text + "A"
    spot = {"start": 4, "middle": len(text) // 2, "end": len(text) - 1}[place]
    return text[:spot] + ("A" if text[spot] != "A" else "B") + text[spot + 1 :]


async def test_what_is_sealed_for_one_purpose_is_no_good_for_another(house: House) -> None:
    client = await house.client()
    page = (await house.ask(client)).json()
    code = await house.code(client)
    tokens = (await house.exchange(client, code)).json()
    access, refresh = tokens["access_token"], tokens["refresh_token"]

    for text in (client, page["transaction"], code, refresh):
        assert await house.door.identify(text) is None
    for text in (client, page["transaction"], code, access):
        refused(await house.refresh(client, text), *REFUSED)
    for text in (client, page["transaction"], access, refresh):
        refused(await house.exchange(client, text), *REFUSED)


async def test_an_access_token_is_good_for_an_hour(house: House) -> None:
    tokens = await house.tokens(await house.client())

    house.clock.advance(3599)
    assert await house.door.identify(tokens["access_token"])
    house.clock.advance(1)

    assert await house.door.identify(tokens["access_token"]) is None


async def test_a_confidential_client_must_show_its_secret_in_the_form(house: House) -> None:
    issued = (await house.register(token_endpoint_auth_method="client_secret_post")).json()
    client, secret = issued["client_id"], issued["client_secret"]
    code = await house.code(client)

    for wrong in (None, "", "0" * 64, secret + "0", "ä", [secret, secret]):
        status, error = (
            (400, "invalid_request") if isinstance(wrong, list) else (401, "invalid_client")
        )
        refused(await house.exchange(client, code, client_secret=wrong), status, error)
    answer = await house.exchange(client, code, client_secret=secret)
    assert answer.status_code == 200

    token = answer.json()["refresh_token"]
    refused(await house.revoke(client, token), 401, "invalid_client")
    assert (await house.revoke(client, token, client_secret=secret)).status_code == 200


async def test_rfc6749_5_2_basic_authentication_is_answered_with_401_and_what_to_do(
    house: House,
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}

    answer = await house.http.post("/token", data=form, auth=("client", "secret"))

    refused(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert "client_id" in answer.json()["error_description"]


async def test_a_removed_secret_ends_what_it_sealed_and_an_older_one_still_opens() -> None:
    before = House(secrets=[OLDER])
    client = await before.client()
    code = await before.code(client)
    tokens = await before.tokens(client)

    both = before.moved(secrets=[SECRET, OLDER])
    assert await both.door.identify(tokens["access_token"])
    rotated = (await both.exchange(client, code)).json()
    after = before.moved(secrets=[SECRET])

    assert await after.door.identify(tokens["access_token"]) is None
    assert await after.door.identify(rotated["access_token"])
    refused(await after.refresh(client, tokens["refresh_token"]), 401, "invalid_client")


async def test_registrations_codes_and_tokens_are_good_in_another_process() -> None:
    one = House()
    client = await one.client()
    code = await one.code(client)
    other = one.moved()

    tokens = (await other.exchange(client, code)).json()

    assert await one.door.identify(tokens["access_token"])
    refused(await one.exchange(client, code), *REFUSED)
    assert await other.door.identify(tokens["access_token"]) is None


async def test_rfc8707_tokens_of_another_server_with_the_same_secret_are_not_taken(
    house: House,
) -> None:
    other = house.moved(issuer="https://staging.example")
    client = await other.client()
    tokens = await other.tokens(client)

    assert await other.door.identify(tokens["access_token"])
    assert await house.door.identify(tokens["access_token"]) is None
    refused(await house.refresh(client, tokens["refresh_token"]), 401, "invalid_client")


async def test_rfc8707_tokens_for_another_resource_of_this_server_are_not_taken(
    house: House,
) -> None:
    other = house.moved(paths=["/v2/mcp"])
    tokens = await other.tokens(await other.client())

    assert await other.door.identify(tokens["access_token"])
    assert await house.door.identify(tokens["access_token"]) is None


async def test_without_the_store_tokens_are_uncertain_and_sign_in_says_try_again(
    house: House,
) -> None:
    client = await house.client()
    code = await house.code(client)
    tokens = await house.tokens(client)
    away = house.moved(store=AwayStore())

    identity = await away.door.identify(tokens["access_token"])
    answers = [
        await away.exchange(client, code),
        await away.refresh(client, tokens["refresh_token"]),
        await away.revoke(client, tokens["refresh_token"]),
    ]

    assert identity is not None
    assert (identity.key, identity.certain) == (KEY, False)
    for answer in answers:
        refused(answer, 503, "temporarily_unavailable")
        assert answer.headers["retry-after"]
    assert (await house.exchange(client, code)).status_code == 200


async def test_programs_in_a_browser_may_call_but_nobody_may_see_who_is_who(house: House) -> None:
    for path in ("/token", "/register", "/revoke"):
        answer = await house.http.options(
            path,
            headers={
                "Origin": "https://inspector.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,mcp-protocol-version",
            },
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    page = await house.http.get("/authorize", headers={"Origin": "https://inspector.example"})
    assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "PUT"])
async def test_rfc6749_3_2_only_a_post_is_a_request_for_tokens(house: House, method: str) -> None:
    """An OPTIONS with a form, which no preflight has, was once answered with tokens."""
    client = await house.client()
    code = await house.code(client)
    form = {
        "grant_type": "authorization_code",
        "client_id": client,
        "code": code,
        "code_verifier": VERIFIER,
    }

    for path, sent in (
        ("/token", {"data": form}),
        ("/revoke", {"data": {"client_id": client, "token": code}}),
        ("/register", {"json": {"redirect_uris": [BACK]}}),
    ):
        answer = await house.http.request(method, path, **sent)
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]
    assert (await house.exchange(client, code)).status_code == 200


async def test_of_two_who_bring_one_code_at_once_one_gets_tokens(house: House) -> None:
    client = await house.client()
    code = await house.code(client)
    statuses = []

    async def bring() -> None:
        statuses.append((await house.exchange(client, code)).status_code)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(bring)

    assert sorted(statuses) == [200, 400, 400, 400, 400]
