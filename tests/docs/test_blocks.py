"""Every code block of every document is run, or parsed, or says why it cannot be.

The line before a block may hold a comment: `<!-- not run: REASON -->`, `<!-- exit 1 -->` (it ends
with that status), `<!-- served -->` (a server: it runs until the end of the document), `<!-- file:
NAME -->` (the blocks after it find this file), `<!-- printed -->` (what the block before printed).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.docs.documents import Block, blocks, documents
from tests.ports import free_port

from famulor_mcp.sandbox import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 180
"""Seconds that a block may take."""

LANGUAGES = {
    "sh",
    "json",
    "yaml",
    "toml",
    "text",
    "nginx",
    "ini",
    "python",
    "dockerfile",
    "powershell",
}
PARSERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "yaml": yaml.safe_load,
    "toml": tomllib.loads,
}
NOTE = re.compile(r"not run: \w.{5,}|exit \d+|served|file: [\w./-]+|printed|client: .+|")
PORT = "8787"
HOMES = (".cursor", ".config/Claude", ".config/Code/User", ".codeium/windsurf", ".claude")
"""What clients leave at home."""

ALL = [block for document in documents() for block in blocks(document)]
RUN = [
    name
    for name in documents()
    if not name.endswith(".de.md") and any(one.language == "sh" for one in blocks(name))
]
"""Those to follow; the blocks of a German document are those of the English one."""


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_has_a_language_and_a_known_note(block: Block) -> None:
    assert block.language in LANGUAGES, f"{block}: {block.language!r}"
    assert NOTE.fullmatch(block.note), f"{block}: {block.note!r}"


@pytest.mark.parametrize("block", [one for one in ALL if one.language in PARSERS], ids=str)
def test_data_in_a_document_can_be_read(block: Block) -> None:
    PARSERS[block.language](block.text)


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a POSIX shell")
@pytest.mark.parametrize("document", RUN)
def test_what_a_document_says_to_type_works(document: str, tmp_path: Path, upstream: str) -> None:
    """In order, in one folder, by someone who has a key and some clients."""
    desk = Desk(tmp_path, upstream)
    try:
        for block in blocks(document):
            desk.take(block)
    finally:
        desk.close()


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """The address of a sandbox that stands for the API."""
    words = [sys.executable, "-m", "famulor_mcp", "sandbox", "--port", "0"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        line = next(line for line in process.stdout if "http://" in line)
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, line
        yield found[0]
        process.terminate()


class Desk:
    """Someone at a terminal who follows a document."""

    def __init__(self, folder: Path, upstream: str) -> None:
        home = folder / "home"
        for name in HOMES:
            (home / name).mkdir(parents=True)
        (folder / "work").mkdir()
        self._folder = folder / "work"
        self._port = str(free_port())
        self._printed = ""
        self._servers: list[subprocess.Popen[str]] = []
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("FAMULOR_")
        }
        self._environment = {
            **{name: value for name, value in kept.items() if not name.startswith("XDG_")},
            "HOME": str(home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]]),
            "FAMULOR_API_KEY": KEY,
            "FAMULOR_BASE_URL": upstream,
        }

    def take(self, block: Block) -> None:
        """Do what the block says."""
        text = block.text.replace(PORT, self._port)
        kind, _, rest = block.note.partition(": ")
        if kind == "not run":
            self._printed = ""
        elif kind == "file":
            (self._folder / rest).write_text(text, encoding="utf-8")
        elif kind == "printed":
            assert told(text, self._printed), f"{block}\n{self._printed}"
        elif kind == "served":
            self._serve(block, text)
        elif block.language == "sh":
            self._run(block, text, int(kind.removeprefix("exit ") if kind else 0))

    def _run(self, block: Block, text: str, status: int) -> None:
        ended = subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self._printed = ended.stdout
        assert ended.returncode == status, f"{block}\n{text}\n{ended.stdout}"

    def _serve(self, block: Block, text: str) -> None:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {text}"],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._servers.append(server)
        assert server.stderr
        assert any("Serving" in line for line in server.stderr), f"{block}\n{text}"

    def close(self) -> None:
        """Stop what was started."""
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=PATIENCE)


def told(expected: str, printed: str) -> bool:
    """Whether each line stands in what was printed; `…` is anything."""
    return all(
        re.search(re.escape(line.strip()).replace("…", ".*"), printed)
        for line in expected.splitlines()
        if line.strip()
    )
