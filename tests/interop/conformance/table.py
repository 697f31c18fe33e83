"""The tables of docs/CONFORMANCE.md: each scenario, and what shows it or why nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.interop.conformance.suite import Outcome

HOLLOW = {
    "input-required-result-validate-input": "the product refuses its tool as unknown, whatever is "
    "sent; the fixture shows it"
}
"""What the suite finds in the product, although it shows nothing there."""
HEAD = "| scenario | product | fixture | why not |\n|---|:-:|:-:|---|\n"


def rows(
    product: Mapping[str, Outcome], fixture: Mapping[str, Outcome], reasons: Mapping[str, str]
) -> str:
    """The table of one revision. `reasons` are those of the product."""
    lines = []
    for name in sorted(product):
        shown = product[name] == "shown" and name not in HOLLOW
        reason = "" if shown else HOLLOW.get(name) or reasons[name]
        marks = (mark(shown), mark(fixture[name] == "shown"))
        lines.append(f"| {name} | {marks[0]} | {marks[1]} | {reason} |\n")
    return HEAD + "".join(lines)


def mark(shown: bool) -> str:
    return "yes" if shown else "no"


def replaced(document: str, revision: str, table: str) -> str:
    """The document with this table between the marks of its revision."""
    before, _, rest = document.partition(f"<!-- scenarios of {revision} -->\n")
    _, end, after = rest.partition(f"<!-- end of {revision} -->")
    assert end, f"docs/CONFORMANCE.md has no marks for {revision}"
    return f"{before}<!-- scenarios of {revision} -->\n\n{table}\n{end}{after}"
