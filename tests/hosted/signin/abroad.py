"""A host of the internet that describes clients: a real TLS server at a made-up address."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.hosted.connections import answered
from tests.patience import PATIENCE

from famulor_mcp.hosted.signin.documents import Documents
from famulor_mcp.hosted.signin.public import PublicOnly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from famulor_mcp.guard.clock import Clock

HOST = "client.example"
ADDRESS = "93.184.215.14"
URL = f"https://{HOST}/client.json"
REDIRECTS = [f"https://{HOST}/callback", "http://127.0.0.1/callback"]


def document(**changes: Any) -> dict[str, Any]:
    """A good document at `URL`. A change to None leaves a member out."""
    whole = {
        "client_id": URL,
        "client_name": "A described client",
        "redirect_uris": REDIRECTS,
        "token_endpoint_auth_method": "none",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def answer(body: Any, status: int = 200, **headers: str) -> bytes:
    """An HTTP response. A body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class Abroad(httpcore.AsyncNetworkBackend):
    """The host, its name server, and the way there.

    `names` is what the name server says, each answer once but for the last. `dialled` are the
    addresses that connections were made to; all lead to the server, which listens at `port`.
    """

    folder: Path
    reply: bytes = field(default_factory=lambda: answer(document()))
    hangs: bool = False
    drips: bool = False
    names: list[Sequence[str]] = field(default_factory=lambda: [[ADDRESS]])
    port: int = 0
    dialled: list[tuple[str, int]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)

    def documents(self, clock: Clock, patience: float = PATIENCE) -> Documents:
        """What the gateway has for fetching documents, with this in place of the internet."""
        trust = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        return Documents(clock, PublicOnly(self.resolve, self), trust, patience)

    async def resolve(self, _host: str) -> Sequence[str]:
        return self.names.pop(0) if len(self.names) > 1 else self.names[0]

    async def connect_tcp(
        self, host: str, port: int, *_args: Any, **_kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.unreachable:
            raise httpcore.ConnectError("unreachable")
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.port)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.decode())
        if self.hangs:
            await reader.read()
        writer.write(self.reply)
        while self.drips and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)


@asynccontextmanager
async def abroad(folder: Path, host: str = HOST, **options: Any) -> AsyncIterator[Abroad]:
    """The host, up, with a certificate for `host`."""
    certify(folder, host)
    there = Abroad(folder, **options)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    async with answered(there.answer, tls) as there.port:
        yield there


def certify(folder: Path, host: str) -> None:
    """Leave a key and a certificate for `host` in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
