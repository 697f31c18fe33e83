"""A real MCP client signs in through the real pages, in a real browser, with the sandbox behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from playwright.async_api import Browser, Page, expect
from tests.hosted.keeper import Keeper
from tests.hosted.site import site
from tests.interop.browser import chromium, opened, violations
from tests.patience import PATIENCE

from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Act = Callable[[Page], Awaitable[None]]

pytestmark = [pytest.mark.interop, pytest.mark.anyio]
HOSTILE = "Famulor Support</bdi><script>alert(1)</script>\u202e" + "W" * 400


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for the module: the browser lives in it."""
    return "asyncio"


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@dataclass
class Person:
    """Opens the address that the client names, and does `act` on the page.

    The client waits on a port of this machine, and sends the browser on to another host, as many
    do: a redirect that form-action would have stopped.
    """

    page: Page
    act: Act
    port: int = 0
    answer: asyncio.Future[dict[str, str]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.act(self.page)

    async def result(self) -> AuthorizationCodeResult:
        async with asyncio.timeout(PATIENCE):
            return AuthorizationCodeResult.model_validate(await self.answer)

    async def arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection to the client's own port. Browsers also open some that they never use."""
        with suppress(ConnectionError):
            if line := (await reader.readline()).decode():
                writer.write(self.answered(line.split()[1]))
                await writer.drain()
        writer.close()

    def answered(self, target: str) -> bytes:
        """The answer to a request: from the callback on to another page, and no icon for either."""
        status, extra = "200 OK", ""
        if target.startswith("/callback"):
            status, extra = "302 Found", f"Location: http://localhost:{self.port}/thanks\r\n"
            if not self.answer.done():
                query = parse_qs(urlsplit(target).query)
                self.answer.set_result({name: values[0] for name, values in query.items()})
        close = "Content-Length: 0\r\nConnection: close\r\n\r\n"
        return f"HTTP/1.1 {status}\r\n{extra}{close}".encode()


@asynccontextmanager
async def signing_in(
    url: str, page: Page, act: Act, name: str = "A desktop client"
) -> AsyncIterator[tuple[Client, Person]]:
    """The SDK's client, which asks a person to sign in as soon as it needs to."""
    person = Person(page, act)
    waiting = await asyncio.start_server(person.arrived, "127.0.0.1", 0)
    try:
        person.port = waiting.sockets[0].getsockname()[1]
        back = f"http://127.0.0.1:{person.port}/callback"
        described = OAuthClientMetadata.model_validate(
            {"client_name": name, "redirect_uris": [back]}
        )
        auth = OAuthClientProvider(url, described, Keeper(), person.open, person.result)
        async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
            yield Client(streamable_http_client(url, http_client=http)), person
        # The browser may still be on its way there, and would complain of a port that is closed.
        await page.wait_for_url("http://localhost:*/thanks")
    finally:
        waiting.close()


async def allow(page: Page) -> None:
    await page.get_by_label("API key").fill(KEY)
    await page.keyboard.press("Enter")


async def test_a_client_signs_in_and_calls(browser: Browser) -> None:
    async def act(page: Page) -> None:
        await expect(page.locator(".client")).to_have_text("A desktop client")
        await expect(page.locator(".host")).to_have_text("127.0.0.1")
        await expect(page.get_by_text("On this device", exact=True)).to_be_visible()
        assert await violations(page) == []
        await allow(page)

    async with (
        site(auth="oauth") as url,
        opened(browser) as (page, watch),
        signing_in(f"{url}/mcp", page, act) as (client, person),
        client,
    ):
        result = await client.call_tool("get_me", {})

    assert watch.complaints == []
    assert not result.is_error
    assert (await person.answer)["iss"] == url


async def test_a_wrong_key_is_told_and_the_right_one_still_signs_in(browser: Browser) -> None:
    async def act(page: Page) -> None:
        await page.get_by_label("API key").fill("fam_0123456789abcdef")
        await page.get_by_role("button", name="Allow access").click()
        await expect(page.get_by_role("alert")).to_contain_text("Famulor refused this key.")
        await expect(page.get_by_role("alert")).to_be_focused()
        await allow(page)

    async with (
        site(auth="oauth") as url,
        opened(browser) as (page, _),
        signing_in(f"{url}/mcp", page, act) as (client, _person),
        client,
    ):
        assert not (await client.call_tool("get_me", {})).is_error


async def test_a_hostile_name_is_shown_as_what_it_is(browser: Browser) -> None:
    async def act(page: Page) -> None:
        shown = await page.locator(".client").inner_text()
        assert shown.startswith("Famulor Support</bdi><script>alert(1)</script>W")
        assert len(shown) <= 80
        await expect(page.get_by_text("Name not verified.")).to_be_visible()
        await allow(page)

    async with site(auth="oauth") as url, opened(browser) as (page, watch):
        async with signing_in(f"{url}/mcp", page, act, HOSTILE[:200]) as (client, _person), client:
            assert not (await client.call_tool("get_me", {})).is_error
        assert watch.complaints == []


async def test_an_altered_address_to_return_to_gets_no_code(browser: Browser) -> None:
    async def act(page: Page) -> None:
        url = page.url
        await page.goto(url.replace("127.0.0.1%3A", "evil.example%3A"))
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "This app wants an answer elsewhere"
        )
        await page.goto(url)
        await allow(page)

    async with site(auth="oauth") as url, opened(browser) as (page, watch):
        async with signing_in(f"{url}/mcp", page, act) as (client, _person), client:
            assert not (await client.call_tool("get_me", {})).is_error
        assert not [asked for asked in watch.asked if asked.startswith("http://evil")]


async def test_a_page_of_another_browser_has_expired(browser: Browser) -> None:
    """The cookie that the page came with is not there."""

    async def act(page: Page) -> None:
        url = page.url
        await page.context.clear_cookies()
        await allow(page)
        await expect(page.get_by_role("alert")).to_contain_text("This page has expired")
        await page.goto(url)
        await allow(page)

    async with (
        site(auth="oauth") as url,
        opened(browser) as (page, _),
        signing_in(f"{url}/mcp", page, act) as (client, _person),
        client,
    ):
        assert not (await client.call_tool("get_me", {})).is_error


async def test_the_landing_page_is_what_browsers_get_at_the_root(browser: Browser) -> None:
    async with site(auth="oauth") as url, opened(browser) as (page, watch):
        await page.goto(url)
        await expect(page.locator("#address")).to_have_text(f"{url}/mcp")
        await expect(page.locator("#state")).to_have_text(
            "The server runs, with the sandbox behind it."
        )
        for name in ("is it alive", "is it ready", "OpenAPI document"):
            link = await page.get_by_role("link", name=name).get_attribute("href")
            assert (await page.request.get(url + str(link))).ok
        assert watch.complaints == []
