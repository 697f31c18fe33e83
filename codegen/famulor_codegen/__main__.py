"""The command: `python -m famulor_codegen [lint] [--check] [--spec FILE] [--out DIR]`, or `review`.

Exit status: 0 done or up to date, 1 stale (--check), 2 the document cannot be used.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_codegen import check, document, grammar, plan, refs, write
from famulor_codegen.errors import Report, SpecError
from famulor_codegen.load import load
from famulor_codegen.render import render
from famulor_codegen.review import command

if TYPE_CHECKING:
    from famulor_codegen.table import Catalogue

_ROOT = Path(__file__).parents[2]


def catalogue(text: str, file: str) -> Catalogue:
    """The planned tools of a document. Raises SpecError with everything that is wrong."""
    source = load(text, file)
    report = Report(file, source.lines)
    operations = document.operations(source, report)
    refs.check(source.raw, report)
    grammar.check(source.raw, report)
    report.close()
    planned = plan.plan(source.raw, operations, report)
    check.check(planned, report)
    report.close()
    return planned


def main(argv: list[str] | None = None) -> int:
    """Generate, or compare; the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["review"]:
        return command.main(argv[1:], os.environ)
    options = _parser().parse_args(argv)
    if options.verb == "lint":
        return _lint(options.spec)
    try:
        text = options.spec.read_bytes().decode("utf-8")
        planned = catalogue(text, _shown(options.spec))
    except (OSError, UnicodeDecodeError, SpecError) as error:
        _say(str(error), to_stderr=True)
        return 2
    found = write.changes(render(planned), options.out)
    if options.check:
        for change in found:
            _say(change.diff())
    else:
        write.apply(found, options.out)
    _say(_summary(planned, found, checked=options.check))
    return 1 if options.check and found else 0


def _lint(spec: Path) -> int:
    """Judge the document beyond what generating asks for; the exit status."""
    from famulor_codegen import speclint

    try:
        text = spec.read_bytes().decode("utf-8")
        speclint.lint(load(text, _shown(spec)), catalogue(text, _shown(spec)), spec.parent)
    except speclint.Findings as found:
        _say(str(found))
        return 1
    except (OSError, UnicodeDecodeError, SpecError) as error:
        _say(str(error), to_stderr=True)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m famulor_codegen", description="Make the tools from the API document."
    )
    parser.add_argument("verb", nargs="?", choices=["lint"], help="judge the document instead")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 with a diff if anything is stale",
    )
    parser.add_argument(
        "--spec", type=Path, default=_ROOT / "spec" / "famulor.yaml", metavar="FILE"
    )
    parser.add_argument("--out", type=Path, default=_ROOT / "generated", metavar="DIR")
    return parser


def _shown(path: Path) -> str:
    """The file as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _summary(planned: Catalogue, found: list[write.Change], *, checked: bool) -> str:
    tokens = sum(tool.tokens for tool in planned.tools)
    verb = "stale" if checked else "changed"
    return f"{len(planned.tools)} tools, {tokens} tokens, {len(found)} files {verb}"


def _say(text: str, *, to_stderr: bool = False) -> None:
    """Print as UTF-8, whatever the locale says."""
    stream = sys.stderr if to_stderr else sys.stdout
    stream.buffer.write(f"{text}\n".encode())
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
