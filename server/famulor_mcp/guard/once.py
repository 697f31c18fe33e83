"""At most once: the same costly call by the same account is not sent again within a window.

While the first is under way, a second waits for its outcome. After a success the first answer comes
back, marked as a replay. After an unknown outcome the call is refused, with the tool that tells.
After a failure that surely changed nothing (refused, not sent) a retry runs; those who waited for
the failed one share its failure. `repeat` means it: a new attempt, after the one under way, if
there is one.

An attempt runs in a task of its own. A caller who gives up ends it only as long as its request is
not out (`Flight.out`); from then on it goes on without him, so that its outcome is known to whoever
asks again. The window begins with the outcome, and again with each new attempt's; a replay does not
prolong it.

An attempt says every `BEAT` seconds that it is under way. One that has not for `LEASE` seconds died
with its process: its outcome is unknown, until the end of a window that begins when it must have
ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from famulor_mcp.errors import GatewayError
from famulor_mcp.guard.fate import Flight, fate_of
from famulor_mcp.guard.refusals import SharedFailure, StoreFault, Undecided
from famulor_mcp.guard.store import asked

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.intent import Intent
    from famulor_mcp.guard.store import Store
    from famulor_tools.table import Tool

log = logging.getLogger(__name__)

WINDOW = 60.0
LONGEST = 60.0
"""Seconds that no attempt takes: a call's deadline is shorter."""

BEAT, LEASE = 2.0, 6.0
"""Seconds. The clocks of two processes may differ by what lies between; beyond it a call that is
still under way would be said to be lost, and is not sent again all the same."""

INSISTENCE = 10
"""How often it is tried again to write down an outcome, where the store is away."""

PATIENCE = 45.0
SHARED_SECONDS = 10.0
"""For so long a failure can be read by those who waited for it."""

LARGEST = 256 * 1024
"""Bytes of an answer that are kept for a replay."""

Attempt = Callable[[Flight], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: `value` is what the attempt gave.

    A replay is `age` seconds old. Where `kept` is false its value was too large to keep, and is
    None.
    """

    value: Any
    replayed: bool = False
    age: float = 0.0
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """What the store holds of an attempt. Times are Unix seconds.

    A pending one is under way at the least until it is `alive`.
    """

    state: Literal["pending", "done", "unknown", "failed"]
    id: str
    at: float
    until: float
    value: Any = None
    kept: bool = True
    text: str = ""
    alive: float = 0.0

    def pack(self) -> bytes:
        """The record as bytes; without a value that is no JSON or too large."""
        try:
            packed = json.dumps(asdict(self)).encode()
        except (TypeError, ValueError, RecursionError):
            packed = b""
        if 0 < len(packed) <= LARGEST:
            return packed
        return json.dumps(asdict(replace(self, value=None, kept=False))).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> Record:
        """The record that `pack` made bytes of."""
        return cls(**json.loads(packed))


@dataclass(frozen=True, slots=True)
class Turn:
    """An attempt's right to run: its pending record, and what stood there and still holds."""

    key: str
    record: Record
    before: Record | None = None


class Once:
    """Sends a costly call once. `window` is in seconds; 0 turns it off."""

    def __init__(self, store: Store, clock: Clock, window: float = WINDOW) -> None:
        self._store = store
        self._clock = clock
        self.window = window
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._writing: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def run(
        self,
        intent: Intent,
        attempt: Attempt,
        *,
        repeat: bool = False,
        patience: float = PATIENCE,
    ) -> Outcome:
        """The outcome of `attempt`, or of the same call before it.

        Waits up to `patience` seconds for one that is under way. Raises what `attempt` raises,
        `SharedFailure`, `Undecided` and `StoreFault`.
        """
        if self.window <= 0:
            return Outcome(await attempt(Flight()))
        entered = await self._enter(intent, repeat=repeat, patience=patience)
        if isinstance(entered, Outcome):
            return entered
        flight = Flight()
        task = asyncio.create_task(self._carry_out(entered, attempt, flight))
        self._under_way.add(task)
        task.add_done_callback(self._landed)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not flight.out:
                task.cancel()
            raise

    async def peek(self, intent: Intent, *, patience: float = PATIENCE) -> Outcome | None:
        """What `run` would answer without an attempt; None if it would attempt.

        Raises like `run`. To be asked before a person is.
        """
        if self.window <= 0:
            return None
        key = intent.digest("once")
        found = await asked(self._store.get(key))
        found = await self._finished(key, found, intent.tool, patience)
        return self._answered(found, intent.tool)

    async def aclose(self) -> None:
        """End what is under way, and write down what became of it."""
        self._closing.set()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        while self._writing:
            await asyncio.wait(self._writing)

    async def _enter(self, intent: Intent, *, repeat: bool, patience: float) -> Turn | Outcome:
        """The right to attempt, or the answer that makes it needless."""
        key = intent.digest("once")
        mine = self._living(self._record("pending", uuid4().hex, LONGEST + self.window))
        packed = mine.pack()
        until = self._clock.monotonic() + patience
        while True:
            turn = Turn(key, mine)
            with self._claiming(turn):
                found = await asked(self._store.claim(key, packed, LONGEST + self.window))
            if found is None:
                return turn
            left = until - self._clock.monotonic()
            ended = await self._finished(key, found, intent.tool, left, share=not repeat)
            if not repeat and (outcome := self._answered(ended, intent.tool)):
                return outcome
            if ended is None:
                continue
            before = Record.unpack(ended)
            turn = Turn(key, mine, None if before.state == "failed" else before)
            with self._claiming(turn):
                swapped = await asked(self._store.swap(key, ended, packed, LONGEST + self.window))
            if swapped:
                return turn

    @contextmanager
    def _claiming(self, turn: Turn) -> Iterator[None]:
        """Where the store is asked for this turn. If that is cut off, it may be given all the same:
        then it is given back, or a call that was never made would be held to be lost.
        """
        try:
            yield
        except BaseException:
            self._insist(turn, turn.before)
            raise

    async def _finished(
        self, key: str, found: bytes | None, tool: Tool, patience: float, *, share: bool = True
    ) -> bytes | None:
        """What the store holds once nothing is under way. With `share`, a failure is raised."""
        until = self._clock.monotonic() + patience
        awaited = ""
        while found and (alive := self._alive(record := Record.unpack(found))) > 0:
            left = until - self._clock.monotonic()
            if left <= 0:
                raise Undecided(under_way(tool))
            awaited = record.id
            await asked(self._store.wait(key, found, min(left, alive)))
            found = await asked(self._store.get(key))
        if share and found and record.id == awaited and record.state == "failed":
            raise SharedFailure(
                f"{record.text}\nThis is what the same call, made at the same time, came to."
            )
        return found

    def _alive(self, record: Record) -> float:
        """Seconds for which an attempt is still held to be under way; 0 for one that has ended."""
        if record.state != "pending":
            return 0
        return max(0.0, record.alive - self._clock.now().timestamp())

    def _living(self, record: Record) -> Record:
        """The record of an attempt that is under way now."""
        return replace(record, alive=self._clock.now().timestamp() + LEASE)

    def _answered(self, found: bytes | None, tool: Tool) -> Outcome | None:
        """The replay of a finished call, if it holds. Raises `Undecided`."""
        record = Record.unpack(found) if found else None
        if record is None or record.state == "failed":
            return None
        now = self._clock.now().timestamp()
        if record.state in {"unknown", "pending"}:  # the latter: its process died
            raise Undecided(lost(tool, now - record.at, record.until - now))
        return Outcome(record.value, replayed=True, age=max(0.0, now - record.at), kept=record.kept)

    async def _carry_out(self, turn: Turn, attempt: Attempt, flight: Flight) -> Outcome:
        """Attempt, and write down what became of it."""
        beating = asyncio.create_task(self._beat(turn))
        try:
            try:
                value = await attempt(flight)
            finally:
                beating.cancel()  # before the record is replaced: it says that the call goes on
        except BaseException as error:
            await self._write_down(turn, self._failure(turn, error, flight))
            raise
        await self._write_down(turn, self._record("done", turn.record.id, self.window, value))
        return Outcome(value)

    def _failure(self, turn: Turn, error: BaseException, flight: Flight) -> Record | None:
        """The record of an attempt that did not end well; None for one that never was."""
        if fate_of(error, flight) == "unknown":
            return self._record("unknown", turn.record.id, self.window)
        if turn.before and turn.before.until > self._clock.now().timestamp():
            return turn.before
        if not isinstance(error, GatewayError):
            return None
        record = self._record("failed", turn.record.id, SHARED_SECONDS)
        return replace(record, text=error.text)

    async def _write_down(self, turn: Turn, record: Record | None) -> None:
        """Replace the pending record, whoever is cut off meanwhile. A fault here must not take away
        the answer of a call.
        """
        await asyncio.shield(self._kept(self._written(turn, record)))

    async def _written(self, turn: Turn, record: Record | None) -> None:
        try:
            await self._replace(turn, record)
        except Exception:
            log.exception("The outcome of a call could not be remembered yet; it stays undecided")
            self._insist(turn, record)

    def _insist(self, turn: Turn, record: Record | None) -> None:
        """Go on trying to replace the pending record."""
        self._kept(self._insisted(turn, record))

    async def _insisted(self, turn: Turn, record: Record | None) -> None:
        """Try again until the store is back; once more, where the server stops."""
        for _ in range(INSISTENCE):
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._closing.wait()
            with suppress(StoreFault):
                await self._replace(turn, record)
                return
            if self._closing.is_set():
                break
        if record:
            log.error("The outcome of a call was not remembered: its store was away for too long")

    def _kept(self, writing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that the server waits for when it stops."""
        task = asyncio.create_task(writing)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    async def _beat(self, turn: Turn) -> None:
        """Say again and again that the attempt is under way."""
        while True:
            await asyncio.sleep(BEAT)
            with suppress(StoreFault):  # the next one may get through
                await self._replace(turn, self._living(turn.record))

    async def _replace(self, turn: Turn, record: Record | None) -> None:
        """Put `record` (None: nothing) where that of this attempt is, if it still is there."""
        packed = record.pack() if record else None
        ttl = record.until - self._clock.now().timestamp() if record else 0
        while found := await asked(self._store.get(turn.key)):
            if Record.unpack(found).id != turn.record.id:
                return
            if await asked(self._store.swap(turn.key, found, packed, ttl)):
                return

    def _record(
        self,
        state: Literal["pending", "done", "unknown", "failed"],
        name: str,
        seconds: float,
        value: Any = None,
    ) -> Record:
        now = self._clock.now().timestamp()
        return Record(state, name, now, now + seconds, value)

    def _landed(self, task: asyncio.Task[Outcome]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()


def under_way(tool: Tool) -> str:
    """The sentence for a call whose twin does not come to an end."""
    return (
        f"The same call of {tool.name} is still under way, so this one was not sent. "
        "Make it again in a little while to learn what the first came to."
    )


def lost(tool: Tool, age: float, left: float) -> str:
    """The sentence for a call whose twin may have been carried out."""
    look = f"Look with {tool.verify} first." if tool.verify else "Find out first."
    return (
        f"The same call of {tool.name}, {seconds(age)} ago, may have been carried out: its answer "
        f"was lost. It was not sent again. {look} To do it all the same pass repeat: true, or make "
        f"the call again in {seconds(left)}."
    )


def note_of(outcome: Outcome) -> str:
    """The sentence that marks a replay; empty for an attempt's own outcome."""
    if not outcome.replayed:
        return ""
    what = "this is its answer" if outcome.kept else "its answer was too large to keep"
    return (
        f"Replayed: the same call was carried out {seconds(outcome.age)} ago and was not sent "
        f"again; {what}. To do it once more pass repeat: true."
    )


def seconds(count: float) -> str:
    """So many seconds, in words."""
    whole = max(0, math.ceil(count))
    return "1 second" if whole == 1 else f"{whole} seconds"
