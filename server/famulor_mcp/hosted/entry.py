"""From a request to a message of somebody: who sends it, and whether it is JSON-RPC at all.

In this order: a token, a key in the header, the key of the operator. What is neither gets 401 and
never gets further, but for the words with which a client and a server meet, if the operator made
them public.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard

import mcp_types as types
import orjson
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from famulor_mcp.account import SENDABLE
from famulor_mcp.hosted.answers import Denied, Problem
from famulor_mcp.hosted.bounds import read, replayed, said
from famulor_mcp.hosted.identity import IDENTITY, Identity
from famulor_mcp.hosted.logs import MESSAGE, TRACE
from famulor_mcp.settings import PLACEHOLDER

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from famulor_mcp.hosted.identity import Door
    from famulor_mcp.hosted.logs import Trace
    from famulor_mcp.hosted.room import Rooms
    from famulor_mcp.hosting import Auth

JSON_TYPE = "application/json"
KEY_HEADER = "X-Famulor-Api-Key"
LONGEST_KEY = 512
LARGEST_GREETING = 64 * 1024
"""Bytes of a message from nobody in particular."""
PUBLIC = {"initialize", "notifications/initialized", "ping", "server/discover", "tools/list"}
"""What a client may ask before it has signed in, if the operator lets it."""
BEARER = re.compile(rb"(?i:bearer) +([\x21-\x7e]+) *")
KEY_CHALLENGE = f'ApiKey realm="famulor-mcp", header="{KEY_HEADER}"'

MOST_MARKS = 150_000
"""Strings, commas, colons and brackets in one message. With more of them, a body of megabytes
would hold up everybody while it is read."""
MARK = re.compile(rb'"[^"]*"|[,:\[{]')

BATCH = Problem(400, "JSON-RPC batches are not taken: send each message in a request of its own.")
NO_JSON = Problem(400, "The body is not valid JSON.", types.PARSE_ERROR)
NO_MESSAGE = Problem(
    400,
    'The body must be one JSON-RPC 2.0 message: {"jsonrpc": "2.0", "id": 1, "method": "…", '
    '"params": {…}}.',
)
UNNAMED = Problem(
    415, "The body must be named for what it is. Send the header Content-Type: application/json."
)
TOO_MANY = Problem(413, "A message may not hold so many values: send them in several.")
TWICE = Problem(
    400, f"Send either Authorization or {KEY_HEADER}, and that once: which account is meant?"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not let in. Without `error` they did not say who they are (RFC 6750 3.1)."""

    error: str
    words: str


NOBODY = Refusal("", "Who are you? Sign in, or send an API key.")


class Gate:
    """Tells who makes a request by its headers."""

    def __init__(self, auth: Auth, door: Door | None = None, own: str | None = None) -> None:
        self._auth = auth
        self._door = door
        self._own = Identity(own) if auth == "none" and own else None

    async def admit(self, scope: Scope) -> Identity | Refusal | Problem:
        """Who makes the request, why they are not let in, or what is wrong with how they say it."""
        tokens, keys = _credentials(scope)
        if len(tokens) + len(keys) > 1:
            return TWICE
        if tokens:
            return await self._by_token(tokens[0])
        if keys:
            return _by_key(keys[0])
        return self._own or NOBODY

    def deny(self, refusal: Refusal, path: str) -> Denied:
        """The answer to somebody who is not let in at `path`."""
        challenge = KEY_CHALLENGE
        if self._door:
            words = refusal.words if refusal.error else ""
            challenge = self._door.challenge(refusal.error, words, path)
        return Denied(challenge, refusal.error or "unauthorized", self._advice(refusal))

    def _advice(self, refusal: Refusal) -> str:
        if refusal.error:
            return refusal.words
        if self._door is None:
            return f"Send the API key in the header {KEY_HEADER}."
        return f"Sign in, or send an API key in the header {KEY_HEADER}."

    async def _by_token(self, value: bytes) -> Identity | Refusal:
        found = BEARER.fullmatch(value)
        if self._door is None:
            return Refusal("invalid_token", f"There is no sign-in here. Send {KEY_HEADER} instead.")
        if not found:
            return Refusal(
                "invalid_token", "Authorization must hold a bearer token of this server."
            )
        identity = await self._door.identify(str(found[1], "ascii"))
        return identity or Refusal("invalid_token", "The token has expired or is not valid here.")


def _credentials(scope: Scope) -> tuple[list[bytes], list[bytes]]:
    tokens, keys = [], []
    for name, value in scope["headers"]:
        if name == b"authorization":
            tokens.append(value)
        elif name == b"x-famulor-api-key":
            keys.append(value)
    return tokens, keys


def _by_key(value: bytes) -> Identity | Refusal:
    key = value.decode("latin-1").strip()
    if not key or PLACEHOLDER.fullmatch(key):
        return Refusal("invalid_token", f"{KEY_HEADER} holds no key.")
    if len(key) > LONGEST_KEY or not SENDABLE.fullmatch(key):
        return Refusal("invalid_token", f"{KEY_HEADER} holds what cannot be a key.")
    return Identity(key)


class Pass(AccessToken):
    """An identity as the SDK's own parts know one; they bind sessions and questions to it."""

    @classmethod
    def of(cls, identity: Identity) -> AuthenticatedUser:
        """What the SDK looks for in a scope. It holds no secret."""
        return AuthenticatedUser(
            cls.model_construct(
                token="",
                client_id=identity.client or "key",
                scopes=list(identity.scopes),
                expires_at=identity.expires,
                subject=identity.subject,
            )
        )


class Entry:
    """Lets messages of known people through to the transport.

    Whoever is not let in is told to sign in for `endpoint`: clients compare it with the address
    that they were given, which is not always the path of the request.
    """

    def __init__(
        self, app: ASGIApp, gate: Gate, rooms: Rooms, *, public: bool = False, endpoint: str = ""
    ) -> None:
        self._app = app
        self._gate = gate
        self._rooms = rooms
        self._public = public
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._gate.admit(scope)
        if isinstance(found, Identity):
            await self._known(found, scope, receive, send)
        elif isinstance(found, Problem):
            await found(scope, receive, send)
        elif self._public and found is NOBODY and scope["method"] == "POST":
            await self._greeted(scope, receive, send)
        else:
            await self._deny(found, scope)(scope, receive, send)

    def _deny(self, refusal: Refusal, scope: Scope) -> Denied:
        return self._gate.deny(refusal, self._endpoint or scope["path"])

    async def _known(self, identity: Identity, scope: Scope, receive: Receive, send: Send) -> None:
        user = Pass.of(identity)
        trace: Trace = scope[TRACE]
        trace.account, trace.key = user.access_token.subject or "", identity.key
        scope[IDENTITY], scope["user"] = identity, user
        token = auth_context_var.set(user)
        try:
            if scope["method"] != "POST":
                await self._app(scope, receive, send)
                return
            with self._rooms.place(scope) as place:
                content, refused = await read(scope, receive, self._rooms.largest, place)
                if refused := refused or judged(content, scope):
                    await refused(scope, receive, send)
                else:
                    await self._app(scope, replayed(content, receive), send)
        finally:
            auth_context_var.reset(token)

    async def _greeted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A message of nobody in particular: it must be one of those that anyone may send."""
        trace: Trace = scope[TRACE]
        with self._rooms.place(scope) as place:
            content, refused = await read(scope, receive, LARGEST_GREETING, place)
        refused = refused or judged(content, scope)
        if refused is None and trace.rpc in PUBLIC:
            await self._app(scope, replayed(content, receive), send)
        elif refused is None or refused is BATCH:
            await self._deny(NOBODY, scope)(scope, receive, send)
        else:
            await refused(scope, receive, send)


def judged(content: bytes, scope: Scope) -> Problem | None:
    """What is wrong with a message, if anything is. The scope learns what it is."""
    if (said(scope, b"content-type") or "").partition(";")[0].strip().lower() != JSON_TYPE:
        return UNNAMED  # what curl -d sends, and pages that may not ask first
    if crowded(content):
        return TOO_MANY
    try:
        message = orjson.loads(content)
    except ValueError:
        return NO_JSON
    if isinstance(message, list):
        return BATCH
    if not _is_message(message):
        return NO_MESSAGE
    trace: Trace = scope[TRACE]
    scope[MESSAGE], trace.rpc = message, message.get("method", "")
    if trace.rpc == "tools/call":
        name = message.get("params", {}).get("name")
        trace.tool = name if isinstance(name, str) else ""
    return None


def crowded(content: bytes) -> bool:
    """Whether a text of JSON holds too many values, by its punctuation: it is not read for this.

    What stands within strings does not count. That is looked at only where it matters.
    """
    if sum(map(content.count, (b'"', b",", b":", b"[", b"{"))) <= MOST_MARKS:
        return False
    bare = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    return next(islice(MARK.finditer(bare), MOST_MARKS, None), None) is not None


def _is_message(message: Any) -> TypeGuard[dict[str, Any]]:
    """Whether this is a request, a notification or an answer of JSON-RPC 2.0."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return False
    number = message.get("id", 0)
    if not isinstance(number, str | int) or isinstance(number, bool):
        return False
    if not isinstance(message.get("params", {}), dict):
        return False
    if "method" in message:
        return isinstance(message["method"], str)
    return "id" in message and ("result" in message or "error" in message)
