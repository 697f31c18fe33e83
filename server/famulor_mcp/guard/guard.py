"""What stands between a valid call with an effect and its sending, in this order.

    rehearse, if that is asked for    everything but the sending
    look for the same call            its answer comes back, or it is waited for
    confirm                           a person says yes
    once                              of two at a time, one is sent
    record                            before the request, and after it
    limits                            the operator's rules
    send

A fault of any of these stops the call and not the server. Reads never come here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import GatewayError
from famulor_mcp.guard import explain
from famulor_mcp.guard.audit import upstream_id
from famulor_mcp.guard.confirm import ASKED, Confirm, Request
from famulor_mcp.guard.fate import Flight, fate_of
from famulor_mcp.guard.figures import ReadFigures
from famulor_mcp.guard.once import PATIENCE, Outcome, note_of
from famulor_mcp.guard.preview import Names, preview
from famulor_mcp.guard.refusals import AuditFault, Blocked, Unconfirmed
from famulor_mcp.read import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_mcp.guard.audit import Audit
    from famulor_mcp.guard.confirm import Asker, Confirmation
    from famulor_mcp.guard.figures import Fetch
    from famulor_mcp.guard.intent import Intent
    from famulor_mcp.guard.limits import Limits
    from famulor_mcp.guard.once import Once
    from famulor_tools.table import Ledger

LONGEST_QUESTION = 40.0
"""Seconds that a person may take where the call waits: clients give up on it after 60."""

SENDING_SECONDS = 8.0
"""Kept back from the time of a call for what comes after the question."""

Send = Callable[[Flight], Awaitable[Reading]]


@dataclass(frozen=True, slots=True)
class Errand:
    """One call with an effect, as the gateway hands it over.

    `fetch` reads by name of a tool; `names` finds names beside ids and never fails; `draft` is the
    request that would be sent, secrets hidden; `left` the seconds until the call must be over.
    """

    intent: Intent
    controls: Mapping[str, Any]
    asker: Asker
    fetch: Fetch
    names: Callable[[], Awaitable[Names]]
    draft: Callable[[], Awaitable[dict[str, Any]]]
    left: Callable[[], float]
    conceal: Callable[[str], str]

    @property
    def again(self) -> bool:
        """Whether the caller means to do it once more."""
        return bool(self.controls.get("repeat"))


@dataclass(frozen=True, slots=True)
class Guard:
    """All that the operator chose. What is None is off. `dry`: nothing is ever sent."""

    confirm: Confirm
    once: Once
    limits: Limits | None = None
    audit: Audit | None = None
    ledger: Ledger | None = None
    dry: bool = False

    async def run(self, errand: Errand, send: Send) -> Reading:
        """What the call came to. Raises the refusals, and whatever `send` raises."""
        if self.dry or errand.controls.get("dry_run"):
            return await self._rehearsed(errand)
        intent = errand.intent
        if intent.costly and not errand.again:
            found = await self.once.peek(intent, patience=patience(errand))
            if found:
                return self._replayed(errand, found)
        confirmation = await self._confirmed(errand)

        async def attempt(flight: Flight) -> dict[str, Any]:
            return packed(await self._carried_out(errand, confirmation, send, flight))

        if not intent.costly:
            return unpacked(await attempt(Flight()))
        outcome = await self.once.run(
            intent, attempt, repeat=errand.again, patience=patience(errand)
        )
        return self._replayed(errand, outcome) if outcome.replayed else unpacked(outcome.value)

    async def aclose(self) -> None:
        """End what is under way, and write down what became of it."""
        await self.once.aclose()

    async def _confirmed(self, errand: Errand) -> Confirmation:
        """Who let the call pass. A refusal is put on record as well."""
        request = Request(
            errand.intent,
            errand.asker,
            lambda: self._preview(errand),
            lambda: self._judged(errand),
            errand.controls.get("confirm_token"),
            errand.again,
            min(LONGEST_QUESTION, errand.left() - SENDING_SECONDS),
        )
        try:
            return await self.confirm.passes(request)
        except Unconfirmed as error:
            if error.reason != "pending":
                self._note(errand, "", error.reason)
            raise
        except Blocked:
            self._note(errand, "", "blocked")
            raise

    async def _carried_out(
        self, errand: Errand, confirmation: str, send: Send, flight: Flight
    ) -> Reading:
        """Send within the limits, on record."""
        entry = self.audit and self.audit.begin(errand.intent, confirmation, errand.conceal)
        try:
            async with self._admitted(errand, flight):
                reading = await send(flight)
        except BaseException as error:
            if entry:
                entry.end("blocked" if isinstance(error, Blocked) else fate_of(error, flight))
            raise
        if entry:
            entry.end("done", errand.conceal(upstream_id(reading.value)))
        return reading

    def _admitted(self, errand: Errand, flight: Flight) -> AbstractAsyncContextManager[None]:
        if self.limits is None:
            return nullcontext()
        return self.limits.admitted(errand.intent, self._figures(errand), flight)

    def _figures(self, errand: Errand) -> ReadFigures:
        return ReadFigures(errand.fetch, self.ledger)

    async def _judged(self, errand: Errand) -> None:
        """Raise what would stop the call even after a yes, but for the counting rules."""
        if self.limits:
            await self.limits.judge(errand.intent, self._figures(errand))

    def _replayed(self, errand: Errand, outcome: Outcome) -> Reading:
        """The answer of the same call before, marked."""
        self._note(errand, "", "replayed")
        note = note_of(outcome)
        if not outcome.kept:
            return Reading(sentence=note)
        first = unpacked(outcome.value)
        if first.sentence:
            return Reading(sentence=f"{note}\n{first.sentence}")
        return Reading(first.value, added={"replayed": note})

    def _note(self, errand: Errand, confirmation: str, outcome: str) -> None:
        """Put on record a call that was not sent. A fault of the record changes nothing for it."""
        if self.audit is None:
            return
        try:
            entry = self.audit.begin(errand.intent, confirmation, errand.conceal)
        except AuditFault:
            return  # said loudly in the log
        entry.end(outcome)

    async def _preview(self, errand: Errand) -> str:
        text = preview(errand.intent, await errand.names(), again=errand.again)
        people = await self._people(errand)
        return text if people is None else f"{text}\nReaches: {people:g} people."

    async def _people(self, errand: Errand) -> float | None:
        """How many the call would reach, if that can be known."""
        if errand.intent.audience is None:
            return None
        try:
            return await self._figures(errand).audience(errand.intent, errand.intent.audience)
        except GatewayError:
            return None

    async def _rehearsed(self, errand: Errand) -> Reading:
        """What would be sent, and what would stand in its way."""
        value = {
            "dry_run": True,
            "note": "Nothing was sent.",
            **await errand.draft(),
            "preview": await self._preview(errand),
            "confirmation": self._asking(errand),
        }
        if self.limits:
            value["policy"] = await self._verdict(errand, self.limits)
        return Reading(value)

    def _asking(self, errand: Errand) -> str:
        """Who would have to let the call pass."""
        if errand.intent.effect not in ASKED:
            return "none needed"
        if self.confirm.mode == "never":
            return "off (--confirm never)"
        if errand.asker.able:
            return "the user would be asked"
        always = self.confirm.mode == "always"
        return "by confirm_token" if always else "by the client's own approval"

    async def _verdict(self, errand: Errand, limits: Limits) -> list[str]:
        """What the policy says, each count as it would be taken."""
        try:
            await self._judged(errand)
        except GatewayError as error:
            return [error.text]
        return explain.allowed(limits.policy, errand.intent)


def patience(errand: Errand) -> float:
    """Seconds to wait for the same call that is under way."""
    return max(0.0, min(PATIENCE, errand.left() - 1))


def packed(reading: Reading) -> dict[str, Any]:
    """A reading as JSON."""
    return {"value": reading.value, "sentence": reading.sentence}


def unpacked(value: Mapping[str, Any]) -> Reading:
    """The reading that `packed` made JSON of."""
    return Reading(value["value"], value["sentence"])
