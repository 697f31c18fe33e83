"""Debian's Chromium, driven by Playwright, with axe-core as the judge of accessibility."""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from playwright.async_api import async_playwright, expect
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from playwright.async_api import Browser, ConsoleMessage, Page
    from starlette.types import ASGIApp

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
LIMIT = 1000 * PATIENCE
"""Milliseconds that anything on a page may take."""
expect.set_options(timeout=LIMIT)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of the system. Its absence is a failure: nothing here is skipped."""
    path = shutil.which("chromium")
    assert path, "Chromium is not installed: run `make interop`."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, timeout=LIMIT)
        yield browser
        await browser.close()


class Watch:
    """What a page did that it must not do: complaints of the browser, and requests elsewhere."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser says it of every page that is answered with such a status, as those with
        # a fault are; and of the client's own page, which has no icon.
        place = message.location["url"]
        of_icon = place.endswith("/favicon.ico")
        if message.type in {"error", "warning"} and "status of 400" not in message.text:
            self.complaints += [] if of_icon else [f"{message.text} ({place})"]

    def elsewhere(self, url: str) -> list[str]:
        """Requests to other hosts than the page's own."""
        own = urlsplit(url).netloc
        return [asked for asked in self.asked if urlsplit(asked).netloc != own]


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncIterator[tuple[Page, Watch]]:
    """A page of its own, as a fresh browser has it."""
    context = await browser.new_context(**options)
    context.set_default_timeout(LIMIT)
    page = await context.new_page()
    try:
        yield page, Watch(page)
    finally:
        await context.close()


async def violations(page: Page) -> list[str]:
    """What axe-core has to say against the page, by rule and element."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run()")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def overflows(page: Page) -> bool:
    """Whether the page scrolls to the side."""
    wide: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


@contextmanager
def serving(make: Callable[[str], ASGIApp]) -> Iterator[str]:
    """The application that `make` builds for its address, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make(url), log_level="error", lifespan="off"))
        started = threading.Event()
        startup = server.startup

        async def announced(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            started.set()

        server.startup = announced  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        assert started.wait(PATIENCE)
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
