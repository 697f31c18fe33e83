"""Measure what a maintainer waits for: generating and reviewing 100 to 1,100 operations.

`python -m bench.maintain` prints seconds and peak memory of each, of a process of its own, and how
both grow; at 1,100 operations each must stay under 60 s and 1 GiB.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import large

SIZES = (100, 250, 500, 1_000, 1_100)
SECONDS, MEGABYTES = 60, 1_024
GROWTH = 1.5


class Run(NamedTuple):
    seconds: float
    megabytes: float


def main() -> int:
    """Print the figures; 1 if a bound is missed."""
    found: dict[str, dict[int, Run]] = {"generate": {}, "review": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            old, new = folder / f"{size}.json", folder / f"{size}-new.json"
            old.write_text(json.dumps(large.document(size), indent=1), "utf-8")
            new.write_text(json.dumps(large.edited(large.document(size)), indent=1), "utf-8")
            command = ["--spec", str(old), "--out", str(folder / "out")]
            found["generate"][size] = run(command)
            found["review"][size] = run(["review", str(old), str(new), "--fail-on", "none"])
    good = True
    for what, runs in found.items():
        for size, (seconds, megabytes) in runs.items():
            met = seconds < SECONDS and megabytes < MEGABYTES
            good &= met
            each = 1e3 * seconds / size
            print(
                f"{what:9} {size:5} operations  {seconds:6.1f} s  {each:5.1f} ms each  "
                f"{megabytes:5.0f} MB  {'met' if met else 'MISSED'}"
            )
        growth = (runs[1_000].seconds / runs[100].seconds) / 10
        good &= growth <= GROWTH
        print(f"{what:9} ten times the operations take {10 * growth:.1f} times as long")
    return 0 if good else 1


def run(arguments: list[str]) -> Run:
    """One process: how long it takes, and its greatest size."""
    start = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "famulor_codegen", *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)],
    )
    _, status, used = os.wait4(process, 0)
    os.close(null)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"famulor_codegen {' '.join(arguments)} failed")
    return Run(seconds, used.ru_maxrss / 1_024)


if __name__ == "__main__":
    sys.exit(main())
