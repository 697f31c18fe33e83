"""An account of the sandbox as a test sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from famulor_mcp.sandbox import ManualClock


@dataclass
class Api:
    """One account's view of the sandbox; every method gives status and JSON."""

    http: httpx.AsyncClient
    clock: ManualClock
    app: Starlette

    async def __call__(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        answer = await self.http.request(method, f"/api{path}", **options)
        return answer.status_code, answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        """The body of a read that must succeed."""
        status, body = await self("GET", path, params=query)
        assert status == 200, body
        return body

    async def post(self, path: str, **body: Any) -> Any:
        """The body of a POST that must succeed."""
        status, answer = await self("POST", path, json=body)
        assert status in {200, 201}, answer
        return answer

    async def balance(self) -> float:
        """USD left."""
        me = await self.get("/user/me")
        return float(me["total_balance"])


def client(app: Starlette, key: str) -> httpx.AsyncClient:
    """An HTTP client of the app with a key, asking for JSON."""
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers)
