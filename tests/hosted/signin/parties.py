"""Those who take part in a sign-in: the server, a client, and a person with a browser and a key."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.hosted.signin import SignIn
from famulor_mcp.hosted.signin.door import PATHS
from famulor_mcp.keycheck import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from famulor_mcp.guard.store import Store
    from famulor_mcp.hosted.identity import Door
    from famulor_mcp.hosted.pages import Consent, Pages
    from famulor_mcp.hosted.signin.documents import Documents

ISSUER = "https://gateway.example"
SECRET = b"the first secret of these tests!!"
OLDER = b"the second secret of these tests!"
KEY = "12|abcdefghijklmnop"
WRONG = "fam_0123456789abcdef"
BACK = "https://app.example/callback?tenant=a%2Fb&empty="
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]

VERDICTS = {
    KEY: Verdict("accepted"),
    WRONG: Verdict("refused"),
    "": Verdict("malformed"),
    "limited": Verdict("limited", seconds=30),
    "away": Verdict("unreachable"),
}


class Shown:
    """The pages, as what they were asked to show."""

    def consent(self, _request: Request, consent: Consent, status: int = 200) -> Response:
        return JSONResponse({"page": "consent", **asdict(consent)}, status)

    def problem(self, _request: Request, kind: str, status: int, back: str = "") -> Response:
        url = {"url": back} if back else {}
        return JSONResponse({"page": "problem", "kind": kind, **url}, status)

    def handoff(self, _request: Request, url: str, consent: Consent, *, granted: bool) -> Response:
        shown = {"page": "handoff", "url": url, "granted": granted, **asdict(consent)}
        return JSONResponse(shown)


class AwayStore:
    """A store that cannot be reached."""

    def __getattr__(self, _name: str) -> Any:
        async def fail(*_args: object) -> None:
            raise StoreFault("its store is away")

        return fail


@dataclass
class House:
    """A server on one clock and one store, and a browser that knows its cookies."""

    clock: ManualClock = field(default_factory=ManualClock)
    store: Any = None
    secrets: Sequence[bytes] = (SECRET,)
    issuer: str = ISSUER
    paths: Sequence[str] = PATHS
    documents: Documents | None = None
    checked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.store or MemoryStore(self.clock)
        self.door: Door = SignIn(
            self.issuer,
            self.secrets,
            cast("Store", self.store),
            self.check,
            cast("Pages", Shown()),
            mcp_paths=self.paths,
            clock=self.clock,
            documents=self.documents,
        )
        app = httpx.ASGITransport(Starlette(routes=list(self.door.routes)))
        parts = urlsplit(self.issuer)  # a proxy takes the path of a public URL away
        self.http = httpx.AsyncClient(transport=app, base_url=f"{parts.scheme}://{parts.netloc}")

    def moved(self, **changes: Any) -> House:
        """The same server started again, or another process of it."""
        return House(**{"clock": self.clock, "store": self.store, **changes})

    async def check(self, key: str) -> Verdict:
        self.checked.append(key)
        return VERDICTS[key]

    async def register(self, **changes: Any) -> httpx.Response:
        body = {
            "redirect_uris": [BACK],
            "client_name": "A client",
            "token_endpoint_auth_method": "none",
        }
        return await self.http.post("/register", json=body | changes)

    async def client(self, **changes: Any) -> str:
        """The id of a new client."""
        answer = await self.register(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["client_id"])

    async def ask(self, client: str, /, **changes: Any) -> httpx.Response:
        """GET /authorize. A change to None leaves a parameter out, one to a list repeats it."""
        return await self.http.get("/authorize?" + query(asked(client) | changes))

    async def decide(self, page: httpx.Response, **changes: Any) -> httpx.Response:
        """The form of the page, posted."""
        shown = page.json()
        form = {
            "transaction": shown["transaction"],
            "csrf": shown["csrf"],
            "key": KEY,
            "decision": "allow",
        }
        return await self.http.post("/consent", data=form | changes)

    async def code(self, client: str, **changes: Any) -> str:
        """The code that the client gets if the person agrees."""
        answer = await self.decide(await self.ask(client, **changes))
        return landed(answer)["code"]

    async def exchange(self, client: str, code: str, /, **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": client,
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return await self.post("/token", form | changes)

    async def refresh(self, client: str, token: str, /, **changes: Any) -> httpx.Response:
        form = {"grant_type": "refresh_token", "client_id": client, "refresh_token": token}
        return await self.post("/token", form | changes)

    async def revoke(self, client: str, token: str, /, **changes: Any) -> httpx.Response:
        return await self.post("/revoke", {"client_id": client, "token": token} | changes)

    async def post(self, path: str, form: dict[str, Any]) -> httpx.Response:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(path, content=query(form), headers=kind)

    async def tokens(self, client: str) -> dict[str, Any]:
        """What a whole sign-in gives."""
        answer = await self.exchange(client, await self.code(client))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def asked(client: str) -> dict[str, Any]:
    """The parameters of a good request."""
    return {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": BACK,
        "state": "st&te=+ %/ä",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }


def query(values: dict[str, Any]) -> str:
    """`values` as a query or form."""
    return urlencode({k: v for k, v in values.items() if v is not None}, doseq=True)


def landed(answer: httpx.Response) -> dict[str, str]:
    """The parameters that the browser brings back to the client."""
    place = answer.headers.get("location") or answer.json()["url"]
    return dict(parse_qsl(urlsplit(place).query, keep_blank_values=True))


def refused(answer: httpx.Response, status: int, error: str) -> None:
    """Assert that it is an error answer of RFC 6749 section 5.2, which nobody keeps."""
    assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text
    assert answer.json()["error_description"]
    assert answer.headers["cache-control"] == "no-store"
