"""Foreign names, foreign pages and too much of anything are turned away before they are read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.hosted.site import BOTH, call, post, site
from tests.patience import PATIENCE, web

from famulor_mcp.hosted import bounds
from famulor_mcp.hosted.bounds import doors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = "https://app.example.com"


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("mcp.example.com", True),
        ("mcp.example.com:443", True),
        ("MCP.Example.com", True),
        ("mcp.example.com:8443", True),
        ("inner.example", True),
        ("inner.example:9999", True),
        ("10.0.0.5:8787", True),
        ("10.0.0.5", False),
        ("localhost:1", True),
        ("127.0.0.1", True),
        ("[::1]:8787", True),
        ("evil.example", False),
        ("mcp.example.com.evil.example", False),
        ("mcp.example.com@evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:80", False),
        ("", False),
    ],
)
def test_only_names_of_the_server_are_good(host: str, good: bool) -> None:
    known = doors("https://mcp.example.com", ["inner.example", "10.0.0.5:8787"], [])
    assert known.host(host) is good


@pytest.mark.parametrize(
    ("origin", "host", "good"),
    [
        ("https://mcp.example.com", "mcp.example.com", True),
        (PAGE, "mcp.example.com", True),
        ("http://app.example.com", "mcp.example.com", False),
        ("https://app.example.com:8443", "mcp.example.com", False),
        ("https://app.example.com.evil.example", "mcp.example.com", False),
        ("null", "mcp.example.com", False),
        ("", "mcp.example.com", False),
        ("http://localhost:8787", "localhost:8787", True),
        ("http://localhost:3000", "localhost:8787", False),
        ("http://evil.example", "evil.example", False),
    ],
)
def test_only_its_own_pages_and_those_allowed_are_good(origin: str, host: str, good: bool) -> None:
    assert doors("https://mcp.example.com", [], [PAGE]).origin(origin, host) is good


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/mcp", "/", "/sse", "/messages/", "/openapi.json", "/authorize"])
async def test_a_rebound_name_is_refused_everywhere_before_it_is_asked_who_it_is(path: str) -> None:
    async with site(auth="oauth") as url:
        answer = await post(url, call(), path, key="", Host="evil.example")

    assert answer.status_code == 421
    assert "--allowed-host" in answer.json()["error"]["message"]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/", "/sse", "/sse/", "/messages/"])
async def test_a_foreign_page_is_refused_and_may_read_nothing(path: str) -> None:
    async with site() as url:
        answer = await post(url, call(), path, Origin="https://evil.example")

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.anyio
async def test_an_allowed_page_asks_first_without_a_key_and_may_then_read_all_it_needs() -> None:
    asking = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,mcp-protocol-version",
    }
    async with site(allowed_origin=PAGE) as url, web() as client:
        for path in ("/mcp", "/", "/sse", "/messages/"):
            preflight = await client.options(url + path, headers=asking)
            assert preflight.status_code == 204
            allowed = preflight.headers["access-control-allow-headers"]
            assert {"authorization", "mcp-protocol-version", "x-famulor-api-key"} <= set(
                allowed.split(", ")
            )
        answer = await post(url, call(), Origin=PAGE)
        denied = await post(url, call(), key="", Origin=PAGE)
        foreign = await client.options(
            url + "/mcp", headers={**asking, "Origin": "https://e.example"}
        )

    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    assert "www-authenticate" in denied.headers["access-control-expose-headers"]
    assert denied.headers["access-control-allow-origin"] == PAGE
    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in foreign.headers


@pytest.mark.anyio
async def test_documents_of_sign_in_are_read_by_allowed_pages_alone() -> None:
    path = "/.well-known/oauth-authorization-server"
    async with site(auth="oauth", allowed_origin=PAGE) as url, web() as client:
        ours = await client.get(url + path, headers={"Origin": PAGE})
        theirs = await client.get(url + path, headers={"Origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in theirs.headers
    assert theirs.headers["vary"] == "Origin"  # no cache may give it to the page that is allowed


@pytest.mark.anyio
async def test_a_message_that_is_too_large_is_refused_by_its_header_and_by_what_comes() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    headers = {
        **BOTH,
        "X-Famulor-Api-Key": "some-key-of-a-user",
        "Content-Type": "application/json",
    }
    async with site(max_body="1") as url, web() as client:
        declared = await client.post(f"{url}/mcp", content=b"x" * 1_100_000, headers=headers)
        chunked = await client.post(f"{url}/mcp", content=chunks(), headers=headers)
        within = await client.post(f"{url}/mcp", content=b" " * 1_000_000, headers=headers)

    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert "1048576 bytes" in declared.json()["error"]["message"]
    assert within.status_code == 400


@pytest.mark.anyio
async def test_strangers_may_send_little() -> None:
    """Nobody in particular may greet, and sign in: neither takes more than a page of text."""
    large = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y" * 70_000}}
    async with site(auth="oauth", public_discovery="true") as url, web() as client:
        greeting = await post(url, large, key="")
        form = await client.post(f"{url}/token", data={"code": "x" * 70_000})
        registration = await client.post(f"{url}/register", content=b"x" * 70_000)

    assert {greeting.status_code, form.status_code, registration.status_code} == {413}
    assert "65536 bytes" in greeting.json()["error"]["message"]
    for refused in (form, registration):  # as RFC 6749 section 5.2 has it
        assert refused.json()["error"] == "invalid_request"
        assert "65536 bytes" in refused.json()["error_description"]


@pytest.mark.anyio
async def test_rfc9700_4_12_no_key_and_no_code_is_sent_on_to_another_address() -> None:
    """A slash too many was once answered with 307, with which a browser posts the form again."""
    async with site(auth="oauth") as url, web() as client:
        for path in ("/consent/", "/token/", "/authorize/"):
            answer = await client.post(url + path, data={"key": "some-key-of-a-user"})
            assert (answer.status_code, "location" in answer.headers) == (404, False)


@pytest.mark.anyio
async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.05)
    async with site() as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(
            b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Famulor-Api-Key: some-key-of-a-user\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.anyio
async def test_a_head_without_end_is_refused() -> None:
    async with site() as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"x" * 100_000)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        await writer.wait_closed()

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


@pytest.mark.anyio
async def test_every_answer_forbids_to_guess_to_frame_and_to_tell_where_one_came_from() -> None:
    async with site(auth="oauth") as url, web() as client:
        for path in ("/health", "/ready", "/openapi.json", "/mcp", "/nowhere", "/authorize"):
            headers = (await client.get(url + path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers


@pytest.mark.anyio
async def test_a_message_of_very_many_values_is_refused_and_one_long_text_is_not() -> None:
    """Megabytes of small values took ten seconds to read, in which nobody else was served."""
    text = 'a,b:[{\\"\n' * 100_000
    async with site() as url:
        many = await post(url, call("get_me", a=[{}] * 200_000))
        keys = await post(url, call("get_me", **{f"k{n}": 1 for n in range(80_000)}))
        long = await post(url, call("get_me", a=text))

    assert (many.status_code, keys.status_code) == (413, 413)
    assert "values" in many.json()["error"]["message"]
    assert "not an argument of get_me" in long.text


@pytest.mark.anyio
@pytest.mark.parametrize("begun", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: loc"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("famulor_mcp.hosted.serve.HEAD_SECONDS", 0.05)
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with site() as url:
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()

        monkeypatch.setattr("famulor_mcp.hosted.serve.HEAD_SECONDS", PATIENCE)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole)
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        monkeypatch.setattr("famulor_mcp.hosted.serve.HEAD_SECONDS", 0.05)
        writer.write(begun or b"G")
        async with asyncio.timeout(PATIENCE):
            assert b"200 OK" not in await reader.read()
        writer.close()
