"""The two tables as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench.peers.speed import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.peers.peer import Peer
    from bench.peers.speed import Figures

    Cell = Callable[[Figures], float]

ROWS: tuple[tuple[str, str, Cell], ...] = (
    ("tools", "", lambda one: one.tools),
    ("bytes of tools/list", "", lambda one: one.sent),
    ("tokens of tools/list", "", lambda one: one.tokens),
    ("  of it names, descriptions, input", "", lambda one: one.read),
    ("cold start to tools/list", " ms", lambda one: one.start.took * 1e3),
    ("  processor time", " ms", lambda one: one.start.worked * 1e3),
    ("calls a second, 1 in flight", "/s", lambda one: one.alone.rate),
    ("  p95", " ms", lambda one: one.alone.slow),
    ("  processor time of a call", " ms", lambda one: one.alone.worked),
    ("calls a second, 16 in flight", "/s", lambda one: one.many.rate),
    ("  p95", " ms", lambda one: one.many.slow),
    ("  processor time of a call", " ms", lambda one: one.many.worked),
    ("peak memory after these", " MB", lambda one: one.megabytes),
    ("tokens of one call's text", "", lambda one: one.one),
    ("tokens of a list of 19 calls", "", lambda one: one.listed),
    ("gives up a silent API after", " s", lambda one: one.patience),
)


def costs(peers: list[Peer], found: dict[str, Figures]) -> str:
    """A row for each figure; behind a peer's figure, how many times the gateway's it is."""
    head = ["", *(f"{peer.name} {peer.version}" for peer in peers)]
    lines = [head]
    for words, unit, cell in ROWS:
        own = cell(found[peers[0].name])
        cells = [f"{amount(own)}{unit}"]
        for peer in peers[1:]:
            value = cell(found[peer.name])
            ratio = "" if math.isinf(value) else f" ({value / own:.2f})"
            cells.append(f"{amount(value)}{unit}{ratio}")
        lines.append([words, *cells])
    return aligned(lines)


def amount(value: float) -> str:
    if math.isinf(value):
        return f"over {LIMIT:.0f}"
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rights(peers: list[Peer], found: list[tuple[str, dict[str, str | None]]]) -> str:
    """A row for each case, what was wrong below it, and how many each got right."""
    names = [peer.name for peer in peers]
    lines = [["", *names]]
    for words, verdicts in found:
        lines.append([words, *("no" if verdicts[name] else "yes" for name in names)])
    right = [sum(not verdicts[name] for _, verdicts in found) for name in names]
    lines.append([f"right, of {len(found)}", *map(str, right)])
    wrong = [
        f"{name}, {words.partition(':')[0]}: {' '.join(said.split())}"
        for words, verdicts in found
        for name, said in verdicts.items()
        if said
    ]
    return "\n".join([aligned(lines), "", *wrong])


def aligned(lines: list[list[str]]) -> str:
    """Columns: the first to the left, the rest to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
