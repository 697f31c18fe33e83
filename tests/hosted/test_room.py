"""What has come of all requests is bounded, and strangers take no room from those who are known."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.hosted.api import ALICE, silent
from tests.hosted.site import call, post, site
from tests.patience import PATIENCE, web

from famulor_mcp.hosted import bounds
from famulor_mcp.hosted.room import NoRoomError, Place, Room
from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

ALL = 1_000_000
REST = 9
"""Bytes of a body of a megabyte that come, and that do not."""
MOST = 2 * 1024 * 1024
"""What strangers may fill, where a body may have a megabyte."""
MADE_UP = "a-key-that-somebody-made-up"


class Watched(Room):
    """A room that tells how full it was, and wakes who waits for it."""

    def __init__(self, most: int, *, keeps: bool = False) -> None:
        super().__init__(most, keeps=keeps)
        self.peak = 0
        self.changed = asyncio.Event()

    def take(self, place: Place, count: int) -> None:
        super().take(place, count)
        self.peak = max(self.peak, self.total)
        self.changed.set()

    def leave(self, place: Place) -> None:
        super().leave(place)
        self.changed.set()

    async def holds(self, total: int) -> None:
        """Return once it does."""
        async with asyncio.timeout(PATIENCE):
            while self.total != total:
                self.changed.clear()
                await self.changed.wait()


@dataclass(frozen=True)
class Watch:
    """The rooms of the server that is made next."""

    made: list[Watched]

    @property
    def known(self) -> Watched:
        return self.made[0]

    @property
    def strangers(self) -> Watched:
        return self.made[1]

    @property
    def forms(self) -> Watched:
        return self.made[2]


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made: list[Watched] = []

    def noted(*args: Any, **options: Any) -> Watched:
        made.append(Watched(*args, **options))
        return made[-1]

    monkeypatch.setattr("famulor_mcp.hosted.room.Room", noted)
    monkeypatch.setattr(bounds, "DISCARD_SECONDS", 0.5)
    return Watch(made)


@dataclass
class Slow:
    """A request whose body does not end by itself."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int:
        """Of the answer, when it comes."""
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        return int(line.split()[1])

    async def finish(self) -> int:
        """Send the rest, which is answered with 400: it is no JSON."""
        self.writer.write(b" " * REST)
        return await self.status()


@asynccontextmanager
async def slow(url: str, origin: str = "192.0.2.1", key: str = MADE_UP) -> AsyncIterator[Slow]:
    """Most of a message, from this address; in the end the connection is broken."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {origin}\r\n"
        f"X-Famulor-Api-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {ALL + REST}\r\n\r\n"
    )
    writer.write(head.encode() + b" " * ALL)
    try:
        yield Slow(reader, writer)
    finally:
        writer.transport.abort()


@pytest.mark.anyio
async def test_one_address_holds_one_body_however_many_keys_it_makes_up(rooms: Watch) -> None:
    async with site(max_body="1") as url, slow(url) as first:
        await rooms.strangers.holds(ALL)
        again = await post(url, filled(900_000), key="another-key", X_Forwarded_For="192.0.2.1")
        assert await first.finish() == 400
        await rooms.strangers.holds(0)

    assert (again.status_code, again.headers["retry-after"]) == (503, "5")
    assert "Nothing was done" in again.json()["error"]["message"]


@pytest.mark.anyio
async def test_many_addresses_hold_no_more_than_two_bodies(rooms: Watch) -> None:
    async with site(max_body="1") as url, AsyncExitStack() as stack:
        five = [await stack.enter_async_context(slow(url, f"192.0.2.{n}")) for n in range(5)]
        status = {asyncio.create_task(one.status()): one for one in five}
        while len(status) > 2:
            done, _ = await asyncio.wait(status, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                assert task.result() == 503
                del status[task]
        for one in status.values():
            one.writer.write(b" " * REST)
        assert await asyncio.gather(*status) == [400, 400]
        await rooms.strangers.holds(0)

    assert ALL < rooms.strangers.peak <= MOST


@pytest.mark.anyio
async def test_who_holds_most_makes_room_for_a_stranger_with_less(rooms: Watch) -> None:
    async with site(max_body="1") as url, slow(url) as first, slow(url, "192.0.2.2") as second:
        await rooms.strangers.holds(2 * ALL)
        answer = await post(url, filled(200_000), X_Forwarded_For="192.0.2.3")
        await rooms.strangers.holds(ALL)
        assert {await first.finish(), await second.finish()} == {503, 400}

    assert answer.status_code == 200


@pytest.mark.anyio
async def test_strangers_take_no_room_from_those_whose_key_is_good(rooms: Watch) -> None:
    async with site(max_body="1") as url:
        await post(url, call())
        async with slow(url), slow(url, "192.0.2.2"), slow(url, key=KEY), slow(url, key=KEY):
            await rooms.strangers.holds(2 * ALL)
            await rooms.known.holds(2 * ALL)
            own = await post(url, filled(900_000))
        await rooms.known.holds(0)
        mine = await post(url, filled(900_000), X_Forwarded_For="192.0.2.1")

    assert (own.status_code, mine.status_code) == (503, 200)


@pytest.mark.anyio
@pytest.mark.parametrize("known", [True, False])
async def test_the_message_of_a_stranger_is_held_until_it_is_answered(
    rooms: Watch, known: bool
) -> None:
    """With made-up keys and an API that is slow, whole messages would heap up."""
    async with silent() as api, site(base_url=api.url) as url:
        if known:
            api.go.set()
            await post(url, call(), key=ALICE)
            api.go.clear()
            api.asked.clear()
        flying = asyncio.create_task(post(url, call(), key=ALICE))
        await asyncio.wait_for(api.asked.wait(), PATIENCE)
        assert (rooms.strangers.total > 0) is not known
        api.go.set()
        assert (await flying).status_code == 200
        await rooms.known.holds(0)
        await rooms.strangers.holds(0)


@pytest.mark.anyio
async def test_strangers_whose_messages_wait_for_the_api_keep_nobody_from_signing_in(
    rooms: Watch,
) -> None:
    """Whole messages make no room for others, and two addresses are easily had."""
    message = call()
    message["params"]["_meta"] = {"filler": "x" * 1_047_000}
    async with silent() as api, site(auth="oauth", base_url=api.url, max_body="1") as url:
        flying = [
            asyncio.create_task(
                post(url, message, key=f"made-up-{n}", X_Forwarded_For=f"192.0.2.{n}")
            )
            for n in (1, 2)
        ]
        async with asyncio.timeout(PATIENCE):
            while rooms.strangers.total < 2 * 1_047_000:
                rooms.strangers.changed.clear()
                await rooms.strangers.changed.wait()
        newcomer = await post(url, filled(10_000), key="new", X_Forwarded_For="192.0.2.3")
        signing = await form(url, "192.0.2.3")
        api.go.set()
        await asyncio.gather(*flying)

    assert (newcomer.status_code, signing.status_code) == (503, 400)


@pytest.mark.anyio
async def test_forms_of_sign_in_are_counted_until_they_have_come(rooms: Watch) -> None:
    async with site(auth="oauth", max_body="1") as url:
        answer = await form(url, "192.0.2.1")

    assert answer.status_code == 400
    assert (rooms.forms.peak > 60_000, rooms.forms.total) == (True, 0)


async def form(url: str, origin: str) -> httpx.Response:
    """A large form, from this address."""
    async with web(headers={"X-Forwarded-For": origin}) as client:
        return await client.post(f"{url}/token", data={"code": "x" * 60_000})


def filled(size: int) -> dict[str, Any]:
    """A call of about so many bytes."""
    return call("get_me", 1, filler="x" * size)


def held(room: Room, **counts: int) -> dict[str, Place]:
    """Places in a room, for holders of their names."""
    places = {name: Place(room, name) for name in counts}
    for name, count in counts.items():
        places[name].take(count)
    return places


def test_a_room_gives_back_what_it_held() -> None:
    room = Room(100)
    places = held(room, ada=50, bob=30)
    with places["ada"]:
        assert room.total == 80
    places["bob"].complete()
    assert room.total == 0
    held(room, ada=50, bob=50)
    assert room.total == 100


def test_a_body_that_has_come_whole_makes_no_room() -> None:
    room = Room(100, keeps=True)
    places = held(room, ada=50, bob=40)
    places["ada"].complete()
    held(room, eve=30)
    assert (places["ada"].lost, places["bob"].lost) == (False, True)
    with pytest.raises(NoRoomError):
        held(room, joe=30)
    with pytest.raises(NoRoomError):
        places["bob"].complete()


def test_a_newcomer_finds_room_beside_thousands_who_hold_the_same() -> None:
    room = Room(1_000_000)
    held(room, **{f"stranger {n}": 500 for n in range(2000)})
    assert room.total == 1_000_000
    newcomer = held(room, ada=400)["ada"]
    assert newcomer.held == 400
    with pytest.raises(NoRoomError):
        newcomer.take(200)


@pytest.mark.anyio
async def test_a_body_that_came_too_late_still_makes_room() -> None:
    """Between the end of its time and that of its request somebody else may need the room."""
    room = Room(100)
    late = Place(room, "ada")
    never = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if late.held:
            await never.wait()
        return {"type": "http.request", "body": b"x" * 50, "more_body": True}

    with pytest.raises(bounds.TooSlowError):
        await bounds.body({"headers": []}, receive, 100, 0, late)
    held(room, bob=45, eve=20)

    assert (late.lost, late.held) == (True, 0)
