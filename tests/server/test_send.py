"""What goes over the wire, how often, and what is said when no answer comes back."""

import asyncio
import gzip
import inspect
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from tests.patience import PATIENCE
from tests.server.tables import CREATE, DELETE, GET, RING, UPDATE, UPLOAD
from tests.server.upstreams import BreakError, Loopback, Seen, Time, loopback, reply

from famulor_mcp import send
from famulor_mcp.account import Account
from famulor_mcp.build import Part, Request, build
from famulor_mcp.errors import OutcomeUnknown, RateLimited, Unreachable
from famulor_mcp.send import Answer, Upstream, checked, fault
from famulor_mcp.wire import AiohttpTransport
from famulor_tools.table import RateLimit, Tool

pytestmark = pytest.mark.anyio

KEY = "12|abcdefghijklmnop"
READ = build(GET, {"thing_id": 1})


@asynccontextmanager
async def running(
    script: Callable[[Seen], Any], **options: Any
) -> AsyncIterator[tuple[Loopback, Callable[..., Any], Time]]:
    """A loopback upstream, what sends to it, and the time."""
    time = Time()
    async with loopback(script) as server:
        upstream = Upstream(server.url, clock=time.clock, **options)
        account = Account(KEY)

        async def call(tool: Tool, request: Request, seconds: float = 50) -> Any:
            sending = upstream.send(request, tool, account, f"Bearer {KEY}", time.now + seconds)
            (outcome,) = await time.run(sending)
            return outcome

        try:
            yield server, call, time
        finally:
            await upstream.aclose()


def scripted(*answers: bytes | type[BreakError]) -> Callable[[Seen], bytes]:
    """Answers in turn; `BreakError` closes the connection instead."""
    left: Iterator[bytes | type[BreakError]] = iter(answers)

    def script(request: Seen) -> bytes:
        answer = next(left)
        if not isinstance(answer, bytes):
            raise answer
        return answer

    return script


OK = reply(200, {"ok": True})


async def test_a_request_says_who_asks_and_for_what_and_holds_the_key_in_one_header() -> None:
    async with running(scripted(OK)) as (server, call, _):
        answer = await call(CREATE, build(CREATE, {"name": "Ä"}))
    (seen,) = server.seen
    assert answer.status == 200
    assert answer.body == b'{"ok": true}'
    assert (seen.method, seen.target) == ("POST", "/api/thing")
    assert seen.json() == {"name": "Ä"}
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["user-agent"].startswith("famulor-mcp/")
    assert [name for name, value in seen.headers.items() if KEY in value] == ["authorization"]


async def test_the_path_leaves_as_it_was_built() -> None:
    async with running(scripted(OK)) as (server, call, _):
        await call(GET, Request("GET", "/api/%2E%2E/a%2Fb", (("q", "a,b%2C%20c"),)))
    assert server.seen[0].target == "/api/%2E%2E/a%2Fb?q=a,b%2C%20c"


async def test_a_file_round_trips_with_name_type_and_bytes() -> None:
    async with running(scripted(OK)) as (server, call, _):
        part = Part('a"b.pdf', bytes(range(256)), "application/pdf")
        await call(UPLOAD, build(UPLOAD, {"id": 1, "name": "Ä", "file": {}}, {"file": part}))
    (seen,) = server.seen
    boundary = seen.headers["content-type"].removeprefix("multipart/form-data; boundary=").encode()
    _, name, file, end = seen.body.split(b"--" + boundary)
    assert b'name="name"\r\n\r\n' + "Ä".encode() in name
    assert b'filename="a%22b.pdf"' in file
    assert b"Content-Type: application/pdf" in file
    assert bytes(range(256)) in file
    assert end == b"--\r\n"


async def test_a_file_needs_no_field_beside_it() -> None:
    async with running(scripted(OK)) as (server, call, _):
        part = Part("a.pdf", b"%PDF", "application/pdf")
        await call(UPLOAD, build(UPLOAD, {"id": 1, "file": {}}, {"file": part}))
    (seen,) = server.seen
    assert seen.headers["content-type"].startswith("multipart/form-data; ")
    assert b'filename="a.pdf"' in seen.body


@pytest.mark.parametrize("failure", [BreakError, reply(502), reply(503), reply(504)])
async def test_a_read_survives_a_reset_and_a_bad_gateway(failure: bytes | type[BreakError]) -> None:
    async with running(scripted(failure, failure, OK)) as (server, call, _):
        assert (await call(GET, READ)).status == 200
    assert len(server.seen) == 3


async def test_a_write_that_may_be_repeated_is_and_says_so() -> None:
    async with running(scripted(BreakError, reply(404, {}))) as (server, call, _):
        answer = await call(DELETE, build(DELETE, {"id": 1}))
    assert (answer.status, answer.repeated, len(server.seen)) == (404, True, 2)


async def test_retries_end() -> None:
    async with running(lambda _: reply(502)) as (server, call, _):
        assert (await call(GET, READ)).status == 502
    assert len(server.seen) == send.TRIES


async def test_a_503_with_a_code_of_its_own_is_an_answer() -> None:
    async with running(lambda _: reply(503, {"error_code": "MAINTENANCE"})) as (server, call, _):
        assert (await call(GET, READ)).status == 503
    assert len(server.seen) == 1


@pytest.mark.parametrize("tool", [CREATE, RING], ids=lambda tool: tool.name)
async def test_a_call_with_an_effect_is_sent_once_when_its_connection_breaks(tool: Tool) -> None:
    async with running(scripted(BreakError)) as (server, call, _):
        outcome = await call(tool, Request("POST", tool.path, content=b"{}"))
    assert isinstance(outcome, OutcomeUnknown)
    assert "may have been done" in outcome.text
    assert "It was not repeated: first look with list_things" in outcome.text
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_call_with_an_effect_is_not_repeated_after_a_server_error(status: int) -> None:
    async with running(lambda _: reply(status)) as (server, call, _):
        assert (await call(RING, build(RING, {"number": "1"}))).status == status
    assert len(server.seen) == 1


async def test_an_idempotent_write_without_any_answer_is_unknown_and_may_be_repeated() -> None:
    async with running(scripted(*[BreakError] * 4)) as (_server, call, _):
        outcome = await call(UPDATE, build(UPDATE, {"id": 1}))
    assert isinstance(outcome, OutcomeUnknown)
    assert "4 tries" in outcome.text
    assert "Repeating it does no harm" in outcome.text


async def test_what_was_surely_not_sent_is_tried_again_and_then_reported_as_not_done() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        time = Time()
        upstream = Upstream(f"http://127.0.0.1:{closed.getsockname()[1]}", clock=time.clock)
        (outcome,) = await time.run(
            upstream.send(build(RING, {"number": "1"}), RING, Account(KEY), "", time.now + 50)
        )
        await upstream.aclose()
    assert isinstance(outcome, Unreachable)
    assert "4 tries" in outcome.text
    assert "Nothing was sent" in outcome.text


@pytest.mark.parametrize(
    "busy",
    [
        reply(429, {"message": "slow", "retry_after": 7}),
        reply(429, b"", retry_after="7"),
        reply(429, {}, x_ratelimit_remaining="0", x_ratelimit_reset="7"),
    ],
    ids=["body", "header", "reset"],
)
async def test_429_was_not_taken_and_so_anything_is_sent_again_when_asked(busy: bytes) -> None:
    async with running(scripted(busy, OK)) as (server, call, time):
        start = time.now
        assert (await call(RING, build(RING, {"number": "1"}))).status == 200
        assert time.now - start == pytest.approx(7, abs=1)
    assert len(server.seen) == 2


async def test_429_beyond_the_deadline_is_an_error_with_the_seconds() -> None:
    async with running(lambda _: reply(429, {"retry_after": 90})) as (server, call, _time):
        outcome = await call(RING, build(RING, {"number": "1"}))
        again = await call(RING, build(RING, {"number": "1"}))
    assert isinstance(outcome, RateLimited)
    assert "90 seconds" in outcome.text
    assert isinstance(again, RateLimited)
    assert len(server.seen) == 1


async def test_a_remaining_of_zero_holds_back_the_next_call() -> None:
    last = reply(200, {}, x_ratelimit_remaining="0", x_ratelimit_reset="12")
    async with running(scripted(last, OK)) as (_, call, time):
        await call(GET, READ)
        start = time.now
        await call(GET, READ)
        assert time.now - start == pytest.approx(12)


async def test_a_burst_of_creates_at_an_upstream_that_counts_creates_each_once() -> None:
    """Issue 2: 50 at once where 20 in 10 s are allowed, within a client's 60 s."""
    time = Time()
    arrived: list[float] = []
    created: list[str] = []

    def script(request: httpx.Request) -> httpx.Response:
        arrived.append(time.now)
        if sum(at > time.now - 10 for at in arrived) > 20:
            return httpx.Response(429, json={"retry_after": 10})
        created.append(request.content.decode())
        return httpx.Response(201, json={})

    upstream = Upstream(
        "http://localhost",
        clock=time.clock,
        transport=httpx.MockTransport(script),
        rate_limits=[RateLimit(20, 10), RateLimit(100, 60)],
    )
    account, start = Account(KEY), time.now
    answers = await time.run(
        *(
            upstream.send(build(CREATE, {"name": str(n)}), CREATE, account, "", start + 50)
            for n in range(50)
        )
    )
    await upstream.aclose()
    assert [answer.status for answer in answers] == [201] * 50
    assert len(set(created)) == len(created) == 50
    assert time.now - start < 50


async def never(_: Seen) -> bytes:
    return cast("bytes", await asyncio.Future())


async def test_cancelling_a_call_reaches_the_request() -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        closed.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    upstream = Upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    deadline = upstream.clock.now() + 50
    sending = asyncio.ensure_future(upstream.send(READ, GET, Account(KEY), "", deadline))
    await arrived.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await asyncio.wait_for(closed.wait(), PATIENCE)
    server.close()
    await upstream.aclose()


async def test_a_silent_upstream_is_left_at_the_deadline_or_the_timeout() -> None:
    async with running(never) as (_, call, _time):
        outcome = await call(RING, build(RING, {"number": "1"}), seconds=0.05)
        assert isinstance(outcome, OutcomeUnknown)
    async with running(never, timeout=0.05) as (_, call, _time):
        outcome = await call(RING, build(RING, {"number": "1"}))
        assert "no answer came in time" in outcome.text


async def test_a_call_whose_time_ran_out_before_sending_was_surely_not_done() -> None:
    async with running(scripted(OK)) as (server, call, _):
        outcome = await call(RING, build(RING, {"number": "1"}), seconds=0)
    assert isinstance(outcome, Unreachable)
    assert "Nothing was sent" in outcome.text
    assert server.seen == []


async def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    away = reply(302, b"", location="/login", set_cookie="session=one-account; Path=/")
    async with running(scripted(away, OK)) as (server, call, _):
        assert (await call(GET, READ)).status == 302
        await call(GET, READ)
    assert "cookie" not in server.seen[1].headers


async def test_an_answer_is_read_to_a_limit_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "LARGEST", 1000)
    bomb = reply(200, gzip.compress(b" " * 5000), content_encoding="gzip")
    async with running(scripted(bomb)) as (_, call, _time):
        answer = await call(GET, READ)
    assert "larger than" in answer.cut


async def test_a_read_whose_body_breaks_off_is_read_again() -> None:
    torn = reply(200, b'{"ok"', content_length="999", connection="close")

    def script(request: Seen) -> bytes:
        return torn if len(server.seen) < 3 else OK

    async with running(script) as (server, call, _):
        answer = await call(GET, READ)
    assert (answer.status, answer.cut, answer.body) == (200, "", b'{"ok": true}')
    assert len(server.seen) == 3


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
async def test_a_success_whose_body_breaks_off_stays_a_success(connection: str) -> None:
    torn = reply(201, b'{"id"', content_length="9", connection=connection)
    async with running(lambda _: torn, timeout=1) as (server, call, _):
        answer = await call(CREATE, build(CREATE, {"name": "A"}))
    assert (answer.status, answer.cut) == (201, "the connection broke")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://h.example", "https://h.example"),
        ("https://h.example/", "https://h.example"),
        ("https://h.example:8443/base//", "https://h.example:8443/base"),
        (" http://127.0.0.1:9 ", "http://127.0.0.1:9"),
        ("http://[::1]:9/x/", "http://[::1]:9/x"),
        ("http://localhost", "http://localhost"),
    ],
)
async def test_base_urls_with_and_without_path_and_slash_join_alike(given: str, kept: str) -> None:
    assert checked(given) == kept


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example",
        "http://127.0.0.1.example",
        "ftp://h.example",
        "h.example",
        "",
        "https://",
        "https://user:pass@h.example",
        "https://h.example?x=1",
    ],
)
async def test_a_base_url_that_the_key_must_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Upstream(url)


def errors_of_httpx() -> list[type[httpx.RequestError]]:
    classes = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass)]
    return [kind for kind in classes if issubclass(kind, httpx.RequestError)]


@pytest.mark.parametrize("kind", errors_of_httpx(), ids=lambda kind: kind.__name__)
async def test_every_error_of_httpx_is_known_to_be_before_or_after_sending(
    kind: type[httpx.RequestError],
) -> None:
    """A new class in httpx counts as sent: the safe side."""
    before = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
    assert fault(kind("x")).sent is (kind.__name__ not in before)


async def test_an_answer_without_retries_is_not_marked() -> None:
    async with running(scripted(OK)) as (_, call, _time):
        answer = await call(GET, READ)
    assert isinstance(answer, Answer)
    assert not answer.repeated


@pytest.mark.parametrize("proxied", [False, True])
@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), ("no PEM", "it holds no certificates")],
)
async def test_authorities_that_cannot_be_loaded_are_told_by_the_variable_that_names_them(
    proxied: bool, content: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    transport = None if proxied else AiohttpTransport()
    upstream = Upstream("https://127.0.0.1:9", transport=transport)
    try:
        with pytest.raises(Unreachable) as told:
            await upstream.send(READ, GET, Account(KEY), f"Bearer {KEY}", upstream.clock.now() + 9)
        assert f"SSL_CERT_FILE is {file} ({why}); set it to a PEM file" in told.value.text
        assert "tries" not in told.value.text, "another try would end as this one"
        assert not await upstream.reachable(1)
    finally:
        await upstream.aclose()
