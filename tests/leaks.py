"""A scan of the whole test session for secrets: no test's key or password may come out anywhere.

A plugin of `conftest.py`. It looks at every result of a gateway in this process, every log record,
all that tests print or leave on stderr, and every audit file. What it finds fails the session.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from famulor_mcp.gateway import Gateway
from famulor_mcp.guard.audit import Audit

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = ("12|abcdefghijklmnop", "fam_0123456789abcdef", "s3cret-of-a-test")
"""What the tests use for keys and passwords; a test with another one adds it here."""

LEAKED = 20
"""The session ends with it where one was seen: pytest has no status like it, so `make` can tell."""


class Leaks(logging.Handler):
    """Where a secret was seen."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.looked = 0

    def look(self, text: str, where: str) -> None:
        """Note each secret in `text`."""
        self.looked += 1
        self.found += [f"{where}: {secret[:4]}…" for secret in SECRETS if secret in text]

    def emit(self, record: logging.LogRecord) -> None:
        self.look(record.getMessage() + str(record.exc_info or ""), f"log of {record.name}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        outcome: Any = yield
        report = outcome.get_result()
        if report.when == "teardown":  # by then all that was captured is there
            self.look(report.capstdout + report.capstderr, f"output of {item.nodeid}")

    def pytest_sessionstart(self) -> None:
        logging.getLogger().addHandler(self)
        self._watch_results()
        self._watch_audits()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of pytest-xdist ended: what it saw counts here."""
        found, looked = getattr(node, "workeroutput", {}).get("leaks", ([], 0))
        self.found += found
        self.looked += looked

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["leaks"] = (self.found, self.looked)
        if self.found:
            session.exitstatus = LEAKED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in dict.fromkeys(self.found):
            terminalreporter.write_line(f"LEAKED {line}", red=True)
        terminalreporter.write_line(f"{len(self.found)} secrets in {self.looked} texts scanned")

    def _watch_results(self) -> None:
        call = Gateway.call

        async def watched(gateway: Gateway, name: str, *args: Any, **options: Any) -> Any:
            result = await call(gateway, name, *args, **options)
            self.look(f"{result.text} {result.data}", f"result of {name}")
            return result

        Gateway.call = watched  # type: ignore[assignment,method-assign]

    def _watch_audits(self) -> None:
        write = Audit._write

        def watched(audit: Audit, line: str, *, forced: bool) -> None:
            self.look(line, f"audit {audit._path.name}")
            write(audit, line, forced=forced)

        Audit._write = watched  # type: ignore[method-assign,assignment]
