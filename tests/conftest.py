"""Fixtures that every folder of tests may use, and the scan for secrets."""

import pytest
from tests.leaks import Leaks


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Leaks(), "leaks")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the loop that the server runs on."""
    return "asyncio"
