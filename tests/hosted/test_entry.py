"""Who is let in, with what, and what everybody else is told. 401 never reaches the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.hosted.api import ALICE, recording
from tests.hosted.site import BOTH, call, modern, post, site
from tests.patience import web

from famulor_mcp.hosted.entry import Gate, Pass
from famulor_mcp.hosted.identity import Identity
from famulor_mcp.hosted.people import UNCERTAIN
from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

TOKEN = "a-token-of-this-server"
LATE = "a-token-that-has-expired"
DOUBTFUL = "a-token-that-may-be-revoked"


class Doorman:
    """A door that knows three tokens."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return ()

    async def identify(self, token: str) -> Identity | None:
        known = {TOKEN: Identity(KEY, "client"), DOUBTFUL: Identity(KEY, "client", certain=False)}
        return known.get(token)

    async def doubt(self, _identity: Identity) -> bool:
        return False

    def challenge(self, error: str = "", description: str = "", path: str = "/mcp") -> str:
        return f'Bearer error="{error}", error_description="{description}", path="{path}"'


async def admitted(gate: Gate, *headers: tuple[str, str]) -> Any:
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return await gate.admit({"headers": pairs})


@pytest.mark.anyio
async def test_a_token_is_asked_for_first_then_a_key_then_the_operator() -> None:
    oauth, none = Gate("oauth", Doorman()), Gate("none", None, "the-operators-key")

    assert (await admitted(oauth, ("Authorization", f"Bearer {TOKEN}"))).client == "client"
    assert (await admitted(oauth, ("authorization", f"bearer {TOKEN}"))).client == "client"
    assert (await admitted(oauth, ("X-Famulor-Api-Key", ALICE))).key == ALICE
    assert (await admitted(none, ("X-Famulor-Api-Key", ALICE))).key == ALICE
    assert (await admitted(none)).key == "the-operators-key"


@pytest.mark.anyio
@pytest.mark.parametrize("auth", ["oauth", "key", "none"])
@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", f"Bearer {LATE}")],
        [("Authorization", "Bearer ")],
        [("Authorization", "Basic dTpw")],
        [("Authorization", f"Bearer {ALICE}")],
        [("X-Famulor-Api-Key", "")],
        [("X-Famulor-Api-Key", "${FAMULOR_API_KEY}")],
        [("X-Famulor-Api-Key", "two words")],
        [("X-Famulor-Api-Key", "schlüssel")],
        [("X-Famulor-Api-Key", "x" * 513)],
    ],
    ids=str,
)
async def test_what_is_presented_and_not_good_is_never_replaced_by_something_else(
    headers: list[tuple[str, str]], auth: Any
) -> None:
    """A stale token must not make a call with the operator's key instead."""
    gate = Gate(auth, Doorman() if auth == "oauth" else None, "the-operators-key")

    refusal = await admitted(gate, *headers)

    assert refusal.error == "invalid_token"
    assert all(value not in refusal.words for _, value in headers if len(value) > 8)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", f"Bearer {TOKEN}"), ("X-Famulor-Api-Key", ALICE)],
        [("X-Famulor-Api-Key", ALICE), ("X-Famulor-Api-Key", "another-key")],
        [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")],
    ],
)
async def test_two_accounts_in_one_request_are_refused(headers: list[tuple[str, str]]) -> None:
    assert (await admitted(Gate("oauth", Doorman()), *headers)).status == 400


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/mcp", "/", "/sse", "/messages/"])
@pytest.mark.parametrize("auth", ["oauth", "key"])
@pytest.mark.parametrize("discovery", ["true", "false"])
async def test_who_is_nobody_gets_401_with_a_challenge_and_the_api_is_not_asked(
    auth: str, path: str, discovery: str
) -> None:
    method = "GET" if path == "/sse" else "POST"
    async with (
        recording() as api,
        site(base_url=api.url, auth=auth, public_discovery=discovery) as url,
        web(headers=BOTH) as client,
    ):
        none = await client.request(method, url + path, json=call())
        wrong = {"Authorization": f"Bearer {LATE}"}
        stale = await client.request(method, url + path, json=call(), headers=wrong)

    assert (none.status_code, stale.status_code) == (401, 401)
    challenge = none.headers["www-authenticate"]
    if auth == "oauth":
        assert f'resource_metadata="{url}/.well-known/oauth-protected-resource' in challenge
        assert "error=" not in challenge
        assert 'error="invalid_token"' in stale.headers["www-authenticate"]
    else:
        assert challenge.startswith("ApiKey ")
    assert ("Sign in" in none.json()["error_description"]) is (auth == "oauth")
    assert "X-Famulor-Api-Key" in none.json()["error_description"]
    assert api.seen == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/mcp", "/mcp"),
        ("/mcp/", "/mcp"),
        ("/", ""),
        ("/sse", "/sse"),
        ("/sse/", "/sse"),
        ("/messages/", "/sse"),
    ],
)
async def test_who_is_nobody_learns_of_the_endpoint_that_the_client_was_given(
    path: str, endpoint: str
) -> None:
    """Clients give up where it is another; a token may end in the middle of a stream."""
    async with site(auth="oauth") as url:
        answer = await post(url, call(), path=path, key="")

    challenge = answer.headers["www-authenticate"]
    assert f'{url}/.well-known/oauth-protected-resource{endpoint}"' in challenge


@pytest.mark.anyio
async def test_discovery_is_public_only_by_option_and_nothing_else_is() -> None:
    init = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}}
    init["clientInfo"] = {"name": "test", "version": "1"}
    greetings = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": init},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    ]
    discover, headers = modern("server/discover")
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    others = [call(), {"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, [greetings[2]]]
    async with site() as closed, site(public_discovery="true") as open_:
        for message in greetings:
            assert (await post(closed, message, key="")).status_code == 401
            assert (await post(open_, message, key="")).status_code in {200, 202}
        assert (await post(closed, discover, key="", **named)).status_code == 401
        assert (await post(open_, discover, key="", **named)).status_code == 200
        for message in others:
            assert (await post(open_, message, key="")).status_code == 401


@pytest.mark.anyio
async def test_without_sign_in_the_operators_key_serves_this_machine() -> None:
    async with site(auth="none") as url:
        answer = await post(url, call(), key="")

    assert "email" in answer.text


@pytest.mark.anyio
async def test_while_a_revocation_cannot_be_checked_people_read_and_do_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The store is away: whether the token still holds is unknown."""
    monkeypatch.setattr("famulor_mcp.hosted.start._door", lambda *_: Doorman())
    bearer = {"Authorization": f"Bearer {DOUBTFUL}", "key": ""}
    async with site(auth="oauth") as url:
        read = await post(url, call(), **bearer)
        write = await post(url, call("create_assistant", name="x"), **bearer)

    assert "email" in read.text
    assert UNCERTAIN in write.text


def test_what_the_sdk_is_told_of_a_person_holds_no_key() -> None:
    user = Pass.of(Identity(ALICE, "client"))

    assert ALICE not in repr(user.access_token) + user.access_token.model_dump_json()
    assert user.access_token.subject
    assert ALICE not in repr(Identity(ALICE))


@pytest.mark.anyio
async def test_a_question_to_one_user_cannot_be_answered_by_another() -> None:
    """The SDK seals the state of a question to whoever was asked."""
    from famulor_mcp.sandbox import SECOND_KEY

    message, headers = modern("tools/call", name="delete_assistant", arguments={"id": 1})
    capabilities = "io.modelcontextprotocol/clientCapabilities"
    message["params"]["_meta"][capabilities] = {"elicitation": {"form": {}}}
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    async with site() as url:
        asked = (await post(url, message, **named)).json()["result"]
        answer = {"confirm": {"action": "accept", "content": {"confirm": True}}}
        message["params"] |= {"inputResponses": answer, "requestState": asked["requestState"]}
        foreign = await post(url, message, key=SECOND_KEY, **named)

    assert asked["resultType"] == "input_required"
    assert foreign.json()["error"]["code"] == -32602
