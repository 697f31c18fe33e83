"""`python -m famulor_codegen review OLD [NEW]`: what a change of the document does to callers.

Exit status: 0 nothing that --fail-on names, 1 something that no entry in spec/CHANGES.md accepts,
2 a side that cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_codegen import read
from famulor_codegen.load import shown
from famulor_codegen.review import accepted, catalogues, formats, report, revisions
from famulor_codegen.review.classes import Class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_codegen.review.classes import Review
    from famulor_codegen.review.report import Verdict
    from famulor_codegen.review.revisions import Side

_FAILING = "breaking,cost"
_KNOWN = ", ".join(kind.value for kind in Class)


def main(argv: list[str], environment: Mapping[str, str]) -> int:
    """Compare, say what was found; the exit status.

    Raises RevisionError, OSError or SpecError for a side that cannot be read.
    """
    options = _parser().parse_args(argv)
    old = revisions.find(options.old, published=True)
    new = revisions.find(options.new, published=False)
    link = _link(environment) if options.link is None else options.link
    verdict = judge(old, new, options.fail_on, link)
    if options.format == "json":
        _say(formats.as_json(verdict))
    elif options.format == "github":
        _github(verdict, new.file, environment.get("GITHUB_STEP_SUMMARY", ""))
    else:
        _say(report.markdown(verdict), end="")
    return 1 if verdict.failing else 0


def judge(old: Side, new: Side, fail_on: frozenset[Class], link: str = "") -> Verdict:
    """The differences, with what fails and what an added entry accepts.

    Raises SpecError for an older document that nothing can be compared with.
    """
    review = compared(old, new)
    entries = accepted.added(old.entries, new.entries)
    grave = [each for each in review.differences if each.kind in fail_on]
    reasons = [(each, next((e for e in entries if e.accepts(each)), None)) for each in grave]
    failing = tuple(each for each, entry in reasons if entry is None)
    known = [entry for entry in new.entries if entry not in entries]
    return report.Verdict(
        review=review,
        failing=failing,
        accepted=tuple((each, entry) for each, entry in reasons if entry is not None),
        unused=tuple(accepted.unused(entries, review.differences)),
        link=link,
        earlier=tuple(entry for entry in known if any(entry.accepts(each) for each in failing)),
    )


def compared(old: Side, new: Side) -> Review:
    """The differences. The older side was not linted: what is wrong there shows here at last."""
    try:
        return catalogues.compare(old.catalogue, new.catalogue, new.lines)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        read.planned(old.source)
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m famulor_codegen review",
        description="Compare the tools of two documents: what breaks callers, and what costs more.",
    )
    parser.add_argument("old", metavar="OLD", help="a file, or a git revision")
    parser.add_argument(
        "new",
        metavar="NEW",
        nargs="?",
        default=shown(revisions.ROOT / revisions.SPEC),
        help="a file, or a git revision (default: the working tree)",
    )
    parser.add_argument("--format", choices=("markdown", "json", "github"), default="markdown")
    parser.add_argument(
        "--fail-on",
        type=_classes,
        default=_FAILING,
        metavar="CLASSES",
        help=f"exit 1 on these, by commas, or none (default: {_FAILING}); known: {_KNOWN}",
    )
    parser.add_argument(
        "--link", metavar="URL", help="put before the name of a snapshot (default: as in CI)"
    )
    return parser


def _classes(text: str) -> frozenset[Class]:
    try:
        return frozenset(Class(name) for name in text.split(",")) if text != "none" else frozenset()
    except ValueError:
        words = f"classes by commas, such as {_FAILING}, or none; known: {_KNOWN}"
        raise argparse.ArgumentTypeError(words) from None


def _link(environment: Mapping[str, str]) -> str:
    """Where a forge shows the files of this commit; nothing elsewhere."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    server, repository, commit = (environment.get(name, "") for name in names)
    return f"{server}/{repository}/blob/{commit}/" if server and repository and commit else ""


def _github(verdict: Verdict, file: str, summary: str) -> None:
    for line in formats.commands(verdict, file):
        _say(line)
    text = report.markdown(verdict)
    if summary:
        with Path(summary).open("ab") as page:
            page.write(text.encode())
    else:
        _say(text, end="")


def _say(text: str, end: str = "\n") -> None:
    """Print as UTF-8, whatever the locale says."""
    sys.stdout.buffer.write(f"{text}{end}".encode())
    sys.stdout.flush()
