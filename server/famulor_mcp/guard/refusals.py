# ruff: noqa: N818 - each name says what happened; "Error" would add nothing to it
"""What the guard says no with. After each of these nothing was sent for this call.

GatewayError
├── Blocked        a rule of the operator's policy does not allow the call
├── Unconfirmed    nobody said yes to the call
├── RuleFault      a rule could not be judged
├── Undecided      the same call is under way, or may have been carried out
├── SharedFailure  the same call, made at the same time, failed
├── StoreFault     what the guard has to remember cannot be read or written
└── AuditFault     the record of the call cannot be written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from famulor_mcp.errors import GatewayError

if TYPE_CHECKING:
    from datetime import datetime


class Blocked(GatewayError):
    """A rule of the policy. `rule` is its key in the file; `passes` when it would allow the call.

    `passes` is None where no time is known, as where the rule does not depend on the time.
    """

    def __init__(self, text: str, rule: str, passes: datetime | None = None) -> None:
        super().__init__(text)
        self.rule = rule
        self.passes = passes


class Unconfirmed(GatewayError):
    """Nobody said yes, or not to this. `reason` is for the record: declined, expired …"""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class RuleFault(GatewayError):
    """A rule needs something that could not be had."""


class Undecided(GatewayError):
    """The same call was made before, and what became of it is not known (yet)."""


class SharedFailure(GatewayError):
    """The failure of the same call, for which this one has waited."""


class StoreFault(GatewayError):
    """The store failed or is full."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The gateway cannot make sure that this call is allowed and made only once: {reason}. "
            "Nothing was sent. The operator finds more in the server's log."
        )


class AuditFault(GatewayError):
    """The audit file cannot be written."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The call cannot be put on record: {reason}. Nothing was sent. "
            "The operator has to make the audit file writable."
        )
