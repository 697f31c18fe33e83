"""What has become of a call that did not end well: surely not carried out, or nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from famulor_mcp.errors import GatewayError, OutcomeUnknown, Refused

Fate = Literal["not_done", "unknown"]


@dataclass(slots=True, eq=False)
class Flight:
    """The request of one attempt.

    `out` is whether the API may have it: the sender sets it right before a try and takes it back
    after one that surely was not taken (no connection, 429).
    """

    out: bool = False


def fate_of(error: BaseException, flight: Flight) -> Fate:
    """What `error` says of the call. In doubt it may have been carried out."""
    if isinstance(error, OutcomeUnknown):
        return "unknown"
    if isinstance(error, Refused):
        return "unknown" if error.status >= 500 else "not_done"
    if isinstance(error, GatewayError):
        return "not_done"
    return "unknown" if flight.out else "not_done"
