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
"""Seconds in which a refresh token may be used once more: the first answer may have been lost, or
two windows of a client hold the same token."""
ROUNDS = 8
OVER, AGAIN = b"over", b" again"


class Families:
    """The sign-ins. Each method raises `StoreFault` where the store is away.

    A record is the number of the refresh token used last, the time of that, and whether it was
    used `AGAIN`; or `OVER`. The code counts as number 0. A store that has forgotten starts again
    with the next token it sees.

    Numbers are counted and not tokens: both uses of one give tokens of the same next number, and
    of those again two uses are good in all. So a sign-in never has more than two ends.
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
        """Use refresh token `number`. False if the family is over, or if this use is too many.

        A third use within the grace is refused and ends nothing: it gives nothing away, and may be
        one more window of an honest client. Later, it is a replay (RFC 9700 section 4.14.2).
        """
        for _ in range(ROUNDS):
            found = await asked(self._store.get(key(family)))
            following = self._following(found, number)
            if following == found:
                return False
            if await self._put(family, found, following):
                return following != OVER
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

    def _following(self, found: bytes | None, number: int) -> bytes:
        """The record after a use of token `number`. The same: that use changes nothing."""
        if found is None:
            return self._record(number)
        if found == OVER:
            return OVER
        last, when, *again = found.split()
        if number > int(last):
            return self._record(number)
        if number < int(last) or self._clock.now().timestamp() - float(when) > GRACE:
            return OVER
        return found if again else found + AGAIN


def key(family: str) -> str:
    """Where the record is."""
    return f"signin:family:{family}"
