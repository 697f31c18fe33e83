"""Several processes that serve on one address, and the one that looks after them.

Forked, so that secrets are not written anywhere on the way and memory is shared as long as nobody
writes to it. Each has a socket of its own on the common address, which stays open here while it
is replaced: whoever connects in the meantime waits instead of being turned away.
"""

from __future__ import annotations

import logging
import os
import signal
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING

from famulor_mcp.hosted.serve import endings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    Work = Callable[[socket.socket, int], int]
    """(where to listen, a file descriptor that ends with this process) → exit status."""

NAMES = ("SIGCHLD", "SIGALRM")
WATCHED = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
"""Windows lacks them, and `fork`: several workers are refused there."""
WRONG = 2
"""Exit status of a worker that a setting keeps from serving: another would end the same way."""
MOST_DEATHS, DEATH_SECONDS = 5, 10.0
"""So many deaths in so many seconds: starting again does not help."""
MARGIN = 5.0
"""Seconds that workers get beyond their own limit before they are killed."""

log = logging.getLogger(__name__)


class Crew:
    """A worker per socket. One that dies is replaced; a signal to this process ends all of them."""

    def __init__(self, work: Work, sockets: Sequence[socket.socket], grace: float) -> None:
        self._work = work
        self._sockets = sockets
        self._grace = grace
        self._workers: dict[int, int] = {}
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        self._lifeline = os.pipe()
        self._endings = endings()
        self._watched = (*self._endings, *WATCHED)

    def run(self) -> int:
        """Serve until a signal comes; the exit status is 128 + signal, or 1 where all fail."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        for number in range(len(self._sockets)):
            self._start(number)
        while True:
            came = signal.sigwait(self._watched)
            if came in self._endings:
                return self._stop(128 + came)
            if not self._replaced():
                log.error("The workers end as soon as they start. Stopping.")
                return self._stop(1)

    def _start(self, number: int) -> None:
        pid = os.fork()
        if pid:
            self._workers[pid] = number
            return
        status = 1
        try:
            os.close(self._lifeline[1])
            for other in {*range(len(self._sockets))} - {number}:
                self._sockets[other].close()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._watched)
            status = self._work(self._sockets[number], self._lifeline[0])
        except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
            traceback.print_exc()
        finally:
            logging.shutdown()  # what is not written yet
            os._exit(status)

    def _replaced(self) -> bool:
        """Start a worker for each that has died, unless that is of no use."""
        for number, status in self._died():
            if status == WRONG:
                return False
            self._deaths.append(time.monotonic())
            full = len(self._deaths) == MOST_DEATHS
            if full and self._deaths[-1] - self._deaths[0] < DEATH_SECONDS:
                return False
            log.warning("Worker %d died and is replaced", number + 1)
            self._start(number)
        return True

    def _died(self) -> list[tuple[int, int]]:
        """The numbers of the workers that are no more, and their exit status."""
        found = []
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid in self._workers:
                found.append((self._workers.pop(pid), os.waitstatus_to_exitcode(status)))
        return found

    def _stop(self, status: int) -> int:
        """End all workers: first by asking; a second Ctrl-C is passed on. Nobody may connect."""
        for one in self._sockets:
            one.close()
        self._tell(signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, self._grace + MARGIN, 1.0)
        while self._workers:
            came = signal.sigwait(self._watched)
            if came == signal.SIGALRM:
                self._tell(signal.SIGKILL)
            elif came == signal.SIGINT:
                self._tell(signal.SIGINT)
            self._died()
        return status

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._workers:
            os.kill(pid, number)
