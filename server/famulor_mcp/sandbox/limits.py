"""Rate limits: fixed windows that open with the first request, as the framework counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from .answer import Refusal, limited

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


ACCOUNT = (Limit(20, 10), Limit(100, 60))
AI_REPLY = Limit(5, 60)
WHATSAPP_SEND = Limit(5, 1)


@dataclass
class _Window:
    until: datetime
    taken: int = 0


class Limiter:
    """Counts requests per owner and limit."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, Limit], _Window] = {}

    def take(self, owner: str, limits: Sequence[Limit], now: datetime) -> dict[str, str]:
        """Count one request and give the headers of the tightest limit; full is refused with 429.

        A refused request is not counted. `X-RateLimit-Reset` is a Unix time in seconds.
        """
        windows = [(limit, self._window(owner, limit, now)) for limit in limits]
        spent = [(limit, window) for limit, window in windows if window.taken >= limit.requests]
        if spent:
            limit, window = max(spent, key=lambda pair: pair[1].until)
            refusal = limited(max(1, ceil((window.until - now).total_seconds())))
            raise Refusal(refusal.status, refusal.body, refusal.headers | _headers(limit, window))
        for _, window in windows:
            window.taken += 1
        if not windows:
            return {}
        return _headers(*min(windows, key=lambda pair: pair[0].requests - pair[1].taken))

    def _window(self, owner: str, limit: Limit, now: datetime) -> _Window:
        window = self._windows.get((owner, limit))
        if window is None or window.until <= now:
            window = _Window(now + timedelta(seconds=limit.seconds))
            self._windows[owner, limit] = window
        return window


def _headers(limit: Limit, window: _Window) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit.requests),
        "X-RateLimit-Remaining": str(limit.requests - window.taken),
        "X-RateLimit-Reset": str(ceil(window.until.timestamp())),
    }
