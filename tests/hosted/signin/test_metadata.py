"""The documents that clients find their way by."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from tests.hosted.signin.parties import ISSUER, House

from famulor_mcp.hosted.signin import SignIn

pytestmark = pytest.mark.anyio
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
RESOURCE = "/.well-known/oauth-protected-resource"


async def fetched(house: House, path: str) -> dict[str, Any]:
    answer = await house.http.get(path, headers={"Origin": "https://inspector.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


@pytest.mark.parametrize("path", [SERVER, OPENID])
async def test_rfc8414_the_server_says_what_it_can_do_and_nothing_more(path: str) -> None:
    found = await fetched(House(), path)

    assert found["issuer"] == ISSUER  # to the byte, without a slash: RFC 8414 section 3.3
    assert found["authorization_endpoint"] == f"{ISSUER}/authorize"
    assert found["token_endpoint"] == f"{ISSUER}/token"
    assert found["registration_endpoint"] == f"{ISSUER}/register"
    assert found["revocation_endpoint"] == f"{ISSUER}/revoke"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]
    for methods in ("token_endpoint", "revocation_endpoint"):
        assert found[f"{methods}_auth_methods_supported"] == ["none", "client_secret_post"]
    assert found["client_id_metadata_document_supported"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    OAuthMetadata.model_validate(found)


@pytest.mark.parametrize(
    ("path", "resource"),
    [("", ISSUER), ("/mcp", f"{ISSUER}/mcp"), ("/sse", f"{ISSUER}/sse")],
)
async def test_rfc9728_each_endpoint_is_described_as_the_client_was_given_it(
    path: str, resource: str
) -> None:
    found = await fetched(House(), RESOURCE + path)
    server = await fetched(House(), SERVER)

    assert found["resource"] == resource
    assert found["authorization_servers"] == [server["issuer"]]
    assert found["scopes_supported"] == server["scopes_supported"] == ["tools"]
    assert found["bearer_methods_supported"] == ["header"]
    ProtectedResourceMetadata.model_validate(found)


@pytest.mark.parametrize("path", [f"{SERVER}/mcp", f"{OPENID}/mcp", "/mcp" + OPENID])
async def test_rfc8414_3_3_no_document_stands_where_another_issuer_would_be_expected(
    path: str,
) -> None:
    assert (await House().http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [SERVER + "/famulor", OPENID + "/famulor", OPENID, SERVER, f"{RESOURCE}/famulor/mcp"],
)
async def test_below_a_path_the_documents_are_where_clients_look(path: str) -> None:
    found = await fetched(House(issuer="https://host.example/famulor/"), path)

    base = found.get("issuer") or found["authorization_servers"][0]
    assert base == "https://host.example/famulor"
    assert found.get("resource", f"{base}/mcp") == f"{base}/mcp"


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "https://gateway.example?a=b",
        "https://gateway.example/#f",
        "ftp://gateway.example",
        "gateway.example",
        "",
    ],
)
async def test_rfc8414_2_an_issuer_is_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)issuer|url"):
        House(issuer=url)


@pytest.mark.parametrize("url", ["HTTPS://Gateway.Example:443", f"{ISSUER}/", ISSUER])
async def test_one_server_has_one_issuer_however_its_url_is_written(url: str) -> None:
    house = House(issuer=url)

    assert (await fetched(house, SERVER))["issuer"] == ISSUER


async def test_secrets_that_are_too_short_are_refused_and_repeated_ones_taken() -> None:
    for secrets in ([], [b"short"], [b"x" * 32, b"short"]):
        with pytest.raises(ValueError, match="32 bytes"):
            House(secrets=secrets)

    House(secrets=[b"x" * 32, b"x" * 32])


async def test_rfc6750_3_1_a_challenge_names_an_error_only_where_a_token_was_given() -> None:
    door = House().door

    assert door.challenge() == (f'Bearer scope="tools", resource_metadata="{ISSUER}{RESOURCE}/mcp"')
    assert door.challenge("invalid_token", 'It "has"\r\nexpired\\ä.') == (
        'Bearer error="invalid_token", error_description="It  has   expired  .", '
        f'scope="tools", resource_metadata="{ISSUER}{RESOURCE}/mcp"'
    )


@pytest.mark.parametrize(
    ("path", "document"),
    [("/", ""), ("/sse", "/sse"), ("/mcp", "/mcp"), ('/messages/"', "/mcp")],
)
async def test_rfc9728_5_1_the_challenge_points_to_the_document_of_the_endpoint(
    path: str, document: str
) -> None:
    door = House().door
    assert isinstance(door, SignIn)

    challenge = door.challenge(path=path)

    assert challenge.endswith(f'resource_metadata="{ISSUER}{RESOURCE}{document}"')
