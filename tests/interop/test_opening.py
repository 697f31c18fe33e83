"""How the store that an operator chose is opened, and the command with one."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.interop.redis import SECRET, Make, Redis
from tests.patience import PATIENCE

from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.opening import open_store
from famulor_mcp.settings import Secret, Settings, SettingsError

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.usefixtures("unhurried")]


def chosen(url: str) -> Settings:
    return Settings(store=Secret(url), mcp_secret=(Secret(SECRET.decode()),))


async def test_a_store_that_is_not_there_yet_is_opened_with_a_warning(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    redis = make()
    redis.stop()
    async with open_store(chosen(redis.url), SystemClock()) as store:
        assert "are refused" in caplog.text
        redis.start()
        await store.ping()


async def test_a_store_that_forgets_early_is_warned_of(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    redis = make("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    async with open_store(chosen(redis.url), SystemClock()):
        assert "maxmemory-policy allkeys-lru" in caplog.text


async def test_a_store_needs_a_secret_that_is_shared(redis: Redis) -> None:
    with pytest.raises(SettingsError, match="FAMULOR_MCP_SECRET"):
        async with open_store(Settings(store=Secret(redis.url)), SystemClock()):
            pass


CALL = ("call", "make_call", "phone_number=+4915112345678", "assistant_id=7", "--sandbox", "--yes")


def test_two_processes_count_together_and_one_replays_the_other(
    redis: Redis, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[limits]\nper_hour = 1\n")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        choices = ("--policy", str(policy), "--store", redis.url)
        return subprocess.run(
            [sys.executable, "-m", "tests.interop.patient", *CALL, *words, *choices],
            env={"FAMULOR_MCP_SECRET": SECRET.decode().replace(" ", "-")},
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    first, replay, other = call(), call(), call('variables={"customer_name":"Ada"}')
    assert (first.returncode, replay.returncode, other.returncode) == (0, 0, 1)
    assert "was carried out" in replay.stdout
    assert "limits.per_hour" in other.stdout + other.stderr
