"""Client ID metadata documents: a client whose id is the address of its description.

draft-ietf-oauth-client-id-metadata-document. Whoever sends a browser here names the address, so
it is fetched with care: https, public hosts, no redirect, a few kilobytes, a few seconds.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import httpcore
from pydantic_core import from_json

from famulor_mcp.hosted.signin.client import LONGEST_NAME, Client
from famulor_mcp.hosted.signin.public import PORT, PublicOnly
from famulor_mcp.hosted.signin.redirects import LONGEST, PLACE, PLAIN, allowed

if TYPE_CHECKING:
    import ssl

    from famulor_mcp.guard.clock import Clock

log = logging.getLogger(__name__)

LARGEST = 10 * 1024
PATIENCE = 5.0
FRESH = 3600.0
KEPT = 500


class Unusable(Exception):  # noqa: N818 - says what the document is
    """Nothing good is known of the client; the text says why."""


def is_address(client_id: str) -> bool:
    """Whether `client_id` is meant as the address of a document."""
    return client_id.startswith("https://")


def check(url: str) -> None:
    """Raise `Unusable` unless `url` has the form that the draft wants (section 3)."""
    if len(url) > LONGEST or not PLAIN.fullmatch(url):
        raise Unusable("the address is too long or holds what no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unusable("the address cannot be read") from None
    steps = parts.path.split("/")
    if not PLACE.fullmatch(parts.netloc) or port not in (None, PORT):
        raise Unusable("the address must have a plain host, no user, and port 443")
    if parts.path in ("", "/") or "." in steps or ".." in steps:
        raise Unusable("the address must have a path, without . and ..")


class Documents:
    """Fetches documents, and keeps each for an hour. A fault is not kept."""

    def __init__(
        self,
        clock: Clock,
        network: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._clock = clock
        self._network = network or PublicOnly()
        self._tls = tls
        self._patience = patience
        self._kept: OrderedDict[str, tuple[float, Client]] = OrderedDict()

    def kept(self, url: str) -> Client | None:
        """The client that `url` described less than an hour ago."""
        until, client = self._kept.get(url, (0.0, None))
        return client if until > self._clock.monotonic() else None

    async def fetch(self, url: str) -> Client:
        """The client that `url` describes now. Raises `Unusable`."""
        check(url)
        try:
            with anyio.fail_after(self._patience):
                client = described(url, await self._body(url))
        except TimeoutError:
            raise Unusable("its host takes too long") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            log.info("The document of a client cannot be had: %s", type(error).__name__)
            raise Unusable("its host cannot be reached, or may not be") from error
        self._kept[url] = (self._clock.monotonic() + FRESH, client)
        self._kept.move_to_end(url)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return client

    async def _body(self, url: str) -> bytes:
        headers = [
            ("Host", urlsplit(url).netloc),
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            # Many hosts turn away who does not say what it is.
            ("User-Agent", f"famulor-mcp/{version('famulor-mcp')}"),
        ]
        extensions = {"timeout": dict.fromkeys(("connect", "read", "write"), self._patience)}
        pool = httpcore.AsyncConnectionPool(self._context(), network_backend=self._network)
        async with (
            pool,
            pool.stream("GET", url, headers=headers, extensions=extensions) as answer,
        ):
            if answer.status != 200:
                raise Unusable(f"its host answers {answer.status}, and must answer 200 itself")
            body = b""
            async for chunk in answer.aiter_stream():
                body += chunk
                if len(body) > LARGEST:
                    raise Unusable(f"it is larger than {LARGEST} bytes")
        return body

    def _context(self) -> ssl.SSLContext:
        """The trust that the rest of the gateway has, made when it is first needed."""
        if self._tls is None:
            import httpx

            self._tls = httpx.create_ssl_context()
        return self._tls


def described(url: str, body: bytes) -> Client:
    """The client in the document. Raises `Unusable`.

    It must have what MCP wants in it: client_id, client_name and redirect_uris (authorization,
    "Client ID Metadata Documents"). Redirect URIs that may not be registered here are left out:
    the document is for any server.
    """
    try:
        data: Any = from_json(body)
    except ValueError:
        raise Unusable("it is not JSON") from None
    if not isinstance(data, dict) or data.get("client_id") != url:
        raise Unusable("its client_id is not its own address")
    if data.get("token_endpoint_auth_method", "none") != "none" or "client_secret" in data:
        raise Unusable("it must have the token_endpoint_auth_method none")
    name = data.get("client_name")
    if not isinstance(name, str) or not name.strip():
        raise Unusable("it has no client_name")
    listed = data.get("redirect_uris")
    uris = listed if isinstance(listed, list) else []
    redirects = tuple(uri for uri in uris if isinstance(uri, str) and allowed(uri))
    if not redirects:
        raise Unusable("it lists no redirect_uris that can be used here")
    return Client(url, name[:LONGEST_NAME], redirects, document=True)
