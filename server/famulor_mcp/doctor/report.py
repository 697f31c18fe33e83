"""The findings for people, and for programs. The JSON is stable: new names may come, none go.

Neither shows what may be a key, wherever it came from: a setting, a path, another program's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from famulor_mcp.discreet import discreet
from famulor_mcp.doctor.finding import STATES, worst
from famulor_mcp.guard.hostile import harmless
from famulor_mcp.options import PROGRAM, version
from famulor_mcp.screen.columns import cells, hanging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from famulor_mcp.doctor.finding import Finding
    from famulor_mcp.screen import Screen

SCHEMA = 1
DIGEST = "spec_digest"
COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}
READABLE = 120
"""Columns beyond which a line is hard to read."""


def people(findings: Sequence[Finding], screen: Screen) -> list[str]:
    """A line for each finding, and below it how to mend it; at the end the sum."""
    state_column = 2 + max(map(len, STATES)) + 2
    column = state_column + max(cells(finding.title) for finding in findings) + 2
    width = min(screen.width, READABLE) if screen.terminal else screen.width
    lines = [screen.paint(f"{PROGRAM} {version()}", "bold"), ""]
    for finding in findings:
        state = screen.paint(finding.state, COLOURS[finding.state])
        blanks = " " * (state_column - 2 - len(finding.state))
        title = finding.title + " " * (column - state_column - cells(finding.title))
        lines += hanging(
            f"  {state}{blanks}{title}", harmless(discreet(finding.words)), width, column
        )
        if finding.mend:
            lines += hanging(" " * column, f"→ {finding.mend}", width, column)
    return [*lines, "", verdict(findings)]


def verdict(findings: Sequence[Finding]) -> str:
    """How many findings there are of each kind that matters."""
    counts = {state: sum(one.state == state for one in findings) for state in STATES[1:]}
    said = [f"{count} {state}{'s' * (count > 1)}" for state, count in counts.items() if count]
    return f"{' and '.join(said) or 'Nothing wrong'}."


def programs(findings: Sequence[Finding]) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "schema": SCHEMA,
        "program": PROGRAM,
        "version": version(),
        "state": worst(findings),
        "findings": [
            {
                "check": finding.check,
                "title": finding.title,
                "state": finding.state,
                "words": discreet(finding.words),
                "mend": finding.mend,
                "facts": {name: shown(name, value) for name, value in finding.facts.items()},
            }
            for finding in findings
        ],
    }


def shown(name: str, value: Any) -> Any:
    """A fact without what may be a key. A digest looks like one, and is none."""
    if isinstance(value, str):
        return value if name == DIGEST else discreet(value)
    if isinstance(value, Mapping):
        return {key: shown(key, item) for key, item in value.items()}
    return [shown(name, item) for item in value] if isinstance(value, list) else value
