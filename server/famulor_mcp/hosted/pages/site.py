"""What the pages tell about the server that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from famulor_mcp.hosts import is_loopback


@dataclass(frozen=True, slots=True)
class Site:
    """A server: where people reach it, and how it takes them in.

    `url` is the public address without a slash at its end, such as `https://mcp.example.com`; it
    may have a path. With `signin` people sign in on a page, else their key goes in a header, unless
    the server is `keyless`: then it uses its operator's. In the `sandbox` nothing is real.
    """

    url: str
    version: str
    signin: bool
    sandbox: bool
    keyless: bool = False

    @property
    def mcp(self) -> str:
        """The address that people give to their client."""
        return f"{self.url}/mcp"

    @property
    def base(self) -> str:
        """The path below which the server answers, empty or such as `/famulor`."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def host(self) -> str:
        """Host and port, as the address bar shows them."""
        return urlsplit(self.url).netloc

    @property
    def reachable(self) -> bool:
        """Whether a client that runs elsewhere could reach it: by https, and not this machine."""
        parts = urlsplit(self.url)
        return parts.scheme == "https" and not is_loopback(parts.hostname or "")
