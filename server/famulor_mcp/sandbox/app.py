"""The ASGI edge: a request comes in, is admitted, handled, and answered as the API would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route

from . import calls, campaigns, numbers
from .answer import Answer, Refusal
from .clock import RealClock
from .limits import ACCOUNT
from .routes import OPEN, ROUTES
from .seed.world import make_world
from .store import Request, Upload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request as Http
    from starlette.responses import Response

    from .clock import Clock
    from .limits import Limit
    from .routes import Handler
    from .store import Account, World

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Login</title></head><body>Login</body></html>"
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>Not Found</title></head><body>404</body></html>"
UPLOAD_LIMIT = 25 * 1024 * 1024


def make_app(
    seed: int = 1, clock: Clock | None = None, limits: Sequence[Limit] = ACCOUNT
) -> Starlette:
    """The sandbox as an ASGI app, freshly seeded.

    `clock` moves all life cycles and rate limits; `limits` are those of every account (an empty
    sequence lifts them). The world behind it is `app.state.world`.
    """
    world = make_world(seed, clock or RealClock())
    routes = [
        Route(path, _endpoint(world, limits, path, handler), methods=[method])
        for method, path, handler in ROUTES
    ]
    app = Starlette(
        routes=[*routes, Route("/login", _login)],
        exception_handlers={404: _no_route, 405: _no_method},
    )
    app.router.redirect_slashes = False
    app.state.world = world
    return app


def _endpoint(
    world: World, limits: Sequence[Limit], path: str, handler: Handler
) -> Callable[[Http], Awaitable[Response]]:
    async def endpoint(http: Http) -> Response:
        now = world.clock.now()
        headers: dict[str, str] = {}
        try:
            account = _account(world, http)
            if account is None and not path.startswith(OPEN):
                return _refused_key(http)
            if account is not None:
                headers = world.limiter.take(account.key, limits, now)
            body = await _body(http)
            for each in world.accounts:
                calls.settle(each, now)
                campaigns.dial(world, each, now)
                numbers.expire(each, now)
            answer = handler(
                Request(
                    world,
                    account or world.accounts[0],
                    now,
                    str(http.url.replace(query="")),
                    http.path_params,
                    http.query_params,
                    body,
                )
            )
        except Refusal as refusal:
            answer = Answer(refusal.body, refusal.status)
            headers |= refusal.headers
        return JSONResponse(answer.body, answer.status, headers)

    return endpoint


def _account(world: World, http: Http) -> Account | None:
    scheme, _, key = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return next((each for each in world.accounts if each.key == key.strip()), None)


def _refused_key(http: Http) -> Response:
    if not _wants_json(http):
        return RedirectResponse(str(http.base_url) + "login", 302)
    if http.url.path.startswith("/api/automate"):
        return JSONResponse({"error": "Unauthorized"}, 401)
    return JSONResponse({"message": "Unauthenticated."}, 401)


def _wants_json(http: Http) -> bool:
    accepted = http.headers.get("accept", "").partition(",")[0]
    return "/json" in accepted or "+json" in accepted


async def _body(http: Http) -> dict[str, Any]:
    """The body as an object; what cannot be read counts as empty, as the framework has it."""
    kind = http.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        async with http.form(max_part_size=UPLOAD_LIMIT) as form:
            return {
                name: Upload(part.filename or "", await part.read())
                if isinstance(part, UploadFile)
                else part
                for name, part in form.items()
            }
    if "json" not in kind:
        return {}
    try:
        body = json.loads(await http.body(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _no_constant(name: str) -> None:
    """JSON has no NaN and no Infinity."""
    raise ValueError(name)


async def _login(_: Http) -> Response:
    return HTMLResponse(LOGIN_PAGE)


async def _no_route(http: Http, _: Exception) -> Response:
    if not _wants_json(http):
        return HTMLResponse(NOT_FOUND_PAGE, 404)
    path = http.url.path.lstrip("/")
    return JSONResponse({"message": f"The route {path} could not be found."}, 404)


async def _no_method(http: Http, _: Exception) -> Response:
    allowed = sorted(
        method
        for route in http.app.routes
        if isinstance(route, Route) and route.path_regex.match(http.url.path)
        for method in route.methods or ()
    )
    text = (
        f"The {http.method} method is not supported for route {http.url.path.lstrip('/')}. "
        f"Supported methods: {', '.join(allowed)}."
    )
    return JSONResponse({"message": text}, 405, {"Allow": ", ".join(allowed)})
