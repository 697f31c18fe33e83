"""The token endpoint (RFC 6749 section 3.2) and revocation (RFC 7009).

The SDK's handlers are not used for these: they take a code with a wrong redirect URI for a wrong
request, an unknown grant type likewise, read the machine's clock, check no resource, and want a
secret from public clients that revoke.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp.server.auth.json_response import PydanticJSONResponse
from starlette.responses import Response

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.hosted.signin.fields import UNSTORED, Fields, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.shared.auth import OAuthToken
    from starlette.requests import Request

    from famulor_mcp.hosted.signin.client import Client
    from famulor_mcp.hosted.signin.clients import Clients
    from famulor_mcp.hosted.signin.families import Families
    from famulor_mcp.hosted.signin.resource import Resource
    from famulor_mcp.hosted.signin.tokens import Code, Tokens

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""A code verifier (RFC 7636 section 4.1)."""


@dataclass(frozen=True, slots=True)
class Grants:
    """Answers /token and /revoke."""

    clients: Clients
    tokens: Tokens
    families: Families
    resource: Resource

    async def token(self, request: Request) -> Response:
        """POST /token."""
        return await answered(self._token, request)

    async def revoke(self, request: Request) -> Response:
        """POST /revoke."""
        return await answered(self._revoke, request)

    async def _token(self, request: Request) -> Response:
        fields = await Fields.posted(request)
        client = self.clients.authenticate(request, fields)
        kind = fields.need("grant_type")
        if kind == "authorization_code":
            token = await self._by_code(client, fields)
        elif kind == "refresh_token":
            token = await self._by_refresh(client, fields)
        else:
            raise Refusal(
                "unsupported_grant_type", "grant_type must be authorization_code or refresh_token"
            )
        return PydanticJSONResponse(token, headers=UNSTORED)

    async def _by_code(self, client: Client, fields: Fields) -> OAuthToken:
        """RFC 6749 section 4.1.3, RFC 7636 section 4.6."""
        text, verifier = fields.need("code"), fields.need("code_verifier")
        if not VERIFIER.fullmatch(verifier):
            raise Refusal("invalid_request", "code_verifier must have 43 to 128 characters")
        self.resource.check(fields)
        code = self.tokens.read_code(text)
        if code is None or code.grant.client != client.label:
            raise Refusal("invalid_grant", "the code is not one for this client, or has expired")
        check_code(code, fields.one("redirect_uri"), verifier)
        if not await self.families.begin(code.grant.family):
            raise Refusal("invalid_grant", "the code was used before; what it gave is revoked")
        return self.tokens.issue(code.grant, code.grant.scopes)

    async def _by_refresh(self, client: Client, fields: Fields) -> OAuthToken:
        """RFC 6749 section 6, with rotation (RFC 9700 section 4.14.2)."""
        grant = self.tokens.read("refresh", fields.need("refresh_token"))
        self.resource.check(fields)
        if grant is None or grant.client != client.label:
            raise Refusal(
                "invalid_grant", "the refresh token is not one for this client, or has expired"
            )
        scopes = tuple(fields.one("scope").split()) or grant.scopes
        if not set(scopes) <= set(grant.scopes):
            raise Refusal("invalid_scope", f"scope must be within {' '.join(grant.scopes)}")
        if not await self.families.step(grant.family, grant.number):
            raise Refusal("invalid_grant", "the refresh token was revoked, or used before")
        return self.tokens.issue(grant, scopes)

    async def _revoke(self, request: Request) -> Response:
        """RFC 7009 section 2. One token ends all of its grant."""
        fields = await Fields.posted(request)
        client = self.clients.authenticate(request, fields)
        text = fields.need("token")
        grant = self.tokens.read("refresh", text) or self.tokens.read("access", text)
        if grant is not None and grant.client != client.label:
            raise Refusal("invalid_grant", "the token was issued to another client")
        if grant is not None:
            await self.families.end(grant.family)
        return Response(headers=UNSTORED)


async def answered(handle: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """What `handle` answers, or why not."""
    try:
        return await handle(request)
    except Refusal as refusal:
        return refusal.response()
    except StoreFault:
        text = "sign-ins cannot be checked at the moment: try again soon"
        return Refusal("temporarily_unavailable", text, 503).response()


def check_code(code: Code, redirect: str, verifier: str) -> None:
    """Raise `Refusal` unless whoever brings the code is who asked for it.

    OAuth 2.1 (section 10.2) no longer has `redirect_uri` here; who sends it is held to it.
    """
    if redirect and redirect != code.redirect:
        raise Refusal("invalid_grant", "redirect_uri is not the one that the code was sent to")
    hashed = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    if not hmac.compare_digest(challenge, code.challenge):
        raise Refusal("invalid_grant", "code_verifier does not fit the code_challenge")
