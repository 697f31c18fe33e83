"""The account itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import Answer

if TYPE_CHECKING:
    from .store import Request


def me(request: Request) -> Answer:
    """Name, address and balance (USD) of the key's account."""
    account = request.account
    balance = round(float(account.balance), 4)
    return Answer({"name": account.name, "email": account.email, "total_balance": balance})
