"""The question to a person, and what becomes of the answer."""

from __future__ import annotations

import hmac
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from famulor_mcp.guard.intent import digest
from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.hosted.pages import Consent
from famulor_mcp.hosted.signin.fields import Fields, Refusal
from famulor_mcp.hosted.signin.limits import Crowded, address
from famulor_mcp.hosted.signin.redirects import target
from famulor_mcp.hosted.signin.resource import SCOPE
from famulor_mcp.hosted.signin.tokens import Code, Grant
from famulor_mcp.hosted.signin.transaction import SECONDS, Transaction
from famulor_mcp.keycheck import Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from famulor_mcp.hosted.pages import Pages
    from famulor_mcp.hosted.signin.limits import Limits
    from famulor_mcp.hosted.signin.seal import Sealer
    from famulor_mcp.hosted.signin.tokens import Tokens

    Check = Callable[[str], Awaitable[Verdict]]

STATUS = {"malformed": 400, "refused": 400, "limited": 429, "unreachable": 503}
SOUND = Verdict("accepted")
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Asking:
    """Shows the page. Its cookie is bound to it, so that several may be open at once."""

    issuer: str
    sealer: Sealer
    pages: Pages

    def first(self, request: Request, cookie: str, asked: Transaction) -> Response:
        """The page, with its cookie."""
        response = self.again(request, cookie, asked, self._sealed(asked), SOUND)
        response.set_cookie(
            self._name(asked),
            cookie,
            max_age=SECONDS,
            secure=self._secure(),
            httponly=True,
            samesite="strict",
        )
        return response

    def again(
        self, request: Request, cookie: str, asked: Transaction, sealed: str, verdict: Verdict
    ) -> Response:
        """The page, with what is wrong with the key."""
        question = self._question(asked, sealed, cookie, verdict)
        response = self.pages.consent(request, question, STATUS.get(verdict.standing, 200))
        if verdict.standing == "limited":
            response.headers["Retry-After"] = str(math.ceil(verdict.seconds))
        return response

    def read(self, sealed: str) -> Transaction | None:
        """The transaction of a page that is not older than ten minutes."""
        claims = self.sealer.open("transaction", sealed)
        return Transaction.of(claims) if claims else None

    def proven(self, request: Request, asked: Transaction, csrf: str) -> bool:
        """Whether the form comes from the page that this browser was shown (double submit)."""
        cookie = request.cookies.get(self._name(asked), "")
        if not TOKEN.fullmatch(cookie) or not hmac.compare_digest(cookie.encode(), csrf.encode()):
            return False
        return hmac.compare_digest(self.mark(cookie), asked.cookie)

    def mark(self, cookie: str) -> str:
        """A name for the cookie that does not tell it."""
        return digest("cookie", cookie)

    def done(self, request: Request, asked: Transaction, url: str, *, granted: bool) -> Response:
        """Back to the client at `url`. The browser forgets the cookie."""
        response = self.pages.handoff(request, url, self._question(asked), granted=granted)
        response.delete_cookie(
            self._name(asked), secure=self._secure(), httponly=True, samesite="strict"
        )
        return response

    def _question(
        self,
        asked: Transaction,
        sealed: str = "",
        cookie: str = "",
        verdict: Verdict = SOUND,
    ) -> Consent:
        place = target(asked.redirect)
        return Consent(
            client=asked.name,
            host=place.host,
            local=place.local,
            verified=asked.verified,
            action=urlsplit(self.issuer).path + "/consent",
            transaction=sealed,
            csrf=cookie,
            fault="" if verdict.standing == "accepted" else verdict.standing,
            seconds=verdict.seconds,
        )

    def _secure(self) -> bool:
        return self.issuer.startswith("https:")

    def _sealed(self, asked: Transaction) -> str:
        return self.sealer.seal("transaction", asked.claims(), SECONDS)

    def _name(self, asked: Transaction) -> str:
        """With the prefix no other host of the domain can set it (RFC 6265bis 4.1.3.2)."""
        return f"{'__Host-' if self._secure() else ''}signin-{asked.id[:8]}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers /consent."""

    issuer: str
    audience: str
    asking: Asking
    tokens: Tokens
    limits: Limits
    check: Check
    pages: Pages

    async def posted(self, request: Request) -> Response:
        """POST /consent."""
        try:
            fields = await Fields.posted(request)
            sealed, csrf = fields.need("transaction"), fields.need("csrf")
            decision, key = fields.one("decision"), fields.one("key").strip()
        except Refusal:
            return self.pages.problem(request, "expired", 400)
        asked = self.asking.read(sealed)
        if asked is None or not self.asking.proven(request, asked, csrf):
            return self.pages.problem(request, "expired", 400)
        if decision != "allow":
            denied = asked.answer(
                self.issuer, error="access_denied", error_description="The user did not agree."
            )
            return self.asking.done(request, asked, denied, granted=False)
        try:
            verdict = await self._judged(request, key)
        except StoreFault:
            return self.pages.problem(request, "server", 503)
        if not verdict.accepted:
            return self.asking.again(request, csrf, asked, sealed, verdict)
        answer = asked.answer(self.issuer, code=self._code(asked, key))
        return self.asking.done(request, asked, answer, granted=True)

    async def gone(self, request: Request) -> Response:
        """GET /consent: the page was opened by its address, which holds nothing."""
        return self.pages.problem(request, "expired", 400)

    async def _judged(self, request: Request, key: str) -> Verdict:
        """How the key stands; with too many tries, as if the API had said so. `StoreFault`."""
        try:
            await self.limits.attempt(address(request))
        except Crowded as crowded:
            return Verdict("limited", seconds=crowded.seconds)
        return await self.check(key)

    def _code(self, asked: Transaction, key: str) -> str:
        grant = Grant(asked.client, key, (SCOPE,), self.audience)
        return self.tokens.code(Code(grant, asked.redirect, asked.challenge))
