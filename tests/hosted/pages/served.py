"""A small application that shows every page, for tests; `python -m …served PORT` serves it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from famulor_mcp.hosted.pages import Consent, Pages, Site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

KEY = "12|abcdefghijklmnop"
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "\u0489" * 30 + "W" * 10_000
REMOTE = Consent(
    client="Claude",
    host="claude.ai",
    local=False,
    verified=True,
    action="/consent",
    transaction="sealed",
    csrf="token",
)
ASKED = {
    "remote": REMOTE,
    "program": replace(REMOTE, client="Some CLI", host="127.0.0.1", local=True, verified=False),
    "app": replace(REMOTE, client="Cursor", host="cursor", local=True, verified=False),
    "hostile": replace(REMOTE, client=HOSTILE, host="login." * 20 + "example.com", verified=False),
    "posing": replace(REMOTE, client="Cl\u0430ude", host="cl\u0430ude.ai", verified=False),
    "nameless": replace(REMOTE, client="\u200b\u3164", verified=False),
}


class Show:
    """The pages of a server. The one that asks takes `?fault=`, and `KEY` for a good key.

    What is returned to answers with a redirect, as clients' own pages do.
    """

    def __init__(self, site: Site, back: str, *, ready: bool) -> None:
        self.pages = Pages(site)
        self.back = back
        self.ready = ready

    async def landing(self, request: Request) -> Response:
        return self.pages.landing(request)

    async def ask(self, request: Request) -> Response:
        fault: Any = request.query_params.get("fault", "")
        asked = replace(ASKED[request.path_params["who"]], fault=fault, seconds=6.2)
        return self.pages.consent(request, asked, 400 if fault else 200)

    async def answer(self, request: Request) -> Response:
        form = await request.form()
        if form["transaction"] != "sealed" or form["csrf"] != "token":
            return self.pages.problem(request, "expired", 400)
        if form["decision"] != "allow":
            denied = f"{self.back}?error=access_denied"
            return self.pages.handoff(request, denied, REMOTE, granted=False)
        if form["key"] != KEY:
            return self.pages.consent(request, replace(REMOTE, fault="refused"), 400)
        return self.pages.handoff(request, f"{self.back}?code=c0de&state=1", REMOTE, granted=True)

    async def problem(self, request: Request) -> Response:
        return self.pages.problem(request, request.path_params["kind"], 400)

    async def returned(self, request: Request) -> Response:
        onward = self.back.replace("127.0.0.1", "localhost").replace("/back", "/thanks")
        return RedirectResponse(f"{onward}?{request.url.query}", 302)

    async def thanks(self, request: Request) -> Response:
        return JSONResponse(dict(request.query_params))

    async def state(self, request: Request) -> Response:
        good = self.ready or request.url.path == "/health"
        return JSONResponse({}, 200 if good else 503)


def application(
    url: str = "http://127.0.0.1",
    *,
    signin: bool = True,
    sandbox: bool = False,
    ready: bool = True,
    back: str = "/back",
) -> Starlette:
    """Every page of a server at `url`, whose client waits at `back`."""
    show = Show(Site(url, "1.2.3", signin=signin, sandbox=sandbox), back, ready=ready)
    routes = [
        Route("/", show.landing),
        Route("/ask/{who}", show.ask),
        Route("/consent", show.answer, methods=["POST"]),
        Route("/problem/{kind}", show.problem),
        Route("/back", show.returned),
        Route("/thanks", show.thanks),
        Route("/health", show.state),
        Route("/ready", show.state),
    ]
    return Starlette(routes=[*show.pages.routes, *routes])


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(application(f"http://127.0.0.1:{sys.argv[1]}"), port=int(sys.argv[1]))
