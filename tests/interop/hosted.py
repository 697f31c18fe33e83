"""The hosted server as its users run it: a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVING = re.compile(r"Serving MCP at (http://\S+)/mcp")
SANDBOX = ("-m", "famulor_mcp", "http", "--sandbox", "--port", "0")


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The address of `python ARGUMENTS`, which says on stderr where it serves.

    It has to end by itself when it is told to, and without a fault on record.
    """
    inherited = {name: text for name, text in os.environ.items() if "FAMULOR" not in name}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=inherited,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    said: list[str] = []
    found: list[str] = []
    known = threading.Event()

    def listen() -> None:
        assert process.stderr
        for line in process.stderr:
            said.append(line)
            if where := SERVING.search(line):
                found.append(where[1])
                known.set()
        known.set()

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    try:
        assert known.wait(PATIENCE), said
        assert found, said
        yield found[0]
    finally:
        process.terminate()
        try:
            status = process.wait(PATIENCE)
        finally:
            process.kill()
            reader.join(PATIENCE)
            if process.stderr:
                process.stderr.close()
    assert status == 143, said
    assert "Traceback" not in "".join(said)
