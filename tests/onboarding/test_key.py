"""The key that is given is asked for unseen, and nothing is written unless the API takes it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from famulor_mcp.cli import main
from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRONG = "fam_0123456789abcdef"
LIMIT = 60.0
"""Seconds after which a test gives up on a process."""


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("FAMULOR_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The sandbox over HTTP."""
    command = [sys.executable, "-m", "famulor_mcp", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().split()[2]
        process.kill()


class Unwilling(BaseHTTPRequestHandler):
    """An API that takes no more requests for a while, or that is no such API."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path.startswith("/none") else 429)
        self.send_header("Retry-After", "30")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def busy() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Unwilling) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def installed(monkeypatch: pytest.MonkeyPatch, file: Path, url: str, key: str) -> int:
    monkeypatch.setenv("FAMULOR_API_KEY", key)
    return main(("install", "cursor", "--path", str(file), "--base-url", url))


def test_an_accepted_key_is_written_with_the_address_it_is_for(
    api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mcp.json"
    assert installed(monkeypatch, file, api, KEY) == 0
    entry = json.loads(file.read_text())["mcpServers"]["famulor"]
    assert entry["args"] == ["--base-url", api]
    assert entry["env"] == {"FAMULOR_API_KEY": KEY}


@pytest.mark.parametrize(
    ("key", "words"),
    [(WRONG, "does not know this key"), ("two words", "cannot be a key")],
)
def test_a_refused_key_is_not_written(
    api: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
    words: str,
) -> None:
    file = tmp_path / "mcp.json"
    assert installed(monkeypatch, file, api, key) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert key not in errors
    assert not file.exists()


def test_not_knowing_is_told_apart_from_refusal(
    busy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "mcp.json"
    assert installed(monkeypatch, file, busy, WRONG) == 2
    assert "30 seconds" in capsys.readouterr().err
    assert installed(monkeypatch, file, f"{busy}/none", WRONG) == 2
    errors = capsys.readouterr().err
    assert "could not be checked" in errors
    assert "--no-check" in errors
    assert not file.exists()


def test_what_cannot_be_a_key_is_refused_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mcp.json"
    for key in ("two words", "line\nMORE=1", "schlüssel"):
        monkeypatch.setenv("FAMULOR_API_KEY", key)
        assert main(("install", "openclaw", "--path", str(file), "--no-check")) == 2
        assert "cannot be a key" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_at_a_terminal_the_key_is_asked_for_and_never_shown(api: str, tmp_path: Path) -> None:
    import pty

    file = tmp_path / "mcp.json"
    ours, theirs = pty.openpty()
    words = ["install", "cursor", "--path", str(file), "--base-url", api]
    with subprocess.Popen(
        [sys.executable, "-m", "famulor_mcp", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = until(ours, b"not shown")
        os.write(ours, KEY.encode() + b"\n")
        shown += until(ours, b"")
        output = process.communicate(timeout=LIMIT)[0]
    os.close(ours)
    assert process.returncode == 0
    assert KEY.encode() not in shown + output
    assert KEY in file.read_text()


def until(terminal: int, words: bytes) -> bytes:
    """What the terminal shows, until it shows these words or, without any, until it is closed."""
    shown = b""
    while select.select([terminal], [], [], LIMIT)[0]:
        try:
            read = os.read(terminal, 1024)
        except OSError:  # Linux, when the other end is closed
            break
        shown += read
        if not read or (words and words in shown):
            break
    return shown
