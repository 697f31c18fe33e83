"""Clients of others sign in, call, and renew their tokens; the person is a script with a key."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from tests.hosted.keeper import Keeper
from tests.hosted.signin.abroad import URL as DESCRIBED
from tests.hosted.signin.abroad import abroad
from tests.hosted.site import site
from tests.interop.conformance.suite import command, outcomes
from tests.interop.hosted import SANDBOX, serving
from tests.interop.person import agreed
from tests.interop.test_typescript import Events, Play, by_event
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.server.guard.acts import ManualClock

from famulor_mcp.hosted import start
from famulor_mcp.hosted.signin import SignIn
from famulor_mcp.sandbox import KEY, SECOND_KEY

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
BACK = "http://127.0.0.1:4444/callback"
TYPESCRIPT = {
    "v1": ("v1", "/mcp"),
    "v2-modern at the bare address": ("v2-modern", "/"),
    "v2-modern": ("v2-modern", "/mcp"),
    "v1 over SSE": ("v1", "/sse"),
    "v2-legacy over SSE": ("v2-legacy", "/sse"),
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One server for all: everybody signs in at it for themselves.

    Two accounts share the load, for the API takes 20 requests in ten seconds from each.
    """
    with serving(*SANDBOX) as where:
        yield where


@pytest.fixture(scope="module")
def sessions(play: Play, url: str) -> dict[str, Events]:
    """Every TypeScript client, side by side."""

    def session(client: str) -> Events:
        kind, path = TYPESCRIPT[client]
        return by_event(play("signin.mjs", kind, {"url": url + path, "key": KEY}))

    with ThreadPoolExecutor(len(TYPESCRIPT)) as pool:
        return dict(zip(TYPESCRIPT, pool.map(session, TYPESCRIPT), strict=True))


@pytest.mark.parametrize("client", TYPESCRIPT)
def test_a_typescript_client_registers_signs_in_once_and_renews_its_token(
    sessions: dict[str, Events], url: str, client: str
) -> None:
    seen = sessions[client]
    assert "Interop" in seen["page"]["text"]
    assert (seen["back"]["state"], seen["back"]["iss"]) == ("a state & more", url)
    assert seen["read"]["result"]["structuredContent"]["email"]
    assert (
        seen["again"]["result"]["structuredContent"]
        == (seen["read"]["result"]["structuredContent"])
    )
    assert (seen["renewed"]["signedIn"], seen["renewed"]["renewed"]) == (1, True)


def test_the_inspector_connects_with_a_token_obtained_so(
    sessions: dict[str, Events], url: str, inspector: Run
) -> None:
    token = sessions["v2-modern"]["renewed"]["token"]
    chosen = (f"{url}/mcp", "--header", f"Authorization: Bearer {token}")
    done = inspector(*chosen, "--method", "tools/call", "--tool-name", "get_me")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["structuredContent"]["email"]


@asynccontextmanager
async def meeting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server to which the host of `DESCRIBED` is one of the internet."""
    async with abroad(folder) as there:
        documents = there.documents(ManualClock())
        monkeypatch.setattr(start, "SignIn", partial(SignIn, documents=documents))
        async with site(auth="oauth") as where:
            yield where


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["v1", "v2-modern"])
async def test_a_typescript_client_with_a_description_needs_no_registration(
    kind: str, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with meeting(tmp_path, monkeypatch) as where:
        task = json.dumps({"url": f"{where}/mcp", "key": KEY, "document": DESCRIBED})
        done = await anyio.run_process(["node", "signin.mjs", kind, task], cwd=HERE, check=False)
    assert done.returncode == 0, done.stderr
    seen = by_event([json.loads(line) for line in done.stdout.splitlines()])
    assert "A described client" in seen["page"]["text"]
    assert seen["client"]["id"] == DESCRIBED
    assert seen["renewed"]["renewed"] is True
    assert seen["again"]["result"]["structuredContent"]["email"]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_python_sdk_signs_in_and_renews_its_token(url: str, mode: Any) -> None:
    keeper, places = Keeper(), []

    async def opened(place: str) -> None:
        places.append(await anyio.to_thread.run_sync(agreed, place, SECOND_KEY))

    async def back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(dict(httpx.URL(places[-1]).params))

    described = OAuthClientMetadata.model_validate({"redirect_uris": [BACK], "client_name": "SDK"})
    auth = OAuthClientProvider(f"{url}/mcp", described, keeper, opened, back)
    async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            first = await client.call_tool("get_me", {})
            assert keeper.tokens
            before = keeper.tokens.access_token
            auth.context.token_expiry_time = 1  # the client takes its token for an old one
            second = await client.call_tool("get_me", {})

    assert first.structured_content == second.structured_content
    assert keeper.tokens.access_token != before
    assert len(places) == 1


def test_the_conformance_suite_finds_a_good_authorization_server(url: str, tmp_path: Path) -> None:
    port = free_port()
    back = f"http://127.0.0.1:{port}/callback"
    about = {"redirect_uris": [back], "token_endpoint_auth_method": "none"}
    registered = httpx.post(f"{url}/register", json=about, timeout=PATIENCE).raise_for_status()
    client = registered.json()["client_id"]
    words = command(
        *("authorization", "--url", url, "--client-id", client),
        *("--resource", f"{url}/mcp", "--port", str(port), "--output-dir", str(tmp_path)),
    )
    said = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, encoding="utf-8", env=os.environ) as suite:
        assert suite.stdout
        for line in suite.stdout:
            said.append(line)
            if line.startswith(f"{url}/authorize?"):
                place = agreed(line.strip(), SECOND_KEY)
                httpx.get(place, timeout=PATIENCE).raise_for_status()
    assert suite.returncode == 0, said
    assert outcomes(tmp_path) == {
        "authorization-server-metadata-endpoint": "shown",
        "authorization-code-grant": "shown",
    }
