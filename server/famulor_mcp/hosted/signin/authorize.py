"""The authorization endpoint (RFC 6749 section 3.1): judges the request, and shows the page.

The SDK's handler is not used: it takes repeated parameters and a missing code_challenge_method,
loses empty parameters of the redirect URI, and leaves `iss` out of errors.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.hosted.signin.documents import Unusable
from famulor_mcp.hosted.signin.fields import UNSTORED, Fields, Refusal
from famulor_mcp.hosted.signin.limits import Crowded, address
from famulor_mcp.hosted.signin.redirects import extended, target
from famulor_mcp.hosted.signin.resource import SCOPE
from famulor_mcp.hosted.signin.transaction import Transaction

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from famulor_mcp.hosted.pages import Pages, Problem
    from famulor_mcp.hosted.signin.client import Client
    from famulor_mcp.hosted.signin.clients import Clients
    from famulor_mcp.hosted.signin.consent import Asking
    from famulor_mcp.hosted.signin.resource import Resource

log = logging.getLogger(__name__)

LONGEST_STATE = 4096
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url without padding (RFC 7636 section 4.2)."""


class Elsewhere(Exception):  # noqa: N818 - says what is wrong
    """The client did not register where it wants the browser to be sent."""


PROBLEMS: dict[type[Exception], tuple[Problem, int]] = {
    Refusal: ("request", 400),
    Unusable: ("client", 400),
    Elsewhere: ("redirect", 400),
    Crowded: ("limited", 429),
    StoreFault: ("server", 503),
}
"""What is shown where the browser must not be sent anywhere."""


@dataclass(frozen=True, slots=True)
class Authorize:
    """Answers /authorize."""

    issuer: str
    clients: Clients
    resource: Resource
    pages: Pages
    asking: Asking

    async def page(self, request: Request) -> Response:
        """GET /authorize. Whoever is not known, or asks for a strange place, is sent nowhere."""
        try:
            fields = Fields.parse(request.url.query)
            client = await self.clients.find(fields.need("client_id"), address(request))
            redirect = client.redirect(fields.one("redirect_uri"))
            if redirect is None:
                raise Elsewhere("the redirect URI is not registered")
        except tuple(PROBLEMS) as error:
            log.info("A browser was not asked to agree: %s", error)
            return self.pages.problem(request, *PROBLEMS[type(error)])
        return self._judged(request, fields, client, redirect)

    def _judged(self, request: Request, fields: Fields, client: Client, redirect: str) -> Response:
        try:
            challenge = self._challenge(fields)
        except Refusal as refusal:
            return self._back(request, redirect, fields, refusal)
        cookie = secrets.token_hex(16)
        return self.asking.first(
            request,
            cookie,
            Transaction(
                id=secrets.token_hex(16),
                client=client.label,
                name=client.name,
                verified=client.document and at_home(client.id, redirect),
                redirect=redirect,
                state=fields.one("state"),
                challenge=challenge,
                cookie=self.asking.mark(cookie),
            ),
        )

    def _challenge(self, fields: Fields) -> str:
        """The code challenge. Raises `Refusal` if the request is not one to ask a person about."""
        fields.check()
        if fields.need("response_type") != "code":
            raise Refusal("unsupported_response_type", "response_type must be code")
        challenge = fields.need("code_challenge")
        if fields.one("code_challenge_method") != "S256":  # left out it means plain (RFC 7636 4.3)
            raise Refusal("invalid_request", "code_challenge_method must be S256")
        if not CHALLENGE.fullmatch(challenge):
            raise Refusal(
                "invalid_request",
                "code_challenge must have 43 characters: base64url of a SHA-256, without =",
            )
        if len(fields.one("state")) > LONGEST_STATE:
            raise Refusal("invalid_request", f"state exceeds {LONGEST_STATE} characters")
        self.resource.check(fields)
        scopes = fields.one("scope").split()
        if scopes and SCOPE not in scopes:  # others beside it are left out (RFC 6749 section 3.3)
            raise Refusal("invalid_scope", f"scope must include {SCOPE}")
        return challenge

    def _back(self, request: Request, redirect: str, fields: Fields, refusal: Refusal) -> Response:
        """RFC 6749 section 4.1.2.1, with the issuer (RFC 9207 section 2).

        Anybody can register an address and ask in a wrong way. So to another host the browser is
        not sent by itself: whoever trusts this server's name would land there (RFC 9700 4.11.2).
        """
        states = fields.all("state")
        place = extended(
            redirect,
            error=refusal.error,
            error_description=refusal.description,
            state=states[0] if len(states) == 1 else "",
            iss=self.issuer,
        )
        if target(redirect).local:
            return RedirectResponse(place, 302, headers=UNSTORED)
        return self.pages.problem(request, "request", 400, place)


def at_home(client_id: str, redirect: str) -> bool:
    """Whether the browser returns to the host that describes the client."""
    return target(redirect).host == urlsplit(client_id).hostname
