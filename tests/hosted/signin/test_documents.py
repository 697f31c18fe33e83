"""Client ID metadata documents are fetched from the open internet and from nowhere else."""

from __future__ import annotations

import asyncio
import socket
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpcore
import pytest
from tests.hosted.signin.abroad import (
    ADDRESS,
    HOST,
    REDIRECTS,
    URL,
    abroad,
    answer,
    document,
)
from tests.hosted.signin.parties import AwayStore, House, landed
from tests.server.guard.acts import ManualClock

from famulor_mcp.hosted.signin.documents import Unusable, check, described
from famulor_mcp.hosted.signin.public import LOOKUPS, Lookups, PublicOnly, is_public

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.anyio
LIMIT = 30.0

INNER = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",  # carrier-grade NAT
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's
    "169.254.169.254",  # AWS's, Google's, Azure's
    "169.254.170.2",  # of a container at AWS
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%eth0",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "",
]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
REPLIES = {
    "redirect": answer(document(), 302, Location="https://client.example/other"),
    "redirect inside": answer(document(), 301, Location="http://127.0.0.1/"),
    "missing": answer(document(), 404),
    "created": answer(document(), 201),
    "large": answer(document(client_name="x" * 10_240)),
    "large in chunks": CHUNKED + b"2800\r\n" + b" " * 10_240 + b"\r\n1\r\n \r\n0\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}",
    "junk": b"no HTTP at all\r\n\r\n",
    "silence": b"",
}
OUTER = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "192.0.1.1", "::ffff:8.8.8.8",
         "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111", "2a00:1450:4001::1"]  # fmt: skip


async def test_no_connection_is_made_to_an_address_that_is_not_public(tmp_path: Path) -> None:
    names = [
        one for address in INNER for one in ([address], [ADDRESS, address], [address, ADDRESS])
    ]
    async with abroad(tmp_path, names=[*names, [INNER[0]]]) as there:
        documents = there.documents(ManualClock())
        for _ in names:
            with pytest.raises(Unusable):
                await documents.fetch(URL)

    assert [address for address in INNER if is_public(address)] == []
    assert (there.dialled, len(there.names)) == ([], 1)


@pytest.mark.parametrize("address", OUTER)
async def test_public_addresses_are_told_from_the_others(address: str) -> None:
    assert is_public(address)


async def test_the_connection_goes_to_the_address_that_was_checked(tmp_path: Path) -> None:
    async with abroad(tmp_path, names=[[ADDRESS], ["127.0.0.1"]]) as there:
        documents = there.documents(ManualClock())

        client = await documents.fetch(URL)
        with pytest.raises(Unusable):
            await documents.fetch(URL)  # by now the name leads here

    assert there.dialled == [(ADDRESS, 443)]
    assert (client.id, client.name, list(client.redirects)) == (
        URL,
        "A described client",
        REDIRECTS,
    )
    assert there.requests[0].startswith("GET /client.json HTTP/1.1\r\nHost: client.example\r\n")


async def test_the_host_is_told_who_asks_and_in_what_form(tmp_path: Path) -> None:
    """Cloudflare's Browser Integrity Check, on by default, turns away who has no User-Agent."""
    async with abroad(tmp_path) as there:
        await there.documents(ManualClock()).fetch(URL)

    lines = there.requests[0].strip().split("\r\n")
    assert lines == [
        "GET /client.json HTTP/1.1",
        f"Host: {HOST}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        f"User-Agent: famulor-mcp/{version('famulor-mcp')}",
    ]


async def test_the_next_address_is_tried_where_one_does_not_answer(tmp_path: Path) -> None:
    names = ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", ADDRESS]
    async with abroad(tmp_path, names=[names], unreachable={names[0]}) as there:
        await there.documents(ManualClock()).fetch(URL)

    assert [host for host, _port in there.dialled] == names


async def test_a_host_with_another_name_in_its_certificate_is_not_believed(tmp_path: Path) -> None:
    async with abroad(tmp_path, host="other.example") as there:
        with pytest.raises(Unusable):
            await there.documents(ManualClock()).fetch(URL)

    assert there.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://client.example",
        "https://client.example/",
        "https://client.example:8443/c",
        "https://client.example:99999/c",
        "https://user@client.example/c",
        "https://client.example/c#f",
        "https://client.example/a/../c",
        "https://client.example/./c",
        "https://client.example\\@evil.example/c",
        "https://client.example/c\r\nX: y",
        "https://client.example/c d",
        "https:///c",
        "https://[::1/c",
        "https://clïent.example/c",
        "https://client.example/" + "c" * 500,
    ],
)
async def test_an_address_of_another_form_is_not_even_looked_up(url: str) -> None:
    with pytest.raises(Unusable):
        check(url)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/c", "https://[::1]/c", "https://localhost/c", "https://2130706433/c"]
)
async def test_addresses_of_this_machine_are_refused_by_the_real_resolver_too(url: str) -> None:
    host = url.split("/")[2].strip("[]")
    found = await Lookups()(host)

    assert found
    with pytest.raises(httpcore.ConnectError, match="not public"):
        await PublicOnly().connect_tcp(host, 443)
    with pytest.raises(httpcore.ConnectError, match="port"):
        await PublicOnly().connect_tcp("93.184.215.14", 80)


async def test_names_that_are_looked_up_without_end_hold_up_no_other_lookup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop's own threads look up the store: few, and once all taken by such."""
    let_go = threading.Event()
    real = socket.getaddrinfo

    def slow(host: Any, *args: Any, **options: Any) -> Any:
        if str(host).endswith(".slow.example"):
            let_go.wait(LIMIT)
            raise socket.gaierror
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    loop, lookups = asyncio.get_running_loop(), Lookups()
    hanging = [asyncio.create_task(lookups(f"{n}.slow.example")) for n in range(100)]
    try:
        await asyncio.sleep(0)
        async with asyncio.timeout(LIMIT / 2):
            assert await loop.getaddrinfo("127.0.0.1", 80)
    finally:
        let_go.set()
        results = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(one) for one in results} == {socket.gaierror}


async def test_strangers_who_give_up_lookups_do_not_get_more_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go, asked = threading.Event(), []

    def slow(host: str, *_: Any) -> Any:
        asked.append(host)
        let_go.wait(LIMIT)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    lookups = Lookups()
    tasks = [asyncio.create_task(lookups(f"{n}.slow.example")) for n in range(2 * LOOKUPS)]
    try:
        async with asyncio.timeout(LIMIT / 2):
            while len(asked) < LOOKUPS:  # noqa: ASYNC110 - it comes from threads
                await asyncio.sleep(0.01)
        for task in tasks[:LOOKUPS]:
            task.cancel()
        await asyncio.wait(tasks[:LOOKUPS])
        await asyncio.sleep(0)
        assert len(asked) == LOOKUPS
    finally:
        let_go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in results[LOOKUPS:]} == {socket.gaierror}
    assert len(asked) == 2 * LOOKUPS


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_what_is_no_plain_small_answer_is_not_used(tmp_path: Path, reply: bytes) -> None:
    async with abroad(tmp_path, reply=reply) as there:
        with pytest.raises(Unusable):
            await there.documents(ManualClock()).fetch(URL)

    assert len(there.requests) == 1


@pytest.mark.parametrize("how", [{"hangs": True}, {"drips": True}], ids=["hangs", "drips"])
async def test_a_host_that_does_not_come_to_an_end_is_given_up(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"
    async with abroad(tmp_path, reply=endless, **how) as there:
        with pytest.raises(Unusable):
            await there.documents(ManualClock(), patience=0.05).fetch(URL)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": URL + "/"},
        {"client_id": URL.upper()},
        {"client_id": None},
        {"client_id": [URL]},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"client_secret": "x"},
        {"client_name": None},
        {"client_name": " "},
        {"client_name": ["A client"]},
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": {"a": "b"}},
        {"redirect_uris": [5]},
    ],
)
async def test_a_document_must_describe_a_public_client_at_its_own_address(
    changes: dict[str, Any],
) -> None:
    import json

    with pytest.raises(Unusable):
        described(URL, json.dumps(document(**changes)).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b"[" * 10_000, b"\xff", b'"\\ud800"'])
async def test_a_body_that_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(Unusable):
        described(URL, body)


async def signed_in(house: House, redirect: str) -> dict[str, Any]:
    """The tokens of the described client."""
    answered = await house.decide(await house.ask(URL, redirect_uri=redirect))
    code = landed(answered)["code"]
    return dict((await house.exchange(URL, code, redirect_uri=redirect)).json())


@pytest.mark.parametrize(
    ("redirect", "verified"), [(REDIRECTS[0], True), ("http://127.0.0.1:4444/callback", False)]
)
async def test_a_described_client_signs_in_and_is_called_verified_on_its_own_host_alone(
    tmp_path: Path, redirect: str, verified: bool
) -> None:
    clock = ManualClock()
    async with abroad(tmp_path) as there:
        house = House(clock=clock, documents=there.documents(clock))
        page = (await house.ask(URL, redirect_uri=redirect)).json()
        tokens = await signed_in(house, redirect)

    assert (page["client"], page["verified"]) == ("A described client", verified)
    assert await house.door.identify(tokens["access_token"])
    assert len(there.requests) == 1


async def test_a_described_client_refreshes_also_while_its_host_is_away(tmp_path: Path) -> None:
    clock = ManualClock()
    async with abroad(tmp_path) as there:
        house = House(clock=clock, documents=there.documents(clock))
        tokens = await signed_in(house, REDIRECTS[0])
        elsewhere = house.moved()
        clock.advance(7200)

        refreshed = await elsewhere.refresh(URL, tokens["refresh_token"])
        stolen = await elsewhere.refresh(URL + "?", refreshed.json()["refresh_token"])

    assert (refreshed.status_code, stolen.status_code) == (200, 400)
    assert len(there.requests) == 1


async def test_a_document_is_fetched_anew_after_an_hour_and_a_fault_is_not_kept(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with abroad(tmp_path, reply=answer(b"", 500)) as there:
        house = House(clock=clock, documents=there.documents(clock))

        first = await house.ask(URL, redirect_uri=REDIRECTS[0])
        there.reply = answer(document())
        second = await house.ask(URL, redirect_uri=REDIRECTS[0])
        clock.advance(3600)
        there.reply = answer(document(redirect_uris=["https://client.example/new"]))
        third = await house.ask(URL, redirect_uri=REDIRECTS[0])

    assert [one.json().get("kind") for one in (first, second, third)] == [
        "client",
        None,
        "redirect",
    ]
    assert len(there.requests) == 3


async def test_nobody_can_have_the_server_fetch_without_end(tmp_path: Path) -> None:
    clock = ManualClock()
    async with abroad(tmp_path) as there:
        house = House(clock=clock, documents=there.documents(clock))
        answers = [
            await house.ask(f"https://{HOST}/{number}", redirect_uri=REDIRECTS[0])
            for number in range(21)
        ]
        away = await house.moved(store=AwayStore(), documents=there.documents(clock)).ask(URL)

    assert [one.status_code for one in answers] == [400] * 20 + [429]
    assert (away.status_code, away.json()["kind"]) == (503, "server")
    assert len(there.requests) == 20


async def test_a_document_may_list_what_only_other_servers_take(tmp_path: Path) -> None:
    uris: Sequence[str] = ["odd:/x", *REDIRECTS]
    clock = ManualClock()
    async with abroad(tmp_path, reply=answer(document(redirect_uris=uris))) as there:
        client = await there.documents(clock).fetch(URL)

    assert list(client.redirects) == REDIRECTS
