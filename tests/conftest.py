"""Fixtures that every folder of tests may use, and the scan for secrets."""

import os

import pytest
from hypothesis import HealthCheck, settings
from tests.leaks import Leaks

# The same examples in every run; `--hypothesis-profile=default` looks for new ones. How long one
# takes says something of the machine, and nothing of the code.
settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


# What is started here runs as it does for people: a developer's shell may have other buffers.
os.environ.pop("PYTHONUNBUFFERED", None)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Leaks(), "leaks")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the loop that the server runs on."""
    return "asyncio"
