"""`famulor-mcp probe`: which tools may be called, the round through them, the report.

Only reads are called by themselves. A tool with an effect is called if it is named: in the
sandbox all are, with their examples; elsewhere with the arguments given beside the name.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from famulor_mcp import offered
from famulor_mcp.output import OutputError, write
from famulor_mcp.probe import report
from famulor_mcp.probe.walk import Documented, Walk
from famulor_mcp.settings import READERS, SettingsError
from famulor_mcp.start import opened
from famulor_tools import API_TITLE, API_VERSION, SPEC_DIGEST
from famulor_tools.documented import ANSWERS, SCHEMAS, SOURCES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.probe.walk import Visit
    from famulor_mcp.settings import Settings
    from famulor_tools.table import Tool


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--with",
        dest="named",
        metavar="TOOL={…}",
        action="append",
        default=[],
        help="call this tool with an effect, too",
    )
    parser.add_argument("--report", metavar="FILE", default=None, help="write the report here, too")


def run(settings: Settings, words: Mapping[str, Any]) -> int:
    """Probe and print; the exit status: 1 where something differs."""
    policy = offered.policy(settings)
    tools = offered.tools(settings, policy)
    given = chosen(tools, words["named"], sandbox=settings.sandbox)
    file = place(words["report"]) if words["report"] else None
    visits = asyncio.run(walked(settings, tools, policy, given))
    text = report.report(visits, API_TITLE, API_VERSION, SPEC_DIGEST) + "\n"
    write(text)
    if file:
        kept(file, text)
    if not any(visit.statuses for visit in visits):
        sys.stderr.write("famulor-mcp: no tool was called.\n")
        return 1
    return 1 if report.differs(visits) else 0


def place(raw: str) -> Path:
    """The file of the report, before the walk that it is of. Raises `SettingsError`."""
    try:
        return Path(READERS["audit"]("--report", raw))
    except SettingsError as error:
        rule = str(error).partition(" Example:")[0]
        raise SettingsError(f"{rule} Example: report.md") from None


def kept(file: Path, text: str) -> None:
    """Write the report. Raises `OutputError`."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file}: {error.strerror or type(error).__name__}") from None


async def walked(
    settings: Settings,
    tools: Sequence[Tool],
    policy: Policy | None,
    given: Mapping[str, dict[str, Any] | None],
) -> list[Visit]:
    """What came of each tool that may be called: of reads, and of those that are given."""
    called = [t for t in tools if t.effect == "read" or t.name in given or settings.sandbox]
    async with opened(settings, tools, policy) as desk:
        walk = Walk(Documented(ANSWERS, SCHEMAS, SOURCES), desk)
        desk.listen(walk.heard)
        return await walk.run(called, {name: args for name, args in given.items() if args})


def chosen(
    tools: Sequence[Tool], named: Sequence[str], *, sandbox: bool
) -> Mapping[str, dict[str, Any] | None]:
    """Tool → arguments of each `TOOL` or `TOOL={…}`; None for those of its example.

    Raises:
        SettingsError: the tool is not offered, or its arguments are needed or no valid JSON.
    """
    known = {tool.name: tool for tool in tools}
    found: dict[str, dict[str, Any] | None] = {}
    for word in named:
        name, equals, text = word.partition("=")
        if name not in known:
            raise SettingsError(f"--with: there is no tool {name!r} here.")
        if not equals and not sandbox and known[name].effect != "read":
            raise SettingsError(
                f"--with {name}: give its arguments, since those of the example are made up: "
                f"--with '{name}={{…}}'"
            )
        found[name] = _object(name, text) if equals else None
    return found


def _object(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise SettingsError(
            f"--with {name}: what follows = must be a JSON object. "
            f"Example: --with '{name}={{\"id\": 42}}'"
        )
    return value
