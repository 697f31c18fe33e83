"""OAuth 2.1 authorization server and resource server in one: a person pastes the API key once,
and the client they use is given tokens that stand for it.

Follows RFC 6749 as draft-ietf-oauth-v2-1 narrows it, RFC 7636, 7591, 7009, 8252, 8414, 8707,
9207, 9700 and 9728. The models of its documents, the cipher and the handlers that are right are
the SDK's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mcp.server.auth.routes import cors_middleware
from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response

from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.hosted.identity import Identity
from famulor_mcp.hosted.signin.authorize import Authorize
from famulor_mcp.hosted.signin.clients import Clients
from famulor_mcp.hosted.signin.consent import Answer, Asking
from famulor_mcp.hosted.signin.documents import Documents
from famulor_mcp.hosted.signin.families import Families
from famulor_mcp.hosted.signin.fields import UNSTORED, Refusal
from famulor_mcp.hosted.signin.grants import Grants
from famulor_mcp.hosted.signin.limits import Limits
from famulor_mcp.hosted.signin.resource import SCOPE, Resource, canonical
from famulor_mcp.hosted.signin.seal import Sealer, derive
from famulor_mcp.hosted.signin.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.store import Store
    from famulor_mcp.hosted.pages import Pages
    from famulor_mcp.hosted.signin.consent import Check

    Handler = Callable[[Request], Awaitable[Response]]

PATHS = ("/mcp", "/", "/sse")
LARGEST_BODY = 64 * 1024
ONLY_POST = {"Allow": "POST, OPTIONS"}


class SignIn:
    """The door of the hosted server (`identity.Door`).

    `issuer` is the public URL: https, or http on this machine; raises `ValueError` otherwise.
    `secrets` have 32 bytes or more each: the first seals, all open. `check` judges a key that was
    pasted. `mcp_paths` are those of the MCP endpoints; the first names the resource that tokens are
    for. `documents` fetches what clients tell of themselves.
    """

    def __init__(  # noqa: PLR0913 - the parts of the server that it stands on, each needed
        self,
        issuer: str,
        secrets: Sequence[bytes],
        store: Store,
        check: Check,
        pages: Pages,
        *,
        mcp_paths: Sequence[str] = PATHS,
        clock: Clock | None = None,
        documents: Documents | None = None,
    ) -> None:
        clock = clock or SystemClock()
        issuer = canonical(issuer)
        sealer = Sealer(secrets, issuer, clock)
        limits = Limits(store, derive(secrets[0], "limits"))
        asking = Asking(issuer, sealer, pages)
        self._resource = Resource(issuer, mcp_paths)
        self._clients = Clients(sealer, documents or Documents(clock), limits, clock)
        self._tokens = Tokens(sealer)
        self._families = Families(store, clock)
        self._authorize = Authorize(issuer, self._clients, self._resource, pages, asking)
        self._check = check
        audience = self._resource.audience
        self._answer = Answer(issuer, audience, asking, self._tokens, limits, check, pages)
        self._grants = Grants(self._clients, self._tokens, self._families, self._resource)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """All that a client and a browser ask on the way to a token."""
        return [
            *self._resource.routes(),
            Route("/authorize", self._authorize.page, methods=["GET"]),
            Route("/consent", bounded(self._answer.posted), methods=["POST"]),
            Route("/consent", self._answer.gone, methods=["GET"]),
            called("/token", self._grants.token),
            called("/revoke", self._grants.revoke),
            called("/register", self._register),
        ]

    async def identify(self, token: str) -> Identity | None:
        """Whose access token it is. None if it is not one of this server, or no longer good."""
        grant = self._tokens.read("access", token)
        if grant is None or grant.audience != self._resource.audience:
            return None
        certain = True
        try:
            if await self._families.over(grant.family):
                return None
        except StoreFault:
            certain = False
        until = int(grant.expires)
        return Identity(grant.key, grant.client, grant.scopes, until, certain, grant.family)

    async def doubt(self, identity: Identity) -> bool:
        """The API refused this key. If it does so again, asked for the account, that is sure.

        Then the sign-in is over: its client is answered with 401, and begins a new one.
        """
        if not identity.family or (await self._check(identity.key)).standing != "refused":
            return False
        with suppress(StoreFault):  # then the next refusal ends it
            await self._families.end(identity.family)
        return True

    def challenge(self, error: str = "", description: str = "", path: str = PATHS[0]) -> str:
        """`WWW-Authenticate` for a request to `path`; with `error` only if a token was given."""
        return self._resource.challenge(error, description, path)

    async def _register(self, request: Request) -> Response:
        """POST /register."""
        try:
            issued = self._clients.register(await request.body(), SCOPE)
        except Refusal as refusal:
            return refusal.response()
        return JSONResponse(issued, 201, UNSTORED)


def bounded(handle: Handler) -> RequestBodyLimitMiddleware:
    return RequestBodyLimitMiddleware(request_response(handle), LARGEST_BODY)


def called(path: str, handle: Handler) -> Route:
    """A route for programs, also for one that runs in a browser: no cookie means anything here."""

    async def posted(request: Request) -> Response:
        """OPTIONS is let in for preflights alone, which come no further than the middleware."""
        return await handle(request) if request.method == "POST" else Response(None, 405, ONLY_POST)

    app = cors_middleware(posted, ["POST"])
    app = RequestBodyLimitMiddleware(app, LARGEST_BODY)
    return Route(path, app, methods=["POST", "OPTIONS"])
