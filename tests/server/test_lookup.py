"""What look-ups keep of an account, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from famulor_mcp.account import Account
from famulor_mcp.lookup import KEPT_SECONDS, Resolver
from famulor_tools.table import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_OWNER = Lookup("thing", "list_things", ("name",), "id", {"owner": {"argument": "owner"}})


@pytest.mark.anyio
async def test_what_is_no_longer_good_is_let_go_of_with_the_next_look() -> None:
    """A caller may ask with ever new arguments; a hosted account lives as long as it is used."""
    account, time = Account("key"), [0.0]

    async def fetch(_name: str, query: Mapping[str, Any]) -> Any:
        return [{"id": query["owner"], "name": "Ada"}]

    resolver = Resolver(account, fetch, lambda: time[0], {})
    for owner in range(20):
        await resolver.rows(BY_OWNER, {"owner": owner})
    assert len(account.kept) == 20
    time[0] = KEPT_SECONDS
    assert await resolver.rows(BY_OWNER, {"owner": 20}) == [{"name": "Ada", "id": 20}]
    assert len(account.kept) == 1
