"""The store that the operator chose: memory, or a Redis; what is wrong with the choice is said."""

import sys

import pytest
from tests.server.guard.acts import ManualClock

from famulor_mcp.guard.opening import open_store
from famulor_mcp.guard.store import MemoryStore
from famulor_mcp.settings import Secret, Settings, SettingsError, load

pytestmark = pytest.mark.anyio

PASSWORD = "s3cret-of-a-test"
SECRET = (Secret("x" * 32),)


async def test_without_a_choice_the_store_is_in_memory() -> None:
    async with open_store(Settings(), ManualClock()) as store:
        assert isinstance(store, MemoryStore)


async def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("redis", "redis.asyncio"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "famulor_mcp.guard.redis", raising=False)
    settings = Settings(store=Secret("redis://localhost"), mcp_secret=SECRET)
    with pytest.raises(SettingsError, match=r"pip install 'famulor-mcp\[redis\]'"):
        async with open_store(settings, ManualClock()):
            pass


async def test_a_shared_store_needs_a_shared_secret() -> None:
    with pytest.raises(SettingsError, match="FAMULOR_MCP_SECRET"):
        async with open_store(Settings(store=Secret("redis://localhost")), ManualClock()):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6380/2",
        f"redis://user:{PASSWORD}@redis.example",
        f"rediss://:{PASSWORD}@[2001:db8::1]:6379/0?ssl_ca_certs=/etc/ca.pem",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_the_address_of_a_redis_is_taken_and_not_shown(url: str) -> None:
    settings = load({}, {"FAMULOR_STORE": url})
    assert settings.store
    assert settings.store.reveal() == url
    assert url not in repr(settings)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"https://:{PASSWORD}@localhost", "rediss://"),
        (f"postgres://:{PASSWORD}@localhost", "rediss://"),
        ("localhost:6379", "rediss://"),
        ("redis://", "rediss://"),
        ("unix://", "rediss://"),
        (f"redis://:{PASSWORD}@localhost:port", "not a URL"),
        (f"redis://:{PASSWORD}@localhost/first", "number of a database"),
        (f"redis://localhost?password={PASSWORD}", "ssl_"),
        ("redis://localhost?socket_timeout=60", "ssl_"),
        (f"redis://localhost#{PASSWORD}", "ssl_"),
    ],
)
def test_another_address_is_refused_with_the_rule_and_without_its_password(
    url: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load({"store": url}, {})
    text = str(caught.value)
    assert words in text
    assert "--store (FAMULOR_STORE)" in text
    assert "redis://localhost:6379/0" in text
    assert PASSWORD not in text
