"""Make the pictures of pages, docs/landing.png and docs/consent.png, from a real server.

Run `python docs/screens.py`, or `make pictures`. Needs Chromium (a Debian package) and playwright,
which is in the group dev.
"""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

FOLDER = Path(__file__).parent
LARGEST = 150_000
"""Bytes of a picture."""

BACK = "https://claude.ai/api/mcp/auth_callback"


@contextmanager
def served() -> Iterator[str]:
    """The address of a hosted server on the sandbox."""
    words = [sys.executable, "-m", "famulor_mcp", "http", "--sandbox", "--port", "8787"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            line = next((line for line in server.stderr if "Serving" in line), "")
            found = re.search(r"http://[\d.]+:\d+", line)
            if not found:
                sys.exit("the server did not start: is port 8787 free?")
            yield found[0]
        finally:
            server.terminate()


def asking(url: str) -> str:
    """The address of the page on which a client asks for access."""
    client = {
        "client_name": "Claude",
        "redirect_uris": [BACK],
        "token_endpoint_auth_method": "none",
    }
    registered = httpx.post(f"{url}/register", json=client).raise_for_status().json()
    challenge = sha256(secrets.token_urlsafe(32).encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": BACK,
        "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "state": "1",
        "scope": "tools",
        "resource": f"{url}/mcp",
    }
    return f"{url}/authorize?{urlencode(asked)}"


def take(page: Page, url: str, name: str, height: int) -> None:
    """A picture of the upper part of a page."""
    page.set_viewport_size({"width": 900, "height": height})
    page.goto(url, timeout=20_000)
    path = FOLDER / name
    page.screenshot(path=path)
    if path.stat().st_size > LARGEST:
        sys.exit(f"{name} has more than {LARGEST} bytes")


def main() -> None:
    """All pictures of pages."""
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), timeout=20_000
        )
        page = browser.new_page(locale="en", color_scheme="light")
        take(page, url, "landing.png", 900)
        take(page, asking(url), "consent.png", 1000)
        browser.close()


if __name__ == "__main__":
    main()
