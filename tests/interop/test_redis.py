"""The shared store on a real Redis: what every store promises, and what happens without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.hosted.signin.abroad import certify
from tests.interop.redis import SECRET, Make, Redis
from tests.patience import PATIENCE, until
from tests.ports import free_port
from tests.server.guard.acts import NUMBER, ManualClock, ring
from tests.server.guard.contract import Contract

from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.fate import Flight
from famulor_mcp.guard.grants import Grants, Terms
from famulor_mcp.guard.once import LEASE, Once
from famulor_mcp.guard.redis import LONGEST, RedisStore
from famulor_mcp.guard.refusals import StoreFault, Undecided
from famulor_mcp.guard.store import Store, Window

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.usefixtures("unhurried")]

PASSWORD = "s3cret-of-a-test"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(redis: Redis) -> AsyncIterator[RedisStore]:
    async with opened(redis.url) as store:
        yield store


@asynccontextmanager
async def opened(url: str, *secrets: bytes, clock: Any = None) -> AsyncIterator[RedisStore]:
    """A store as one process has it."""
    store = RedisStore(url, secrets or (SECRET,), clock)
    try:
        yield store
    finally:
        await store.aclose()


async def fault(answer: Any) -> str:
    """Why a store cannot answer. It says so before long."""
    with pytest.raises(StoreFault) as caught:
        async with asyncio.timeout(PATIENCE):
            await answer
    return caught.value.text


async def served(store: RedisStore) -> None:
    """Return once a store answers in time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StoreFault):
                return await store.ping()


class TestRedis(Contract):
    """The promises of every store."""

    @pytest.fixture
    async def store(self, redis: Redis, clock: ManualClock) -> AsyncIterator[Store]:
        async with opened(redis.url, clock=clock) as store:
            yield store


async def test_a_record_expires_and_wakes_who_waits(store: RedisStore) -> None:
    await store.claim("key", b"one", 0.2)
    async with asyncio.timeout(PATIENCE):
        await store.wait("key", b"one", 60)
    assert await store.take("key") is None
    assert await store.claim("key", b"two", 60) is None


async def test_a_window_goes_by_the_time_of_redis(store: RedisStore) -> None:
    long, short = Window("long", PATIENCE, 1), Window("short", 0.2, 1)
    await store.reserve([long, short], "1")
    full = await store.reserve([long], "2")
    assert full is not None
    assert 0 < full.wait <= PATIENCE
    async with asyncio.timeout(PATIENCE):
        while full := await store.reserve([short], "2"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(full.wait)


async def test_all_that_is_kept_has_a_name_of_ours_expires_and_cannot_be_read(
    store: RedisStore, redis: Redis
) -> None:
    once = Once(store, SystemClock())

    async def attempt(_flight: Flight) -> dict[str, str]:
        return {"transcript": "a private word"}

    await once.run(ring("ada"), attempt)
    await store.claim("transaction", NUMBER.encode(), 60)
    await store.reserve([Window("w", 60, 1)], "1")
    names = await store._client.keys("*")
    assert len(names) == 3
    for name in names:
        assert name.startswith(b"famulor-mcp:1:")
        assert await store._client.pttl(name) > 0
        kept = await store._client.dump(name)
        for word in (b"private", NUMBER.encode()):
            assert word not in kept + name


async def test_two_processes_send_the_same_call_once(redis: Redis, clock: ManualClock) -> None:
    """Of twenty calls at a time in each, one is sent, and all get its answer."""
    sent = 0

    async def attempt(flight: Flight) -> dict[str, int]:
        nonlocal sent
        flight.out = True
        sent += 1
        await asyncio.sleep(0.1)
        return {"id": sent}

    async with opened(redis.url) as one, opened(redis.url) as other:
        processes = [Once(store, clock) for store in (one, other)]
        outcomes = await asyncio.gather(*(processes[n % 2].run(ring(), attempt) for n in range(40)))
    assert sent == 1
    assert {outcome.value["id"] for outcome in outcomes} == {1}
    assert sum(not outcome.replayed for outcome in outcomes) == 1


async def test_the_claim_of_a_process_that_died_is_an_unknown_outcome(
    store: RedisStore, clock: ManualClock
) -> None:
    out, never = asyncio.Event(), asyncio.Event()

    async def attempt(flight: Flight) -> None:
        flight.out = True
        out.set()
        await never.wait()

    async def again(_flight: Flight) -> str:
        return "sent"

    dead = Once(store, clock)
    call = asyncio.create_task(dead.run(ring(), attempt))
    await out.wait()
    once = Once(store, clock)
    with pytest.raises(Undecided, match="still under way"):
        await once.run(ring(), again, patience=0)
    clock.advance(LEASE)
    with pytest.raises(Undecided, match="may have been carried out"):
        await once.run(ring(), again)
    assert (await once.run(ring(), again, repeat=True)).value == "sent"
    await dead.aclose()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_grant_is_taken_by_one_of_two_processes(redis: Redis) -> None:
    terms = Terms("token", "a call")
    async with opened(redis.url) as one, opened(redis.url) as other:
        makers = [Grants([SECRET], store, SystemClock()) for store in (one, other)]
        grant = makers[0].make(terms)
        taken = await asyncio.gather(*(maker.take(grant, terms) for maker in makers * 5))
    assert sorted(taken) == [""] + ["used"] * 9


async def test_a_grant_cannot_be_taken_again_by_a_process_whose_clock_is_behind(
    redis: Redis,
) -> None:
    terms, late = Terms("token", "a call"), ManualClock()
    clock = ManualClock()
    async with opened(redis.url) as store:
        grant = Grants([SECRET], store, clock).make(terms)
        clock.advance(599.9)
        late.advance(570)
        assert await Grants([SECRET], store, clock).take(grant, terms) == ""
        await asyncio.sleep(0.2)  # longer than the grant was good by the first clock
        assert await Grants([SECRET], store, late).take(grant, terms) == "used"


async def test_what_another_secret_has_sealed_is_a_fault_and_rotation_is_none(
    redis: Redis,
) -> None:
    new = b"another secret of the same length ..."
    async with (
        opened(redis.url) as old,
        opened(redis.url, new, SECRET) as both,
        opened(redis.url, new) as fresh,
    ):
        await old.claim("key", b"one", 60)
        assert await both.swap("key", b"one", b"two", 60)
        assert await fresh.get("key") == b"two"
        assert "FAMULOR_MCP_SECRET" in await fault(old.get("key"))


async def test_a_value_that_was_moved_to_another_key_is_a_fault(store: RedisStore) -> None:
    await store.claim("one", b"an answer", 60)
    await store._client.copy("famulor-mcp:1:one", "famulor-mcp:1:two")
    assert "sealed" in await fault(store.get("two"))


async def test_scripts_are_sent_again_to_a_redis_that_has_lost_them(
    store: RedisStore, redis: Redis
) -> None:
    await store.reserve([Window("w", 60, 5)], "1")
    redis.say("SCRIPT FLUSH")
    assert await store.reserve([Window("w", 60, 5)], "2") is None


async def test_a_redis_that_went_away_is_a_fault_and_when_it_is_back_all_goes_on(
    make: Make,
) -> None:
    redis = make()
    async with opened(redis.url) as store:
        await store.claim("key", b"1", 60)
        redis.stop()
        for answer in (
            store.ping(),
            store.claim("key", b"1", 60),
            store.get("key"),
            store.swap("key", b"1", b"2", 60),
            store.take("key"),
            store.wait("key", b"1", 60),
            store.reserve([Window("w", 60, 5)], "1"),
            store.release([Window("w", 60, 5)], "1"),
        ):
            assert "cannot be reached" in await fault(answer)
        redis.start()
        assert await store.claim("key", b"1", 60) is None
        assert await store.reserve([Window("w", 60, 5)], "1") is None


async def test_what_is_under_way_when_a_store_closes_arrives_and_leaves_no_connection(
    redis: Redis,
) -> None:
    store = RedisStore(redis.url, [SECRET])
    await store.ping()
    claim = asyncio.create_task(store.claim("key", b"value", 60))
    await asyncio.sleep(0)  # it has sent
    await store.aclose()
    assert await claim is None
    assert redis.say("DBSIZE") == b":1\r\n"
    until(lambda: redis.say("CLIENT", "LIST").count(b" cmd=") == 1)  # that of the question
    with pytest.raises(StoreFault, match="its store is closed"):
        await store.ping()


async def test_a_redis_that_hangs_is_a_fault_and_then_goes_on(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("famulor_mcp.guard.redis.LONGEST", LONGEST)
    redis = make()
    async with opened(redis.url) as store:
        await served(store)
        redis.hold()
        texts = await asyncio.gather(*(fault(store.claim(str(n), b"", 60)) for n in range(40)))
        assert all("does not answer in time" in text for text in texts)
        redis.go_on()
        await served(store)


async def test_a_wrong_password_is_a_fault_that_shows_none(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    redis = make("--requirepass", PASSWORD)
    good = redis.url.replace("//", f"//:{PASSWORD}@")
    async with opened(good) as store:
        await store.ping()
    for url in (redis.url, good.replace(PASSWORD, PASSWORD + "x")):
        async with opened(url) as store:
            assert "password" in await fault(store.ping())
            assert PASSWORD not in repr(store)
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--maxmemory", "1"), "is full"),
        (("--replicaof", "127.0.0.1", "1"), "takes no changes"),
        (("--user", "default", "on", "nopass", "~*", "+@all", "-set"), "NoPermissionError"),
    ],
)
async def test_a_redis_that_does_not_take_a_change_is_a_fault(
    make: Make, options: tuple[str, ...], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(make(*options).url) as store:
        assert words in await fault(store.claim("key", b"a private word", 60))
    assert "private" not in caplog.text
    assert len(caplog.records) == 1


async def test_a_full_redis_refuses_scripts_as_well_and_still_gives_places_back(
    make: Make,
) -> None:
    redis = make()
    async with opened(redis.url) as store:
        window = Window("w", 60, 2)
        await store.reserve([window], "1")
        redis.say("CONFIG SET maxmemory 1")
        assert "is full" in await fault(store.reserve([window], "2"))
        await store.release([window], "1")
        redis.say("CONFIG SET maxmemory 0")
        assert await store.reserve([window], "2") is None
        assert await store.reserve([window], "3") is None


async def test_a_unix_socket_serves_as_well(make: Make) -> None:
    with TemporaryDirectory(dir="/tmp") as folder:  # a path of at most 107 bytes
        make("--unixsocket", f"{folder}/redis.sock")
        async with opened(f"unix://{folder}/redis.sock?db=3") as store:
            await store.ping()


async def test_tls_holds_to_the_certificate(make: Make, tmp_path: Path) -> None:
    certify(tmp_path, "localhost")
    certificate, port = str(tmp_path / "certificate.pem"), free_port()
    files = ("--tls-cert-file", certificate, "--tls-key-file", str(tmp_path / "key.pem"))
    more = ("--tls-ca-cert-file", certificate, "--tls-auth-clients", "no")
    make("--tls-port", str(port), *files, *more)
    async with opened(f"rediss://localhost:{port}?ssl_ca_certs={certificate}") as store:
        await store.ping()
    for unknown in (
        f"rediss://localhost:{port}",
        f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}",
    ):
        async with opened(unknown) as store:
            assert "cannot be reached" in await fault(store.ping())
