"""What must be known of a sign-in after it: that its code was used, how far its refresh tokens
have been rotated, and whether it is over. One record in the store for each, for as long as a
token of it can be good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from famulor_mcp.guard.refusals import StoreFault
from famulor_mcp.guard.store import asked

if TYPE_CHECKING:
    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.guard.store import Store

LIFE = 30 * 86_400.0
"""Seconds that a refresh token is good, and so the record of its family."""
GRACE = 60.0
"""Seconds in which a refresh token may be used again: the first answer may have been lost."""
ROUNDS = 8
OVER = b"over"


class Families:
    """The sign-ins. Each method raises `StoreFault` where the store is away.

    A record is the number of the refresh token used last and the time of that, or `OVER`. The
    code counts as number 0. A store that has forgotten starts again with the next token it sees.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, family: str) -> bool:
        """Use the code. False if it was used before: then the family is over (RFC 6749 10.5)."""
        if await asked(self._store.claim(key(family), self._record(0), LIFE)) is None:
            return True
        await self.end(family)
        return False

    async def step(self, family: str, number: int) -> bool:
        """Use refresh token `number`. False if the family is over, or is so by this use."""
        for _ in range(ROUNDS):
            found = await asked(self._store.get(key(family)))
            if found == OVER:
                return False
            if found is not None and not self._forward(found, number):
                if self._in_grace(found, number):
                    return True
                await self.end(family)
                return False
            if await self._put(family, found, self._record(number)):
                return True
        raise StoreFault("it is asked about one sign-in too often at once")

    async def end(self, family: str) -> None:
        """No token of it is good any more."""
        for _ in range(ROUNDS):
            found = await asked(self._store.get(key(family)))
            if found == OVER or await self._put(family, found, OVER):
                return
        raise StoreFault("it is asked about one sign-in too often at once")

    async def over(self, family: str) -> bool:
        """Whether it was ended."""
        return await asked(self._store.get(key(family))) == OVER

    async def _put(self, family: str, old: bytes | None, new: bytes) -> bool:
        """Put `new` where `old` was read. False if something else is there by now."""
        if old is None:
            return await asked(self._store.claim(key(family), new, LIFE)) is None
        return await asked(self._store.swap(key(family), old, new, LIFE))

    def _record(self, number: int) -> bytes:
        return f"{number} {self._clock.now().timestamp()}".encode()

    def _forward(self, found: bytes, number: int) -> bool:
        return number > int(found.split()[0])

    def _in_grace(self, found: bytes, number: int) -> bool:
        last, when = found.split()
        return number == int(last) and self._clock.now().timestamp() - float(when) <= GRACE


def key(family: str) -> str:
    """Where the record is."""
    return f"signin:family:{family}"
