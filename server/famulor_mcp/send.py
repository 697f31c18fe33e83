"""The only module that talks HTTP to the API: one pooled client, paced, with careful retries.

A request is sent again only if that cannot do anything twice: reads and idempotent ones after a
passing fault, any after 429 (it was not taken) and after a failure to connect (it was not sent).
Redirects are not followed, cookies are not kept, and the key stands in one header only.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from itertools import count
from ssl import SSLError
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from famulor_mcp import pace
from famulor_mcp.errors import OutcomeUnknown, RateLimited, Unreachable
from famulor_mcp.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from famulor_mcp.account import Account
    from famulor_mcp.build import Request
    from famulor_mcp.guard.fate import Flight
    from famulor_tools.table import RateLimit, Tool

LARGEST = 32 * 1024 * 1024
"""Bytes of an answer that are read, unpacked."""

BROKEN = "the connection broke"
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""What httpx reads authorities from (its documentation, "Environment variables")."""

TRIES = 4
PASSING = {502, 503, 504}
CONNECT_SECONDS = 5.0
CONNECTIONS = 512
IDLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case.

    `cut` says why the body is not whole. `repeated` is true where an earlier try of this request
    may have been taken by the API.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A try that brought no answer. `sent` is false where the API surely got nothing.

    One that is `lasting` would be the same at every other try.
    """

    reason: str
    sent: bool
    lasting: bool = False


Listener = Callable[["Tool", Answer], None]
"""Is told of every answer of the API, those that are tried again included."""

Observer = Callable[["Tool", int, Awaitable[Answer | Fault]], Awaitable[Answer | Fault]]
"""Stands around each try (tool, number of the try, the try itself) and hands its outcome on."""


class Upstream:
    """The API, or something that behaves like it.

    `timeout` is in seconds, for each read and write. `rate_limits` are those that hold for an
    account in all. `transport` replaces the network. Raises `ValueError` for a base URL that is
    neither HTTPS nor on this machine.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 30.0,
        rate_limits: Sequence[RateLimit] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        clock: pace.Clock | None = None,
    ) -> None:
        self.base_url = checked(base_url)
        self.clock = clock or pace.Clock()
        self._timeout = timeout
        self._rate_limits = tuple(rate_limits)
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self.listener: Listener | None = None
        self.observer: Observer | None = None

    async def send(  # noqa: PLR0913 - the facts of one try; only the last is optional
        self,
        request: Request,
        tool: Tool,
        account: Account,
        authorization: str,
        deadline: float,
        flight: Flight | None = None,
    ) -> Answer:
        """The API's answer to `request`, waited for until `deadline` on the clock.

        `flight` is kept up to date on whether the API may have the request. Raises `RateLimited`,
        `Unreachable` or `OutcomeUnknown` where there is none.
        """
        windows = {pace.EVERYTHING: self._rate_limits}
        if tool.rate_limits:
            windows[tool.name] = tool.rate_limits
        taken = False
        for attempt in count(1):
            await account.pace.turn(windows, deadline, self.clock)
            if flight:
                flight.out = True
            trying = self._try(request, authorization, deadline)
            outcome = await (self.observer(tool, attempt, trying) if self.observer else trying)
            if flight:
                flight.out = taken or not surely_not_taken(outcome)
            pause = self._pause(outcome, tool, attempt)
            if isinstance(outcome, Answer):
                self._heed(outcome, account, list(windows)[-1])
                if self.listener:
                    self.listener(tool, outcome)
            if pause is None or self.clock.now() + pause > deadline:
                break
            taken = taken or not surely_not_taken(outcome)
            await self.clock.sleep(pause)
        if isinstance(outcome, Fault):
            raise lost(tool, outcome, attempt, taken=taken)
        if outcome.status == 429:
            raise RateLimited(pace.too_busy(pause or 0), pause or 0)
        return replace(outcome, repeated=taken)

    async def reachable(self, seconds: float) -> bool:
        """Whether anything answers at the API's address within so many seconds. No key is sent."""
        import httpx

        try:
            client = self._client = self._client or self._open()
            request = httpx.Request("GET", self.base_url + "/", headers=client.headers)
            request.extensions = {"timeout": httpx.Timeout(seconds).as_dict()}
            async with asyncio.timeout(seconds):
                response = await client.send(request, stream=True)
                await response.aclose()
        except (OSError, httpx.RequestError):
            return False
        return True

    async def aclose(self) -> None:
        """Close the connections. The next call would open new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _pause(self, outcome: Answer | Fault, tool: Tool, attempt: int) -> float | None:
        """Seconds until the next try, or None if there must be none."""
        backoff = 2.0 ** min(attempt - 2, 4) * (0.5 + self.clock.chance())
        if isinstance(outcome, Answer) and outcome.status == 429:
            return max(backoff, asked_wait(outcome, self.clock.wall()) or 0)
        repeatable = tool.effect == "read" or tool.idempotent or surely_not_taken(outcome)
        passing = not outcome.lasting if isinstance(outcome, Fault) else is_passing(outcome)
        passing |= tool.effect == "read" and isinstance(outcome, Answer) and outcome.cut == BROKEN
        return backoff if passing and repeatable and attempt < TRIES else None

    def _heed(self, answer: Answer, account: Account, scope: str) -> None:
        """Hold back the account's other calls where the answer asks for it."""
        wait = pace.halt_of(answer.headers, self.clock.wall())
        if answer.status == 429:
            wait = max(wait, asked_wait(answer, self.clock.wall()) or 0)
        if wait > 0:
            account.pace.halt(scope, wait, self.clock.now())

    async def _try(self, request: Request, authorization: str, deadline: float) -> Answer | Fault:
        """Send once."""
        import httpx

        left = deadline - self.clock.now()
        if left <= 0:
            return Fault("the time for this call ran out", sent=False)
        try:
            async with asyncio.timeout(left):
                return await self._exchange(request, authorization)
        except TimeoutError:
            return Fault("no answer came in time", sent=True)
        except httpx.RequestError as error:
            return fault(error)
        except OSError as error:  # of the certificates: what comes of a connection is httpx's
            return Fault(untrusted(error), sent=False, lasting=True)

    async def _exchange(self, request: Request, authorization: str) -> Answer:
        import httpx

        client = self._client = self._client or self._open()
        headers = {**dict(client.headers.items()), **dict(request.headers)}
        headers["Authorization"] = authorization
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        form: dict[str, Any] = {}
        if request.fields or request.files:
            parts = [(name, (p.filename, p.content, p.media_type)) for name, p in request.files]
            form = {"files": [*((name, (None, text)) for name, text in request.fields), *parts]}
        # The client's own builder would merge URLs, queries and cookies that we do not use.
        built = httpx.Request(
            request.method,
            self.base_url + request.target,
            headers=headers,
            content=request.content,
            extensions={"timeout": client.timeout.as_dict()},
            **form,
        )
        response = await client.send(built, stream=True)
        try:
            body, cut = await body_of(response)
        finally:
            await response.aclose()
        return Answer(response.status_code, dict(response.headers.items()), body, cut)

    def _open(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(
            transport=self._transport,
            timeout=httpx.Timeout(self._timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
            ),
            headers={
                "Accept": "application/json",
                "User-Agent": f"famulor-mcp/{version('famulor-mcp')}",
            },
            # A kept cookie would carry one account's session into another's requests.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # A proxy has no business with what stays on this machine.
            trust_env=self.base_url.startswith("https:"),
        )


def checked(base_url: str) -> str:
    """A base URL without trailing slash, if the key may be sent there. Else `ValueError`."""
    parts = urlsplit(base_url.strip())
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError(f"The base URL must be an https:// address, not {base_url!r}.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"The base URL must use https://, not http: {base_url!r}.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("The base URL must have no user, query or fragment.")
    return SplitResult(parts.scheme, parts.netloc, parts.path.rstrip("/"), "", "").geturl()


async def body_of(response: httpx.Response) -> tuple[bytes, str]:
    """The body, and why it is not whole. The latter only where the status already says success."""
    import httpx

    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > LARGEST:
                return b"".join(chunks), f"it is larger than {LARGEST // 1024 // 1024} MB"
            chunks.append(chunk)
    except httpx.RequestError:
        if not response.is_success:
            raise
        return b"".join(chunks), BROKEN
    return b"".join(chunks), ""


def fault(error: httpx.RequestError) -> Fault:
    """What an error of httpx means for the request. Only the first group surely sent nothing."""
    import httpx

    unsent = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
    )
    if isinstance(error, unsent):
        return Fault("no connection could be made", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return Fault("no answer came in time", sent=True)
    return Fault("the connection broke before the answer", sent=True)


def untrusted(error: OSError) -> str:
    """Why no certificates of authorities could be loaded, naming the variable that leads there."""
    why = "it holds no certificates" if isinstance(error, SSLError) else error.strerror
    for name in CERTIFICATES:
        if path := os.environ.get(name):
            return f"{name} is {path} ({why}); set it to a PEM file of certificates, or unset it"
    return f"the certificates of authorities cannot be read ({why})"


def surely_not_taken(outcome: Answer | Fault) -> bool:
    """Whether the API has certainly not acted on the request."""
    return not outcome.sent if isinstance(outcome, Fault) else outcome.status == 429


def is_passing(answer: Answer) -> bool:
    """Whether an answer speaks of a fault that may pass: of a proxy's making, not the API's own."""
    return answer.status in PASSING and "error_code" not in json_object(answer.body)


def asked_wait(answer: Answer, wall: float) -> float | None:
    """Seconds that a 429 asks to wait, by header or by body."""
    waits = (
        pace.retry_after(answer.headers, wall),
        pace.number(json_object(answer.body).get("retry_after")),
    )
    return max((wait for wait in waits if wait is not None), default=None)


def json_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`, or an empty one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def lost(tool: Tool, fault: Fault, tries: int, *, taken: bool) -> Unreachable | OutcomeUnknown:
    """The error for a call without an answer."""
    tried = "" if tries == 1 else f" ({tries} tries)"
    if tool.effect != "read" and (fault.sent or taken):
        return OutcomeUnknown.after(tool, f"{fault.reason}{tried}")
    nothing = "Nothing was changed." if tool.effect == "read" else "Nothing was sent."
    return Unreachable(f"The API could not be reached: {fault.reason}{tried}. {nothing}")
