"""The whole: a real client signs in at a real process, calls, and comes back after a restart."""

from __future__ import annotations

import html
import re
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from tests.hosted.keeper import Keeper
from tests.hosted.processes import running
from tests.hosted.site import BOTH, ERAS, call, post, site
from tests.patience import PATIENCE, web
from tests.ports import free_port

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.sandbox import KEY, SECOND_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


SECRET = "0123456789abcdef0123456789abcdef"


@dataclass
class Person:
    """Opens the page in a browser, pastes the key, and goes where the page leads."""

    key: str = KEY
    asked: int = 0
    back: dict[str, Any] = field(default_factory=dict)

    async def open(self, url: str) -> None:
        self.asked += 1
        base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        async with web() as browser:
            page = (await browser.get(url)).text
            action = html.unescape(re.findall(r'<form[^>]*action="([^"]*)"', page)[0])
            form = dict(re.findall(r'name="(transaction|csrf)" value="([^"]*)"', page))
            form |= {"key": self.key, "decision": "allow"}
            headers = {"Origin": "null"}  # what a browser says of a page without a referrer
            answer = await browser.post(base + action, data=form, headers=headers)
        target = answer.headers["refresh"].partition("url=")[2]
        self.back = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

    async def result(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(self.back)


@asynccontextmanager
async def signed_in(
    url: str, keeper: Keeper, person: Person, mode: Any = "auto", path: str = "/mcp"
) -> AsyncIterator[Client]:
    """The SDK's client with the SDK's sign-in, given nothing but an address."""
    described = OAuthClientMetadata.model_validate(
        {"client_name": "The SDK's client", "redirect_uris": ["http://127.0.0.1:4444/callback"]}
    )
    auth = OAuthClientProvider(url + path, described, keeper, person.open, person.result)
    async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
        transport = (
            sse_client(url + path, auth=auth, timeout=PATIENCE)
            if path.startswith("/sse")
            else streamable_http_client(url + path, http_client=http)
        )
        async with Client(transport, mode=mode, read_timeout_seconds=PATIENCE) as client:
            yield client


async def email(client: Client) -> str:
    result = await client.call_tool("get_me", {})
    return str((result.structured_content or {})["email"])


@pytest.mark.anyio
async def test_with_one_address_every_client_signs_in_and_calls_in_both_eras() -> None:
    ends = [
        *((mode, path) for mode in ERAS for path in ("/mcp", "/")),
        ("legacy", "/sse"),
        ("legacy", "/sse/"),
    ]
    ends.append(("auto", "/mcp/"))
    async with running("--sandbox") as server:
        await server.heard("FAMULOR_MCP_SECRET is not set")
        for mode, path in ends:
            keeper, person = Keeper(), Person()
            async with signed_in(server.url, keeper, person, mode, path) as client:
                assert await email(client) == "buero@lindenhof.example"
            assert person.asked == 1
        async with signed_in(server.url, Keeper(), Person(SECOND_KEY)) as other:
            assert await email(other) != "buero@lindenhof.example"
        server.process.send_signal(signal.SIGTERM)
        await server.ended()

    said = "".join(server.lines)
    assert keeper.tokens
    assert keeper.tokens.access_token not in said
    assert KEY not in said
    assert str(person.back["code"]) not in said


@pytest.mark.anyio
async def test_who_signed_in_stays_so_over_a_restart_with_the_same_secret() -> None:
    keeper, person = Keeper(), Person()
    words = ("--sandbox", "--port", str(free_port()))
    for _ in range(2):
        async with (
            running(*words, FAMULOR_MCP_SECRET=SECRET) as server,
            signed_in(server.url, keeper, person) as client,
        ):
            await email(client)

    assert person.asked == 1


@pytest.mark.anyio
async def test_browsers_get_a_page_at_the_bare_address_and_clients_do_not() -> None:
    async with site(auth="oauth") as url, web() as client:
        page = await client.get(url, headers={"Accept": "text/html,*/*;q=0.8"})
        asset = re.findall(r'href="(/assets/[^"]+\.css)"', page.text)[0]
        style = await client.get(url + asset)
        answer = await post(url, call(), "/")
        stream = await client.get(url, headers=BOTH)

    assert page.headers["content-type"].startswith("text/html")
    assert f"{url}/mcp" in page.text
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert style.status_code == 200
    assert "email" in answer.text
    assert stream.status_code == 401


@pytest.mark.anyio
async def test_ready_tells_which_part_is_away_and_looks_only_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pings = 0

    async def away(_store: MemoryStore) -> None:
        nonlocal pings
        pings += 1
        raise StoreFault("it is away")

    monkeypatch.setattr(MemoryStore, "ping", away)
    async with site() as url, web() as client:
        answers = [await client.get(f"{url}/ready") for _ in range(20)]
        alive = await client.get(f"{url}/health")

    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].json() == {
        "status": "not ready",
        "upstream": "reachable",
        "store": "unreachable",
    }
    assert pings == 1
    assert alive.status_code == 200


@pytest.mark.anyio
async def test_ready_counts_any_answer_of_the_api_and_sends_it_no_key() -> None:
    from tests.server.upstreams import loopback, reply

    async with (
        loopback(lambda _: reply(500)) as api,
        site(base_url=api.url) as url,
        web() as client,
    ):
        answer = await client.get(f"{url}/ready")
    gone = f"http://127.0.0.1:{free_port()}"
    async with site(base_url=gone) as url, web() as client:
        away = await client.get(f"{url}/ready")

    assert (answer.status_code, away.status_code) == (200, 503)
    assert away.json()["upstream"] == "unreachable"
    assert "authorization" not in api.seen[0].headers
    assert gone not in away.text


@pytest.mark.anyio
async def test_the_document_of_the_api_is_handed_out_whole_and_only_once() -> None:
    import yaml

    async with site() as url, web() as client:
        first = await client.get(f"{url}/openapi.json")
        held = {"If-None-Match": first.headers["etag"]}
        second = await client.get(f"{url}/openapi.json", headers=held)

    spec = Path(__file__).parents[2] / "spec" / "famulor.yaml"
    written = yaml.safe_load(spec.read_text("utf-8"))
    assert first.json()["paths"].keys() == written["paths"].keys()
    assert first.json()["info"] == written["info"]
    assert (second.status_code, second.content) == (304, b"")


@pytest.mark.anyio
async def test_files_that_were_never_installed_have_no_document_and_say_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document is made when the package is built: a bare checkout has none."""
    monkeypatch.setattr("famulor_mcp.hosted.documents.files", lambda _: tmp_path)
    async with site() as url, web() as client:
        answer = await client.get(f"{url}/openapi.json")
        alive = await client.get(f"{url}/health")

    assert (answer.status_code, alive.status_code) == (404, 200)
    assert "pip install" in answer.json()["error"]["message"]


@pytest.mark.anyio
async def test_a_key_that_was_taken_back_ends_its_sign_in_and_the_client_begins_a_new_one() -> None:
    from tests.hosted.api import ALICE, account
    from tests.server.upstreams import Seen, loopback, reply

    good = True

    def answer(seen: Seen) -> bytes:
        return account(seen) if good else reply(401, {"message": "Unauthenticated."})

    keeper, person = Keeper(), Person(ALICE)
    async with (
        loopback(answer) as api,
        site(auth="oauth", base_url=api.url) as url,
        signed_in(url, keeper, person) as client,
    ):
        await email(client)
        good = False
        refused = await client.call_tool("get_me", {})
        good = True
        assert await email(client) == "Alice@example.org"

    assert refused.is_error
    assert "connect this server again" in str(refused.content)
    assert person.asked == 2


@pytest.mark.anyio
async def test_one_refusal_among_good_answers_ends_no_sign_in() -> None:
    """The key is good as long as the API tells whose it is."""
    from tests.hosted.api import ALICE, account
    from tests.server.upstreams import Seen, loopback, reply

    def answer(seen: Seen) -> bytes:
        return account(seen) if seen.target.endswith("/me") else reply(401, {"message": "No."})

    keeper, person = Keeper(), Person(ALICE)
    async with (
        loopback(answer) as api,
        site(auth="oauth", base_url=api.url) as url,
        signed_in(url, keeper, person) as client,
    ):
        refused = await client.call_tool("get_assistants", {})
        assert await email(client) == "Alice@example.org"

    assert refused.is_error
    assert "connect this server again" not in str(refused.content)
    assert person.asked == 1
