"""The committed nginx before two replicas: streams flow, forged headers do not get through."""

import asyncio
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.hosted.site import BOTH, ERAS, call, connected, post
from tests.interop.front import COMMITTED, Front, command, front, laid
from tests.interop.redis import Redis
from tests.interop.replicas import Replica, ready, upstream
from tests.patience import PATIENCE, until, web
from tests.ports import free_port

from famulor_mcp.sandbox import KEY

pytestmark = [pytest.mark.interop, pytest.mark.anyio]

MEGABYTE = 1024 * 1024


class Mirror:
    """A replica that answers with what it was sent, a piece at a time where it is asked to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body")
        stream = scope["path"] in {"/mcp", "/sse"} and scope["method"] == "GET"
        kind = b"text/event-stream" if stream else b"application/json"
        headers = [(b"content-type", kind), (b"refresh", scope["query_string"])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if stream:
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        told = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.dumps({"headers": told, "size": size, "port": scope["server"][1]})
        await send({"type": "http.response.body", "body": body.encode()})


@contextmanager
def mirrors(mirror: Mirror) -> Iterator[list[int]]:
    """Two of them."""
    servers, threads, ports = [], [], [free_port(), free_port()]
    for port in ports:
        config = uvicorn.Config(mirror, port=port, log_level="error", lifespan="off", ws="none")
        servers.append(uvicorn.Server(config))
        threads.append(threading.Thread(target=servers[-1].run))
        threads[-1].start()
    until(lambda: all(server.started for server in servers))
    try:
        yield ports
    finally:
        mirror.go_on.set()
        for server, thread in zip(servers, threads, strict=True):
            server.should_exit = True
            thread.join()


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()


@pytest.fixture
def before(tmp_path: Path, mirror: Mirror) -> Iterator[Front]:
    """nginx before two mirrors."""
    with mirrors(mirror) as ports, front(tmp_path, ports) as found:
        yield found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, list[Replica]]]:
    """nginx, two replicas, a Redis and the API."""
    folder = tmp_path_factory.mktemp("whole")
    redis = Redis(folder)
    with ExitStack() as stack:
        redis.start()
        stack.callback(redis.stop)
        api = stack.enter_context(upstream())
        replicas = [Replica(folder, api.url, redis.url) for _ in range(2)]
        for replica in replicas:
            stack.callback(replica.end)
            replica.start()
        until(lambda: all(ready(one.url) for one in replicas))
        yield stack.enter_context(front(folder, [one.port for one in replicas])), replicas


@pytest.mark.parametrize("conf", ["plain.conf", "tls.conf"])
def test_nginx_takes_each_file_without_a_warning(tmp_path: Path, conf: str) -> None:
    laid(tmp_path, [1001, 1002], 8080, 8443)
    done = subprocess.run(
        [*command(tmp_path, conf), "-t"], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "syntax is ok" not in line]
    assert done.returncode == 0, done.stderr
    assert [line for line in said if "successful" not in line] == []
    assert {path.name for path in COMMITTED.iterdir()} == {
        *("plain.conf", "tls.conf", "http.conf", "proxy.conf", "replicas.conf"),
    }


@pytest.mark.parametrize("path", ["/mcp", "/sse"])
async def test_a_piece_of_a_stream_arrives_before_the_next_is_made(
    before: Front, mirror: Mirror, path: str
) -> None:
    async with web() as client, client.stream("GET", before.url + path) as answer:
        pieces = answer.aiter_raw()
        first = await anext(pieces)
        assert first == b"data: 1\n\n"
        assert not mirror.go_on.is_set()
        mirror.go_on.set()
        assert b"headers" in await anext(pieces)


async def test_nothing_that_a_client_says_of_its_origin_gets_through(before: Front) -> None:
    forged = {
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=1.2.3.4;host=evil.example;proto=https",
        "X-Request-Id": "forged",
        "Connection": "close",
    }
    async with web() as client:
        answer = await client.get(before.url + "/health", headers=forged)
    told = answer.json()["headers"]
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"
    assert {"forwarded", "x-forwarded-host"}.isdisjoint(told)
    assert len(told["x-request-id"]) == 32
    assert told["host"] == before.url.removeprefix("http://")
    # nginx writes its line after the answer
    until(lambda: told["x-request-id"] in before.lines())


async def test_what_makes_the_call_gets_through(before: Front) -> None:
    sent = {"Authorization": "Bearer t", "X-Famulor-Api-Key": "k", "Mcp-Method": "tools/call"}
    async with web() as client:
        answer = await client.post(before.url + "/mcp", headers=sent | BOTH, json={})
    told = answer.json()["headers"]
    assert {name: told[name.lower()] for name in sent} == sent
    assert told["accept"] == BOTH["Accept"]


async def test_the_log_has_addresses_and_paths_and_neither_query_nor_key(before: Front) -> None:
    async with web() as client:
        where = before.url + "/authorize?state=s3cret-of-a-test"
        await client.get(where, headers={"X-Famulor-Api-Key": "s3cret-of-a-test", "Referer": where})
    until(lambda: before.lines().endswith("\n"))
    line = json.loads(before.lines().splitlines()[-1])
    assert (line["address"], line["path"], line["status"]) == ("127.0.0.1", "/authorize", 200)
    assert "s3cret" not in before.lines()


async def test_a_large_message_is_taken_and_a_larger_one_is_not(before: Front) -> None:
    async with web() as client:
        taken = await client.post(before.url + "/mcp", content=b"x" * 32 * MEGABYTE)
        assert taken.json()["size"] == 32 * MEGABYTE
        refused = await client.post(before.url + "/mcp", content=b"x" * 34 * MEGABYTE)
    assert refused.status_code == 413


async def test_the_longest_state_of_a_client_gets_in_and_back(before: Front) -> None:
    """4,096 characters, a third of them encoded; the page that leads back has it in a header."""
    query = "state=" + "s%20" * 2_400
    async with web() as client:
        answer = await client.get(f"{before.url}/authorize?{query}")
    assert (answer.status_code, answer.headers["refresh"]) == (200, query)


async def test_requests_go_to_both_and_sessions_to_one(before: Front, mirror: Mirror) -> None:
    mirror.go_on.set()
    async with web() as client:
        plain = {(await client.post(before.url + "/mcp")).json()["port"] for _ in range(4)}
        session = {
            (await client.post(before.url + path)).json()["port"]
            for path in ("/sse", "/sse/", "/messages/?session_id=1")
            for _ in range(2)
        }
    assert len(plain) == 2
    assert len(session) == 1


async def test_what_may_have_been_taken_is_not_sent_to_the_other(tmp_path: Path) -> None:
    """Replicas that read a request and hang up."""
    got: list[bytes] = []
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]

    def serve(one: socket.socket) -> None:
        while True:
            try:
                connection, _ = one.accept()
            except OSError:
                return
            with connection:
                got.append(connection.recv(65536))

    threads = [threading.Thread(target=serve, args=(one,), daemon=True) for one in sockets]
    for thread in threads:
        thread.start()
    ports = [one.getsockname()[1] for one in sockets]
    with front(tmp_path, ports) as found:
        async with web() as client:
            answer = await client.post(found.url + "/mcp", json=call("make_call"))
    for one in sockets:
        one.shutdown(socket.SHUT_RDWR)
        one.close()
    assert answer.status_code == 502
    assert len(got) == 1


async def test_tls_is_spoken_and_the_plain_port_leads_there(tmp_path: Path, mirror: Mirror) -> None:
    with mirrors(mirror) as ports, front(tmp_path, ports, "tls.conf") as found:
        trusting = ssl.create_default_context(cafile=str(found.certificate))
        async with web(verify=trusting) as client:
            answer = await client.get(found.tls + "/health")
            led = await client.get(found.url + "/authorize?state=1")
            healthy = await client.get(found.url + "/health")
    assert answer.json()["headers"]["x-forwarded-proto"] == "https"
    assert "max-age" in answer.headers["strict-transport-security"]
    assert (led.status_code, led.headers["location"]) == (
        308,
        "https://127.0.0.1/authorize?state=1",
    )
    assert healthy.status_code == 200


@pytest.mark.parametrize("mode", ERAS)
async def test_a_client_calls_through_it_and_hears_of_progress_on_the_way(
    whole: tuple[Front, list[Replica]], mode: str
) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with connected(whole[0].url, mode=mode) as client:
        done = await client.call_tool(
            "list_calls", {"all": True, "per_page": 5}, progress_callback=hear
        )
    assert not done.is_error
    assert heard


async def test_the_older_transport_works_before_two_replicas(
    whole: tuple[Front, list[Replica]],
) -> None:
    async with connected(whole[0].url, mode="legacy", path="/sse") as client:
        for _ in range(4):
            assert not (await client.call_tool("get_me", {})).is_error


async def test_a_request_has_one_id_in_both_logs(whole: tuple[Front, list[Replica]]) -> None:
    found, replicas = whole
    answer = await post(found.url, call("get_me"), key=KEY)
    number = answer.headers["x-request-id"]
    until(lambda: number in found.lines())
    until(lambda: any(number in one.log.read_text(encoding="utf-8") for one in replicas))
