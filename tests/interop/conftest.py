"""Node, the programs of the lock file, and the pieces of the gateway that they judge."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.interop.redis import Make, Redis
from tests.patience import PATIENCE

from famulor_mcp.guard import lua

HERE = Path(__file__).parent
LIMIT = 300.0  # seconds that any one program may take

Run = Callable[..., subprocess.CompletedProcess[str]]
Play = Callable[[str, str, dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the installed programs. Its absence is a failure: nothing here is skipped."""
    folder = HERE / "node_modules" / ".bin"
    if not folder.is_dir() or shutil.which("node") is None:
        pytest.fail("The judges are not installed: run `make interop` (it needs Node 20 or newer).")
    return folder


@pytest.fixture(scope="session")
def environment(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A scratch home, no word to anyone outside, and nothing of a Famulor account."""
    inherited = {name: text for name, text in os.environ.items() if "FAMULOR" not in name}
    return inherited | {
        "HOME": str(tmp_path_factory.mktemp("home")),
        "NO_COLOR": "1",
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
        "UV_SYSTEM_CERTS": "1",
    }


@pytest.fixture(scope="session")
def run(programs: Path, environment: dict[str, str]) -> Run:
    """Run a program of the lock file, or `node` with one of our drivers, to its end."""

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = program if program == "node" else str(programs / program)
        return subprocess.run(
            [command, *arguments],
            cwd=HERE,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def inspector(run: Run) -> Run:
    """Run the Inspector's command line. It waits for a server that starts late."""
    return partial(run, "mcp-inspector", "--cli", "--connect-timeout", "0")


@pytest.fixture(scope="session")
def play(run: Run) -> Play:
    """Let a TypeScript client play one of our drivers against the gateway: what it reported.

    `task` says how: `args` and `env` of the gateway, and whatever else the driver wants to know.
    """

    def play(driver: str, kind: str, task: dict[str, Any]) -> list[dict[str, Any]]:
        args = ["-m", "famulor_mcp", *task.get("args", [])]
        whole = task | {"command": sys.executable, "args": args}
        done = run("node", driver, kind, json.dumps(whole))
        assert done.returncode == 0, done.stderr + done.stdout[-2000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    return play


@pytest.fixture(scope="session")
def spec() -> Path:
    """The document that everything is generated from."""
    return HERE.parents[1] / "spec" / "famulor.yaml"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store in this process waits longer for a Redis than the two seconds that a user may.

    And what its scripts keep lives longer: Redis ends it by its own time, also where the clock of a
    test stands still.
    """
    for name in ("LONGEST", "CONNECT_SECONDS"):
        monkeypatch.setattr(f"famulor_mcp.guard.redis.{name}", PATIENCE)
    for name in ("RESERVE", "HOLD", "STAND"):
        script, found = re.subn(r"('PEXPIRE', [\w.]+|'PX'), ", r"\1, 1000 * ", getattr(lua, name))
        assert found
        monkeypatch.setattr(lua, name, script)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """One Redis for all tests that do not take it away."""
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Starts a server of the test's own."""
    made: list[Redis] = []

    def make(*options: str) -> Redis:
        made.append(Redis(tmp_path, options))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def redis(server: Redis) -> Redis:
    """The server of the session, empty."""
    assert server.say("FLUSHALL") == b"+OK\r\n"
    return server
