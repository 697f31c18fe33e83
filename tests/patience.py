"""Waiting for what has to come: by its condition, never by luck.

A limit is there for what hangs alone, so it is far longer than a slow and busy machine needs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 180.0
"""Seconds after which something that should have happened has not."""


def until(true: Callable[[], Any]) -> None:
    """Return when this is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it has not come to be"
        time.sleep(0.05)


def web(**options: Any) -> httpx.AsyncClient:
    """A client for servers of a test, which speak plain HTTP.

    httpx itself gives up after 5 seconds, and reads all certificates for each client.
    """
    return httpx.AsyncClient(**{"timeout": PATIENCE, "verify": False, **options})
