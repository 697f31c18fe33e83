"""Puts the guard's questions to the person at an MCP client, in both eras of the protocol.

modern  2026-07-28: the call ends with "input required"; the client asks, and calls again with the
        answer and with the state of the question, which the SDK has sealed (`protect`)
legacy  2025: the question is a request of its own while the call waits; it is withdrawn where the
        answer does not come in time or the call is cancelled

Whoever does not say in its capabilities that it can show a form is not asked.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from famulor_mcp.guard.confirm import Answer, Nobody
from famulor_mcp.guard.grants import LIFE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp.server.context import ServerRequestContext

    from famulor_mcp.guard.confirm import Reply

log = logging.getLogger(__name__)

KEY = "confirm"
FORM: dict[str, Any] = {
    "type": "object",
    "properties": {KEY: {"type": "boolean", "title": "Yes, go ahead", "default": False}},
    "required": [KEY],
}


def boundary(keys: Sequence[bytes], name: str) -> RequestStateBoundary:
    """The middleware that seals the state of questions.

    Servers with a key in common take each other's; without any, only this process takes its own.
    """
    security = RequestStateSecurity(keys=[*keys] or [secrets.token_bytes(32)], ttl=LIFE)
    return RequestStateBoundary(security, default_audience=name)


def asker_of(
    ctx: ServerRequestContext[Any],
    responses: Mapping[str, Any] | None = None,
    state: str | None = None,
) -> Modern | Legacy:
    """How the person behind a call can be asked. `responses` and `state` came with the call."""
    capabilities = ctx.session.client_capabilities
    form = capabilities.elicitation if capabilities else None
    # A bare {} means forms: that is how it was before there was anything else.
    able = form is not None and (form.form is not None or form.url is None)
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return Modern(able, answer_of(responses, state))
    return Legacy(able, ctx)


def answer_of(responses: Mapping[str, Any] | None, state: str | None) -> Answer | None:
    """The answer that came with a call, if it is one to a question of ours."""
    given = (responses or {}).get(KEY)
    if given is None or state is None:
        return None
    return Answer(state, reply_of(given))


def reply_of(given: Any) -> Reply:
    """What an answer says: yes only if it says so in full."""
    if not isinstance(given, types.ElicitResult) or given.action == "cancel":
        return "cancelled"
    content = given.content or {}
    agreed = given.action == "accept" and content.get(KEY) is True
    return "accepted" if agreed else "declined"


class Modern:
    """Asks by ending the call. `question` is then what the client has to be sent."""

    patient = False

    def __init__(self, able: bool, answer: Answer | None) -> None:
        self.able = able
        self.answer = answer
        self.question: types.InputRequiredResult | None = None

    async def ask(self, question: str, grant: str, seconds: float) -> Reply:  # noqa: ARG002
        """Always "pending": the answer comes with another call."""
        self.question = types.InputRequiredResult(
            input_requests={KEY: request_of(question)}, request_state=grant
        )
        return "pending"


class Legacy:
    """Asks while the call waits."""

    patient = False
    answer: Answer | None = None
    question: types.InputRequiredResult | None = None

    def __init__(self, able: bool, ctx: ServerRequestContext[Any]) -> None:
        self.able = able
        self._ctx = ctx

    async def ask(self, question: str, grant: str, seconds: float) -> Reply:  # noqa: ARG002
        """The answer. A client that cannot be asked after all counts as no."""
        try:
            given = await self._ctx.session.send_request(
                request_of(question),
                types.ElicitResult,
                request_read_timeout_seconds=max(0.0, seconds),
                metadata=ServerMessageMetadata(related_request_id=self._ctx.request_id),
            )
        except NoBackChannelError:
            return "unreachable"
        except MCPError as error:
            if error.code == types.REQUEST_TIMEOUT:
                return "unanswered"
            log.warning("The client refused a question: %s", error)
            return "unreachable"
        except ValidationError:
            return "unreachable"
        return reply_of(given)


class Silent(Nobody):
    """Behind a read there is nothing to ask."""

    question: types.InputRequiredResult | None = None


SILENT = Silent()


def request_of(question: str) -> types.ElicitRequest:
    """The question as a form with one box to tick."""
    return types.ElicitRequest(
        params=types.ElicitRequestFormParams(message=question, requested_schema=FORM)
    )
