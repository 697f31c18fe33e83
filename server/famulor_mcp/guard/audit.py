"""The record of every call with an effect: a file of JSON lines, two for each call.

`begin` is written, and forced to the disk, before the request goes out; `end` after it, with the
same `id`. A `begin` without an `end` is a call that was under way when the process ended: nobody
knows what became of it.

| line | fields |
|---|---|
| both | event, time (UTC), id |
| begin | account (a name for the key, not the key), tool, effect, arguments, confirmation |
| end | outcome (done, not_done, unknown, replayed …), upstream_id, duration (seconds) |

Arguments are masked (`mask`) unless the operator wants them in full; secrets never stand here.
What cannot be put on record is not done. The file is opened for each line, so it can be rotated;
it is made readable for its owner only (on Windows its folder decides that). Each line is one write
at the end of the file, so several processes may share it. The disk is waited for on the event loop:
a call with an effect is rare, and order matters more.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from famulor_mcp.guard import mask
from famulor_mcp.guard.intent import told
from famulor_mcp.guard.refusals import AuditFault

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.intent import Intent

log = logging.getLogger(__name__)

FLAGS = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
OWNER_ONLY = 0o600
LONGEST_ID = 100
FAR = 0x7FFFFFFE
"""A place in a file behind the end of any record, and the last that Windows' `locking` can name."""

Conceal = Callable[[str], str]


def as_it_is(text: str) -> str:
    """Conceals nothing."""
    return text


class Audit:
    """Writes the record. With `full`, arguments stand in it as they are."""

    def __init__(self, path: Path, clock: Clock, *, full: bool = False) -> None:
        self._path = path
        self._clock = clock
        self._full = full

    def check(self) -> None:
        """Raise `AuditFault` if nothing can be recorded; to be asked before the first call."""
        try:
            os.close(os.open(self._path, FLAGS, OWNER_ONLY))
        except OSError as error:
            raise self._fault(error) from error

    def begin(self, intent: Intent, confirmation: str = "", conceal: Conceal = as_it_is) -> Entry:
        """Put a call on record, before it is made. Raises `AuditFault`: then do not make it.

        `conceal` takes the key out of a text, should someone have put it there.
        """
        entry = Entry(self, uuid4().hex, self._clock.monotonic())
        secrets = intent.tool.secret_arguments
        line = {
            "event": "begin",
            "time": self._time(),
            "id": entry.id,
            "account": told(intent.account),
            "tool": intent.tool.name,
            "effect": intent.effect,
            "arguments": mask.hidden(intent.arguments, secrets)
            if self._full
            else mask.masked(intent.arguments, intent.tool.enforced_schema, secrets),
            "confirmation": confirmation,
        }
        try:
            self._write(conceal(encoded(line)), forced=True)
        except OSError as error:
            raise self._fault(error) from error
        return entry

    def finish(self, entry: Entry, outcome: str, upstream: str) -> None:
        """Complete a call's record. The call is made: a fault is said loudly, and not raised."""
        line = {
            "event": "end",
            "time": self._time(),
            "id": entry.id,
            "outcome": outcome,
            "upstream_id": upstream,
            "duration": round(self._clock.monotonic() - entry.started, 3),
        }
        try:
            self._write(encoded(line), forced=False)
        except OSError as error:
            log.critical(
                "The end of call %s (%s) is missing in the audit file %s: %s",
                entry.id,
                outcome,
                self._path,
                error.strerror,
            )

    def _write(self, line: str, *, forced: bool) -> None:
        """Append one line; if `forced`, wait until the disk has it."""
        descriptor = os.open(self._path, FLAGS, OWNER_ONLY)
        try:
            with alone(descriptor):
                content = torn(descriptor) + line.encode() + b"\n"
                if os.write(descriptor, content) < len(content):
                    raise OSError(28, "No space left on device")
            if forced:
                synchronise(descriptor)
        finally:
            os.close(descriptor)

    def _time(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _fault(self, error: OSError) -> AuditFault:
        reason = error.strerror or type(error).__name__
        log.critical("The audit file %s cannot be written: %s", self._path, reason)
        return AuditFault(f"the audit file cannot be written ({reason})")


@dataclass(frozen=True, slots=True)
class Entry:
    """A call on record that has begun at `started` on the clock."""

    audit: Audit
    id: str
    started: float

    def end(self, outcome: str, upstream: str = "") -> None:
        """Complete it. Never raises."""
        self.audit.finish(self, outcome, upstream)


def encoded(line: Mapping[str, Any]) -> str:
    """One line: ASCII, so that nothing in it can break it or be mistaken."""
    return json.dumps(line, separators=(",", ":"), default=str)


@contextlib.contextmanager
def alone(descriptor: int) -> Iterator[None]:
    """Keep other processes out where a write at the end is two steps, which is on Windows.

    Raises:
        OSError: another process kept the file for ten seconds.
    """
    if sys.platform != "win32":
        yield
        return
    import msvcrt

    os.lseek(descriptor, FAR, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    try:
        yield
    finally:
        os.lseek(descriptor, FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)


def torn(descriptor: int) -> bytes:
    """A line break, if the file does not end with one because a write was cut short."""
    try:
        if (size := os.lseek(descriptor, 0, os.SEEK_END)) == 0:
            return b""
        os.lseek(descriptor, size - 1, os.SEEK_SET)
        return b"" if os.read(descriptor, 1) == b"\n" else b"\n"
    except OSError:
        return b""  # a pipe or a device has no end to look at


def synchronise(descriptor: int) -> None:
    """Wait for the disk, where there is one: a pipe or a device cannot be waited for."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != 22:
            raise


def upstream_id(value: Any) -> str:
    """The id of what a call made, from the JSON value of its answer; empty if there is none."""
    if not isinstance(value, Mapping):
        return ""
    own = [name for name in value if name in ("id", "uuid")]
    others = [name for name in value if str(name).endswith(("_id", "_uuid"))]
    for name in [*own, *others]:
        found = value[name]
        if isinstance(found, str | int) and not isinstance(found, bool):
            return str(found)[:LONGEST_ID]
    return upstream_id(value.get("data"))
