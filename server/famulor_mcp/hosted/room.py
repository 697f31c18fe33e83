"""How many bytes of requests a process holds at once, and for whom.

Anyone can begin a request, make up a key for it, and let the rest of it wait. So what has come of
all requests together is bounded. There are three rooms. Whatever strangers do, they take nothing
from those whose key the API has taken; nor from the forms of sign-in, by which strangers become
known and stay so. In each, a holder gets half at the most; and where a room is full, who holds most
makes room for who holds less.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from starlette.requests import Request

from famulor_mcp.hosted.identity import IDENTITY
from famulor_mcp.hosted.signin.limits import address

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from famulor_mcp.hosted.identity import Identity

KNOWN, STRANGERS, FORMS = 4, 2, 1
"""How many of the largest bodies each room takes: a stranger may send one, who is known two. A form
is small."""


class NoRoomError(Exception):
    """A body cannot be held any further."""


class Room:
    """So many bytes. With `keeps`, a body that has come whole is held until it is answered."""

    def __init__(self, most: int, *, keeps: bool = False) -> None:
        self._most = most
        self._keeps = keeps
        self._held: Counter[str] = Counter()
        self._coming: dict[str, dict[Place, None]] = {}
        self.total = 0

    def take(self, place: Place, count: int) -> None:
        """Hold so many bytes more. Raises `NoRoomError`."""
        mine = self._held[place.holder] + count
        if place.lost or mine > self._most // 2:
            raise NoRoomError
        while self.total + count > self._most:
            self._largest(mine).lose()
        self._coming.setdefault(place.holder, {})[place] = None
        self._held[place.holder] += count
        place.held += count
        self.total += count

    def complete(self, place: Place) -> None:
        """Its body has come whole."""
        self._arrived(place)
        if not self._keeps:
            self.leave(place)

    def leave(self, place: Place) -> None:
        """Hold nothing of it any more."""
        self._arrived(place)
        self.total -= place.held
        self._held[place.holder] -= place.held
        if not self._held[place.holder]:
            del self._held[place.holder]
        place.held = 0

    def _arrived(self, place: Place) -> None:
        """Nothing more comes of its body."""
        coming = self._coming.get(place.holder, {})
        coming.pop(place, None)
        if not coming:
            self._coming.pop(place.holder, None)

    def _largest(self, mine: int) -> Place:
        """The oldest body of the holder of most. Raises `NoRoomError` if `mine` is as much."""
        holder = max(self._coming, key=self._held.__getitem__, default="")
        if self._held[holder] <= mine:
            raise NoRoomError
        return next(iter(self._coming[holder]))


@dataclass(slots=True, eq=False)
class Place:
    """What one request holds in a room, for `holder`: until its end as a context.

    `limit` is the time that its body has left, while it comes; `lost`, whether it had to make room.
    """

    room: Room
    holder: str = field(repr=False)
    held: int = 0
    limit: asyncio.Timeout | None = None
    lost: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.room.leave(self)

    def take(self, count: int) -> None:
        """Hold so many bytes more. Raises `NoRoomError`."""
        self.room.take(self, count)

    def complete(self) -> None:
        """The body has come whole. Raises `NoRoomError` if it was lost before."""
        if self.lost:
            raise NoRoomError
        self.room.complete(self)

    def lose(self) -> None:
        """Make room for others: whoever reads this body is told that its time is over."""
        self.lost = True
        self.room.leave(self)
        if self.limit and not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time())


class Rooms:
    """The rooms of a process, in which a body has at most `largest` bytes.

    `knows` is whether the API has taken a key.
    """

    def __init__(self, largest: int, knows: Callable[[Identity], bool]) -> None:
        self.largest = largest
        self._knows = knows
        self._known = Room(KNOWN * largest)
        self._strangers = Room(STRANGERS * largest, keeps=True)
        self._forms = Room(FORMS * largest)

    def place(self, scope: Scope) -> Place:
        """A place for a request: the people who are known have one each, strangers an address."""
        identity: Identity | None = scope.get(IDENTITY)
        if identity is not None and self._knows(identity):
            return Place(self._known, identity.key)
        return Place(self._strangers, address(Request(scope)))

    def form(self, scope: Scope) -> Place:
        """A place for a form of sign-in: an address has one."""
        return Place(self._forms, address(Request(scope)))
