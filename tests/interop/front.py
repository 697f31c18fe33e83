"""The committed nginx of the deployment; only names, ports and folders are this machine's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.patience import PATIENCE, until
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMITTED = Path(__file__).parents[2] / "deploy" / "nginx"


@dataclass(frozen=True)
class Front:
    """A running nginx. `url` is plain; `tls` is what the TLS one listens on."""

    url: str
    tls: str
    log: Path
    certificate: Path

    def lines(self) -> str:
        """Its access log."""
        return self.log.read_text(encoding="utf-8")


def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        pytest.fail("nginx is not installed: run `make interop`.")
    return found


def laid(folder: Path, replicas: Sequence[int], plain: int, tls: int) -> None:
    """The committed files in `folder`, for this machine."""
    here = {
        "mcp-1:8787": f"127.0.0.1:{replicas[0]}",
        "mcp-2:8787": f"127.0.0.1:{replicas[1]}",
        "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 8443": f"listen 127.0.0.1:{tls}",
        "/tmp/": f"{folder}/",
        "/dev/stdout": f"{folder}/access.log",
        "/dev/stderr": f"{folder}/error.log",
        "/etc/tls": str(folder),
    }
    for path in COMMITTED.iterdir():
        text = path.read_text(encoding="utf-8")
        for there, mine in here.items():
            text = text.replace(there, mine)
        (folder / path.name).write_text(text, encoding="utf-8")
    certified(folder)


def certified(folder: Path) -> None:
    """A certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def command(folder: Path, conf: str) -> list[str]:
    """nginx as compose.yaml starts it; root's workers stay root, to read this folder."""
    more = " user root;" if os.geteuid() == 0 else ""
    errors = ("-e", str(folder / "error.log"))
    return [program(), *errors, "-g", f"daemon off;{more}", "-c", str(folder / conf)]


@contextmanager
def front(folder: Path, replicas: Sequence[int], conf: str = "plain.conf") -> Iterator[Front]:
    """nginx before these two ports."""
    plain, tls = free_port(), free_port()
    laid(folder, replicas, plain, tls)
    process = subprocess.Popen(command(folder, conf))
    try:
        until(lambda: connects(plain) and (conf != "tls.conf" or connects(tls)))
        urls = f"http://127.0.0.1:{plain}", f"https://localhost:{tls}"
        yield Front(*urls, folder / "access.log", folder / "fullchain.pem")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def connects(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
