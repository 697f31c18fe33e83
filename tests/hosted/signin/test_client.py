"""The SDK's own client signs in over real HTTP, with the real pages and a person with a key."""

from __future__ import annotations

import asyncio
import html
import re
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
import uvicorn
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientMetadata,
)
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.hosted.keeper import Keeper
from tests.hosted.signin.abroad import URL, abroad
from tests.hosted.signin.parties import SECRET
from tests.patience import PATIENCE, web
from tests.server.guard.acts import ManualClock

from famulor_mcp.gateway import Gateway
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.hosted.pages import Pages, Site
from famulor_mcp.hosted.signin import SignIn
from famulor_mcp.keycheck import judge
from famulor_mcp.sandbox import KEY, make_app
from famulor_mcp.send import Upstream
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from famulor_mcp.hosted.signin.documents import Documents

pytestmark = pytest.mark.anyio


@dataclass
class Server:
    """A server with three protected endpoints, on the network."""

    url: str
    clock: ManualClock
    door: SignIn
    paths: list[str] = field(default_factory=list)

    async def protected(self, request: Request) -> Response:
        """Whose key it is, for whoever has signed in."""
        path, scheme = request.url.path, "Bearer "
        header = request.headers.get("authorization", "")
        if not header.startswith(scheme):
            return denied(self.door.challenge(path=path))
        identity = await self.door.identify(header.removeprefix(scheme))
        if identity is None:
            return denied(self.door.challenge("invalid_token", "It is not good.", path))
        return JSONResponse({"account": identity.subject})


def denied(challenge: str) -> Response:
    return JSONResponse({}, 401, {"WWW-Authenticate": challenge})


@asynccontextmanager
async def serving(documents: Documents | None = None) -> AsyncIterator[Server]:
    """The server, up, before an API that is the sandbox."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    clock = ManualClock()
    api = httpx.ASGITransport(make_app())
    gateway = Gateway(TOOLS, Upstream("http://127.0.0.1", transport=api))
    pages = Pages(Site(url, "1.0", signin=True, sandbox=True))
    store = MemoryStore(clock)
    check = partial(judge, gateway)
    door = SignIn(url, [SECRET], store, check, pages, clock=clock, documents=documents)
    server = Server(url, clock, door)
    ends = [Route(path, server.protected) for path in ("/mcp", "/", "/sse")]
    app = Starlette(routes=[*door.routes, *pages.routes, *ends])
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with listening:
        task = asyncio.create_task(running.serve([listening]))
        try:
            yield server
        finally:
            running.should_exit = True
            await task


@dataclass
class Person:
    """Opens the page, pastes the key, and goes where the page leads."""

    key: str = KEY
    decision: str = "allow"
    asked: int = 0
    seen: str = ""
    back: dict[str, str] = field(default_factory=dict)

    async def open(self, url: str) -> None:
        self.asked += 1
        async with web() as browser:
            page = await browser.get(url)
            self.seen = page.text
            action = re.findall(r'<form[^>]*action="([^"]*)"', page.text)[0]
            named = re.findall(r'name="(transaction|csrf)" value="([^"]*)"', page.text)
            form = {**dict(named), "key": self.key, "decision": self.decision}
            place = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}{html.unescape(action)}"
            answer = await browser.post(place, data=form)
        _now, _, target = answer.headers["refresh"].partition("url=")
        self.back = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

    async def result(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(self.back)


def client(
    url: str, keeper: Keeper, person: Person, document: str | None = None
) -> httpx2.AsyncClient:
    described = OAuthClientMetadata.model_validate(
        {"client_name": "The SDK's client", "redirect_uris": ["http://127.0.0.1:4444/callback"]}
    )
    auth = OAuthClientProvider(url, described, keeper, person.open, person.result, document)
    return httpx2.AsyncClient(auth=auth, timeout=PATIENCE)


@pytest.mark.parametrize("path", ["/mcp", "/", "/sse"])
async def test_a_client_registers_signs_in_and_refreshes(path: str) -> None:
    keeper, person = Keeper(), Person()
    async with serving() as server, client(server.url + path, keeper, person) as http:
        first = await http.get(server.url + path)
        assert keeper.tokens
        before = keeper.tokens.access_token
        server.clock.advance(3600)
        assert isinstance(http.auth, OAuthClientProvider)
        http.auth.context.token_expiry_time = 1
        second = await http.get(server.url + path)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert keeper.tokens.access_token != before
    assert (person.asked, person.back["iss"]) == (1, server.url)
    assert "The SDK&#39;s client" in person.seen


async def test_a_client_with_a_document_signs_in_without_registering(tmp_path: Path) -> None:
    keeper, person = Keeper(), Person()
    async with abroad(tmp_path) as there:
        documents = there.documents(ManualClock())
        async with (
            serving(documents) as server,
            client(f"{server.url}/mcp", keeper, person, URL) as http,
        ):
            answer = await http.get(f"{server.url}/mcp")

    assert answer.status_code == 200
    assert keeper.info
    assert keeper.info.client_id == URL
    assert "A described client" in person.seen
    assert len(there.requests) == 1


async def test_a_client_learns_that_the_person_declined() -> None:
    person = Person(decision="deny")
    async with serving() as server, client(f"{server.url}/mcp", Keeper(), person) as http:
        with pytest.raises(ValueError, match="code"):
            await http.get(f"{server.url}/mcp")

    assert person.back["error"] == "access_denied"
    assert person.back["iss"] == server.url
