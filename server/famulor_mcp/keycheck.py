"""Whether the API takes a key: the one question before a key is kept or written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from famulor_mcp.account import Account
from famulor_mcp.errors import GatewayError, MissingKey, RateLimited, RefusedKey
from famulor_tools import ACCOUNT

if TYPE_CHECKING:
    from famulor_mcp.gateway import Gateway
    from famulor_mcp.pace import Pacing

PATIENCE = 10.0
"""Seconds: a person waits for the answer."""

Standing = Literal["accepted", "refused", "malformed", "limited", "unreachable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a key stands with the API.

    accepted     it is a key of an account
    refused      the API answered that it is not
    malformed    it holds what no key has, or nothing; it was not sent
    limited      the API wants `seconds` to pass first; nothing is known of the key
    unreachable  the API gave no usable answer; nothing is known of the key

    `words` is a sentence for a person, without the key.
    """

    standing: Standing
    words: str = ""
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.standing == "accepted"


async def judge(gateway: Gateway, key: str, pace: Pacing | None = None) -> Verdict:
    """Ask the API for the account that `key` opens, in its turn if the account has a `pace`."""
    if ACCOUNT is None:
        raise LookupError("the document names no tool that tells of the account")
    account = Account(key, pace) if pace else Account(key)
    try:
        await gateway.read(ACCOUNT.tool, account, PATIENCE)
    except MissingKey as error:
        return Verdict("malformed", error.text)
    except RefusedKey as error:
        return Verdict("refused", account.conceal(error.text))
    except RateLimited as error:
        return Verdict("limited", account.conceal(error.text), error.seconds)
    except GatewayError as error:
        return Verdict("unreachable", account.conceal(error.text))
    return Verdict("accepted")
