# ruff: noqa: N818 - each name says what happened; "Error" would add nothing to it
"""Everything that can go wrong with a call, as one tree.

    GatewayError                 a sentence for the model: what happened, what to do next
    ├── UnknownTool              no such tool here; the edge makes it a protocol error
    ├── InvalidArguments         the call was refused before anything was sent
    ├── MissingKey               there is no usable API key
    ├── RefusedKey               the API did not take the key
    ├── RateLimited              no room within the deadline; nothing was done
    ├── Unreachable              surely nothing was done
    ├── OutcomeUnknown           it may have been done or not, and was not repeated
    └── Refused                  the API answered, and said no or failed

An error's text may go to the model as it is: no key, no secret argument, no exception text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from famulor_tools.table import Tool


class GatewayError(Exception):
    """A call that did not work out, in words for whoever made it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UnknownTool(GatewayError):
    """The tool does not exist, or is not offered by this server."""


class InvalidArguments(GatewayError):
    """The arguments break a rule. Nothing was sent."""


class MissingKey(GatewayError):
    """No API key is set, or it cannot be one."""


class RefusedKey(GatewayError):
    """The API did not take the key. It is `sure` where it said so, and not only seemed to."""

    def __init__(self, text: str, *, sure: bool = True) -> None:
        super().__init__(text)
        self.sure = sure


class RateLimited(GatewayError):
    """The call would have to wait longer than it may. `seconds` is the time to wait."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class Unreachable(GatewayError):
    """The API could not be reached, or could not be read from; nothing was changed."""


class OutcomeUnknown(GatewayError):
    """The request went out and its answer did not come back."""

    @classmethod
    def after(cls, tool: Tool, reason: str) -> Self:
        """The error for a lost answer of `tool`, with the tool that tells what became of it."""
        look = f"first look with {tool.verify}" if tool.verify else "first find out what was done"
        repeat = "Repeating it does no harm" if tool.idempotent else f"It was not repeated: {look}"
        return cls(
            f"The outcome of {tool.name} is unknown: {reason}. It may have been done, or not. "
            f"{repeat}."
        )


class Refused(GatewayError):
    """The API answered with an error. `status` is its HTTP status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
