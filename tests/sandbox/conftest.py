"""A fresh sandbox per test, with a clock that the test moves and no account-wide rate limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sandbox.account import Api, client

from famulor_mcp.sandbox import KEY, SECOND_KEY, ManualClock, make_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The seeded account."""
    clock = ManualClock()
    app = make_app(clock=clock, limits=())
    async with client(app, KEY) as http:
        yield Api(http, clock, app)


@pytest.fixture
async def other(api: Api) -> AsyncIterator[Api]:
    """The second account of the same world."""
    async with client(api.app, SECOND_KEY) as http:
        yield Api(http, api.clock, api.app)
