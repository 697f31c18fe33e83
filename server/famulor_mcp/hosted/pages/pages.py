"""The pages, from a request to an answer. All that they show is read from this package at start."""

from __future__ import annotations

import gzip
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Route

from famulor_mcp.hosted.pages import languages, names
from famulor_mcp.hosted.pages.assets import Assets
from famulor_mcp.hosted.pages.clients import HEADER, clients
from famulor_mcp.hosted.pages.tools import groups
from famulor_mcp.hosts import is_loopback
from famulor_tools import BASE_URL, TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from famulor_mcp.hosted.pages.consent import Consent, Problem
    from famulor_mcp.hosted.pages.site import Site
    from famulor_tools.table import Tool

EFFECTS = ("read", "write", "contact", "spend", "delete")
"""From harmless to what hurts, as people are told."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action {forms}; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Forms go to this server alone. Chromium holds `form-action` against every redirect that follows a
form, also those of the client's own pages, which nobody can list: hence `Pages.handoff`."""

RUNNING = frozenset({"javascript", "data", "vbscript", "blob", "file"})
"""Schemes that are no place to return to."""

URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))


class Pages:
    """The pages of a server that offers `tools`."""

    def __init__(self, site: Site, tools: Sequence[Tool] = TOOLS) -> None:
        self._site = site
        self._assets = Assets()
        self._tools = tools
        self._words = {one: languages.words(one) for one in languages.LANGUAGES}
        self._templates = _environment(
            site=site,
            asset=lambda name: f"{site.base}/assets/{self._assets.name(name)}",
            dashboard=BASE_URL,
            trial=_trial(site),
        )
        self._landings = {one: self._landing(one) for one in languages.LANGUAGES}

    @property
    def routes(self) -> list[BaseRoute]:
        """Style, scripts and the icon."""
        return [Route("/assets/{name}", self._assets.serve)]

    def landing(self, request: Request) -> Response:
        """What this is, how to connect, the tools, and whether it works. The same for everybody."""
        language = languages.chosen(request.headers.get("accept-language", ""))
        plain, packed = self._landings[language]
        headers = _headers(language, "'none'", kept="no-cache", vary=", Accept, Accept-Encoding")
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, headers=headers | {"Content-Encoding": "gzip"})
        return Response(plain, headers=headers)

    def consent(self, request: Request, consent: Consent, status: int = 200) -> Response:
        """The question whether a client may act for the person, and for which key."""
        if consent.fault == "expired":
            return self.problem(request, "expired", status)
        effects = {tool.effect for tool in self._tools}
        return self._shown(
            request,
            "consent",
            status,
            forms="'self'",
            consent=consent,
            **_client(consent),
            wait=ceil(consent.seconds),
            disguised=names.disguised(consent.client),
            powers=[effect for effect in EFFECTS if effect in effects],
        )

    def handoff(self, request: Request, url: str, consent: Consent, *, granted: bool) -> Response:
        """Back to the client at `url`, which carries the answer: that access was `granted`, or not.

        Of `url` the client chose the most, so it is not asked what the answer was.

        A page and no redirect: see `POLICY`. It names where it goes, and stays where a browser
        leaves it open, as it does after it has opened an app.

        Raises:
            ValueError: the scheme of `url` would run something here.
        """
        scheme = urlsplit(url).scheme
        if scheme.lower() in RUNNING:
            raise ValueError(f"a client cannot be returned to by {scheme}:")
        address = quote(url, safe=URL_SAFE)
        page = self._shown(
            request,
            "handoff",
            200,
            address=address,
            granted=granted,
            consent=consent,
            **_client(consent),
        )
        page.headers["Refresh"] = f"0;url={address}"
        return page

    def problem(self, request: Request, kind: Problem, status: int, back: str = "") -> Response:
        """What went wrong, and what to do next. `back` tells the client of it, on https."""
        host = names.host(urlsplit(back).netloc.lower())
        return self._shown(request, "problem", status, kind=kind, back=back, host=host)

    def _landing(self, language: str) -> tuple[bytes, bytes]:
        """The landing page as it is, and compressed: there is no secret in it to guess at."""
        shown = groups(self._tools)
        page = self._laid(
            "landing",
            language,
            clients=clients(self._site),
            groups=shown,
            total=len(self._tools),
            effects=[one for one in EFFECTS if any(one == tool.effect for tool in self._tools)],
            header=HEADER,
        ).encode()
        return page, gzip.compress(page, mtime=0)

    def _shown(
        self, request: Request, template: str, status: int, *, forms: str = "'none'", **values: Any
    ) -> Response:
        language = languages.chosen(request.headers.get("accept-language", ""))
        page = self._laid(template, language, **values)
        return Response(page, status, _headers(language, forms))

    def _laid(self, template: str, language: str, **values: Any) -> str:
        return self._templates.get_template(f"{template}.html.jinja").render(
            language=language, words=self._words[language], **values
        )


def _environment(**values: Any) -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(values)
    return environment


def _headers(
    language: str, forms: str, *, kept: str = "no-store", vary: str = ""
) -> dict[str, str]:
    """The same for every page, but for where forms may go and who may keep it.

    Nothing sets `Cross-Origin-Opener-Policy`: clients that open the page in a window of their own
    must find that window again when it returns.
    """
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Vary": f"Accept-Language{vary}",
        "Cache-Control": kept,
        "Content-Security-Policy": POLICY.format(forms=forms),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _client(consent: Consent) -> dict[str, Any]:
    """Who asks, fit to be shown. `app`: `host` is the scheme that opens an app."""
    return {
        "client": names.shown(consent.client),
        "host": names.host(consent.host),
        "app": consent.local and not is_loopback(consent.host.strip("[]")),
    }


def _trial(site: Site) -> str:
    """The key of the made-up account, where there is nothing else to be had."""
    if not site.sandbox:
        return ""
    from famulor_mcp.sandbox import KEY

    return KEY
