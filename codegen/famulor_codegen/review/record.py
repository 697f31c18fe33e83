"""`python -m famulor_codegen release VERSION [SINCE]`: note what a version changes, for the page.

Writes `spec/release.json`: the working tree against SINCE, by default the newest tag `v*`; the
first version has none. Exit status: 0 written, 2 a side that cannot be read.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_codegen import release
from famulor_codegen.release import FILE, Change, Release
from famulor_codegen.review import accepted, command, revisions
from famulor_codegen.review.classes import DOCUMENT, Class
from famulor_codegen.sentences import amount

if TYPE_CHECKING:
    from famulor_codegen.review.classes import Difference
    from famulor_codegen.review.revisions import Side

_SPEC = revisions.ROOT / revisions.SPEC


def main(argv: list[str]) -> int:
    """Write the record; the exit status. Raises as `command.main` does."""
    options = _parser().parse_args(argv)
    path = options.spec.with_name(FILE)
    since = options.since or _latest(release.read(path.parent, str(path)), options.version)
    new = revisions.find(str(options.spec), published=False)
    old = revisions.find(since, published=True) if since else None
    changes = _changes(old, new) if old else ()
    said = _version(since) if since else None
    path.write_bytes(Release(_version(options.version), said, changes).text.encode())
    counted = amount(len(changes), "change")
    print(f"{path.name}: {counted} since {said or 'nothing'}")  # noqa: T201 - a command
    return 0


def _latest(made: Release | None, version: str) -> str:
    """The newest tag; none only where no other version was made before."""
    since = revisions.latest(_version(version))
    if not since and made and made.version != _version(version):
        words = f"{made.version} was made before, and there is no tag v{made.version}"
        raise revisions.RevisionError(f"{words}: fetch the tags, or name the version it is SINCE")
    return since


def _changes(old: Side, new: Side) -> tuple[Change, ...]:
    """Every difference but tokens, the gravest first, with the reason of one that was accepted."""
    found = command.compared(old, new).differences
    entries = accepted.added(old.entries, new.entries)
    return tuple(
        Change(kind.title, each.reason, "" if each.tool == DOCUMENT else each.tool, why)
        for kind in Class
        if kind is not Class.TOKENS
        for each in found
        if each.kind is kind
        for why in [_why(each, entries)]
    )


def _why(each: Difference, entries: list[accepted.Entry]) -> str:
    return next((entry.reason for entry in entries if entry.accepts(each)), "")


def _version(name: str) -> str:
    """A version as people write it: the tag v0.2.0 is 0.2.0, a file is its name."""
    return Path(name).name.removeprefix("v")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m famulor_codegen release",
        description="Write what a version changes beside the document, for the page of the tools.",
    )
    parser.add_argument("version", metavar="VERSION", help="the version that is made")
    parser.add_argument(
        "since",
        metavar="SINCE",
        nargs="?",
        help="a file, or a git revision (default: the newest tag v*, or nothing)",
    )
    parser.add_argument("--spec", type=Path, default=_SPEC, metavar="FILE")
    return parser
