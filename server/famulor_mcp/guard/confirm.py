"""Asks a person before a call that reaches someone, costs money or deletes. In doubt: nothing.

auto    asks where the client can put a question to a person; elsewhere the client's own approval
        of the call, which the annotations ask for, has to do
always  where the client cannot ask, the first call answers with what it would do and a token, and
        only a second one with that token, once and within ten minutes, is made
never   asks nobody

How a question gets to a person is the affair of an `Asker`, of which the edge has one for each
protocol. A question that outlives its call comes back with a later one, by a grant that fits no
other arguments, account or tool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

from famulor_mcp.guard.grants import Terms
from famulor_mcp.guard.refusals import Unconfirmed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from famulor_mcp.guard.grants import Fault, Grants
    from famulor_mcp.guard.intent import Intent

Mode = Literal["auto", "always", "never"]
MODES: tuple[Mode, ...] = get_args(Mode)
ASKED = frozenset({"contact", "spend", "delete"})
"""The effects that a person is asked about."""

Reply = Literal["accepted", "declined", "cancelled", "unanswered", "unreachable", "pending"]
Confirmation = Literal["", "off", "client", "accepted", "token"]
"""Who let a call pass: nobody had to, nobody was to, the client by itself, a person, a token."""

REFUSALS: dict[Reply, str] = {
    "declined": "The user declined. Nothing was sent. Do not call again unless the user asks.",
    "cancelled": "The user closed the question without an answer, which counts as no. "
    "Nothing was sent.",
    "unanswered": "Nobody answered the question in time, so nothing was sent. "
    "Call again to ask once more.",
    "unreachable": "This client says that it can ask the user, but the question did not get "
    "through, so nothing was sent. The user can confirm in another client, or the operator can set "
    "--confirm.",
    "pending": "The user is being asked; nothing was sent yet.",
}
FAULTS: dict[Fault, str] = {
    "other": "it was not given for exactly these arguments",
    "expired": "it is older than ten minutes",
    "used": "it has been used before",
}


class Answer(NamedTuple):
    """What a person said to an earlier question, with the grant that went with the question."""

    grant: str
    reply: Reply


class Asker(Protocol):
    """Puts questions to the person at the client, for one call.

    `patient` is whether whoever calls waits as long as it takes, so that the time for the call
    begins once it is confirmed.
    """

    @property
    def patient(self) -> bool: ...

    @property
    def able(self) -> bool:
        """Whether there is a way to ask."""
        ...

    @property
    def answer(self) -> Answer | None:
        """The answer that this call brought along."""
        ...

    async def ask(self, question: str, grant: str, seconds: float) -> Reply:
        """The answer, waited for so many seconds. "pending": it will come with another call."""
        ...


class Nobody:
    """There is no way to ask."""

    patient = False
    able = False
    answer: Answer | None = None

    async def ask(self, question: str, grant: str, seconds: float) -> Reply:  # noqa: ARG002
        """Never gets through."""
        return "unreachable"


NOBODY = Nobody()


@dataclass(frozen=True, slots=True)
class Request:
    """One call that may need a yes.

    `preview` is made only if it is shown, which is when `check` is asked as well: it raises what
    would stand in the way even of a confirmed call. `seconds` is how long a person may take.
    """

    intent: Intent
    asker: Asker
    preview: Callable[[], Awaitable[str]]
    check: Callable[[], Awaitable[None]]
    token: str | None = None
    again: bool = False
    seconds: float = 40.0


class Confirm:
    """Lets calls pass that need no yes or have one. Raises `Unconfirmed` for all others."""

    def __init__(self, mode: Mode, grants: Grants) -> None:
        self.mode = mode
        self._grants = grants

    async def passes(self, request: Request) -> Confirmation:
        """Who let the call pass."""
        if request.intent.effect not in ASKED:
            return ""
        if self.mode == "never":
            return "off"
        if answer := request.asker.answer:
            await self._redeem("answer", answer.grant, request)
            return settled(answer.reply)
        if request.asker.able:
            return await self._ask(request)
        if self.mode == "auto":
            return "client"
        if request.token is not None:
            await self._redeem("token", request.token, request)
            return "token"
        raise await self._told(request)

    async def _ask(self, request: Request) -> Confirmation:
        await request.check()
        question = f"{await request.preview()}\nGo ahead?"
        grant = self._grants.make(terms("answer", request))
        return settled(await request.asker.ask(question, grant, request.seconds))

    async def _told(self, request: Request) -> Unconfirmed:
        await request.check()
        preview = await request.preview()
        token = self._grants.make(terms("token", request))
        return Unconfirmed(
            f"Not sent yet: this needs the user's yes. What it would do:\n{preview}\n"
            "Show this to the user. Only if they agree, call again within ten minutes with exactly "
            f'the same arguments and confirm_token: "{token}". It works once.',
            "token given",
        )

    async def _redeem(self, use: str, grant: str, request: Request) -> None:
        if fault := await self._grants.take(grant, terms(use, request)):
            what = "confirm_token" if use == "token" else "confirmation"
            again = "without confirm_token " if use == "token" else ""
            raise Unconfirmed(
                f"This {what} does not hold: {FAULTS[fault]}. Nothing was sent. "
                f"Call again {again}to have the user asked anew.",
                fault,
            )


def terms(use: str, request: Request) -> Terms:
    """What a grant for this call is bound to."""
    return Terms(use, request.intent.digest("again" if request.again else "once"))


def settled(reply: Reply) -> Confirmation:
    """A yes. Anything else is raised."""
    if reply == "accepted":
        return "accepted"
    raise Unconfirmed(REFUSALS[reply], reply)
