"""Whatever a stranger sends, the server answers, and sends nobody where no client registered."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared.auth import OAuthClientMetadata
from tests.hosted.signin.parties import BACK, CHALLENGE, ISSUER, House, asked

from famulor_mcp.hosted.signin.redirects import allowed, matches, target

TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "code", "S256", "plain", BACK, CHALLENGE, "tools", ISSUER, "v1.AAAA"]),
    st.sampled_from(["https://[", "https://a b/", "http://[::1]:x/", "javascript:x", "\0", "%ff"]),
)
MORE = ("code", "code_verifier", "csrf", "decision", "grant_type", "key", "refresh_token")
LAST = ("client_secret", "resource", "scope", "token", "token_type_hint", "transaction")
NAMES = st.sampled_from((*asked(""), *MORE, *LAST))
PAIRS = st.lists(st.tuples(NAMES, TEXT), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = st.dictionaries(
    st.sampled_from((*OAuthClientMetadata.model_fields, "unknown")),
    JSON | st.lists(TEXT, max_size=3),
    max_size=6,
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in pairs)


@settings(max_examples=40, deadline=None)
@given(pairs=PAIRS, known=st.booleans(), raw=st.binary(max_size=60))
def test_no_request_breaks_an_endpoint(
    pairs: list[tuple[str, str]], known: bool, raw: bytes
) -> None:
    async def run() -> list[httpx.Response]:
        house = House()
        given = [*pairs, ("client_id", await house.client())] if known else pairs
        text = encoded(given)
        answers = [await house.http.get(f"/authorize?{text}")]
        for path in ("/token", "/revoke", "/consent"):
            answers.append(await house.http.post(path, content=text, headers=FORM))
            answers.append(await house.http.post(path, content=raw, headers=FORM))
        answers.append(await house.http.post("/register", content=raw))
        assert await house.door.identify(raw.decode("latin-1")) is None
        assert house.checked == []
        return answers

    for answer in asyncio.run(run()):
        assert answer.status_code < 500
        assert answer.headers.get("location", BACK).startswith(BACK)


@settings(max_examples=60, deadline=None)
@given(members=MEMBERS)
def test_no_registration_breaks_the_server_and_what_is_taken_can_be_used(
    members: dict[str, Any],
) -> None:
    async def run() -> httpx.Response:
        return await House().register(**members)

    answer = asyncio.run(run())

    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        assert all(allowed(uri) for uri in answer.json()["redirect_uris"])


@settings(max_examples=300, deadline=None)
@given(
    uri=st.text(max_size=60)
    | st.builds(
        "{}{}{}".format,
        st.sampled_from(["http://", "https://", "cursor:", "a.b:", "http:", "//"]),
        st.sampled_from(["localhost", "127.0.0.1", "[::1]", "evil.example", "a@b", "", ":9"]),
        st.text(alphabet="/:@#?[]%\\.a1", max_size=12),
    )
)
def test_an_allowed_address_means_the_same_to_a_client_of_http(uri: str) -> None:
    if not allowed(uri):
        return
    place = target(uri)

    parsed = httpx.URL(uri)
    assert matches(uri, uri)
    if parsed.scheme == "http":
        assert parsed.host in ("localhost", "::1") or parsed.host.startswith("127.")
    if parsed.scheme in ("http", "https"):
        assert place.host.startswith(parsed.host) or parsed.host in place.host
        assert not parsed.userinfo


def test_an_ipv6_network_is_one_address_for_the_limits() -> None:
    """Whoever has a line has 2^64 addresses."""
    from starlette.requests import Request

    from famulor_mcp.hosted.signin.limits import address

    def seen(host: str) -> str:
        return address(Request({"type": "http", "client": (host, 1)}))

    assert seen("2001:db8:1:2::1") == seen("2001:db8:1:2:ffff::9")
    assert seen("2001:db8:1:2::1") != seen("2001:db8:1:3::1")
    assert seen("::ffff:192.0.2.1") == seen("192.0.2.1") == "192.0.2.1"
    assert seen("proxy") == "proxy"
