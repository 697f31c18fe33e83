"""The official conformance suite finds in the server exactly what the baselines leave to it."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.interop.conformance import table
from tests.interop.conformance.suite import HERE, Verdict, judged, reasons
from tests.interop.hosted import SANDBOX, serving

pytestmark = pytest.mark.interop

REVISIONS = ("2026-07-28", "2025-11-25")
SERVERS = {
    "product": (*SANDBOX, "--auth", "none"),
    "fixture": ("-m", "tests.interop.conformance.fixtures"),
}
DOCUMENT = HERE.parents[2] / "docs" / "CONFORMANCE.md"

Verdicts = dict[tuple[str, str], Verdict]


def baseline(server: str, revision: str) -> Path:
    """What the suite does not find in a server."""
    return HERE / f"{server}-{revision}.yml"


@pytest.fixture(scope="module")
def verdicts(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdicts]:
    """Both servers judged by both revisions, side by side."""
    folder = tmp_path_factory.mktemp("conformance")
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        running = {}
        for server, command in SERVERS.items():
            url = stack.enter_context(serving(*command))
            for revision in REVISIONS:
                facts = (url, revision, baseline(server, revision), folder / server / revision)
                running[server, revision] = pool.submit(judged, *facts)
        yield {which: run.result() for which, run in running.items()}


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("server", SERVERS)
def test_each_scenario_is_shown_or_stands_in_the_baseline_with_its_reason(
    verdicts: Verdicts, server: str, revision: str
) -> None:
    verdict, listed = verdicts[server, revision], reasons(baseline(server, revision))
    assert verdict.agreed, verdict.words
    hidden = {name for name, outcome in verdict.outcomes.items() if outcome != "shown"}
    assert hidden == set(listed), verdict.words
    assert all(listed.values())


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_fixture_shows_all_that_the_product_shows(verdicts: Verdicts, revision: str) -> None:
    shown = {
        server: {n for n, one in verdicts[server, revision].outcomes.items() if one == "shown"}
        for server in SERVERS
    }
    assert shown["product"] < shown["fixture"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_document_tells_what_the_suite_found(verdicts: Verdicts, revision: str) -> None:
    product, fixture = (verdicts[server, revision].outcomes for server in SERVERS)
    rows = table.rows(product, fixture, reasons(baseline("product", revision)))
    document = DOCUMENT.read_text(encoding="utf-8")
    made = table.replaced(document, revision, rows)
    if "UPDATE_DOCS" in os.environ:
        DOCUMENT.write_text(made, encoding="utf-8")
    else:
        assert document == made
