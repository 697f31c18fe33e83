"""The command: `python -m famulor_codegen [lint] [--check] [--spec FILE] [--out DIR]`.

`review` and `release` have options of their own.

Exit status: 0 done or up to date, 1 stale (--check), 2 the document cannot be used.
Stale is also a file in `generated/` that nothing makes: what is not ours is named, never removed.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_codegen import handout, release, write
from famulor_codegen.errors import SpecError
from famulor_codegen.load import decoded, load, shown
from famulor_codegen.read import planned
from famulor_codegen.render import render
from famulor_codegen.review import command, record, revisions

if TYPE_CHECKING:
    from famulor_codegen.table import Catalogue

_ROOT = Path(__file__).parents[2]


def main(argv: list[str] | None = None) -> int:
    """Generate, or compare; the exit status."""
    try:
        return _verb(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:  # whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, SpecError, revisions.RevisionError) as error:
        _say(str(error), to_stderr=True)
    except Exception as error:  # noqa: BLE001 - the last resort, which names the bug
        _say(_bug(error), to_stderr=True)
    return 2


def _verb(argv: list[str]) -> int:
    if argv[:1] == ["review"]:
        return command.main(argv[1:], os.environ)
    if argv[:1] == ["release"]:
        return record.main(argv[1:])
    options = _parser().parse_args(argv)
    if options.verb == "lint":
        return _lint(options.spec)
    return _run(options.spec, options.out, checked=options.check)


def _run(spec: Path, out: Path, *, checked: bool) -> int:
    source = load(decoded(spec.read_bytes(), shown(spec)), shown(spec))
    tools = planned(source)
    files = render(tools, release.read(spec.parent, shown(spec.parent / release.FILE)))
    found, foreign = write.changes(files, out), write.foreign(files, out)
    if checked:
        for change in found:
            _say(change.diff())
    else:
        write.apply(found, out)
        handout.put(source, out)
    for name in foreign:
        _say(f"{shown(out / name)}: nothing makes this file: move or remove it", to_stderr=True)
    _say(_summary(tools, found, checked=checked))
    return 1 if checked and (found or foreign) else 0


def _bug(error: Exception) -> str:
    """What went wrong in the codegen itself, and where: no document may do this."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == Path(__file__).parent]
    at = f"{Path(own[-1].filename).name}:{own[-1].lineno} in {own[-1].name}"
    said = f"{type(error).__name__}: {error}"
    return f"this is a bug of the codegen, at {at}: {said}. Please report it with the document"


def _lint(spec: Path) -> int:
    """Judge the document beyond what generating asks for; the exit status."""
    from famulor_codegen import speclint

    source = load(decoded(spec.read_bytes(), shown(spec)), shown(spec))
    try:
        speclint.lint(source, planned(source), spec.parent)
    except speclint.Findings as found:
        _say(str(found))
        return 1
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


def _summary(tools: Catalogue, found: list[write.Change], *, checked: bool) -> str:
    tokens = sum(tool.tokens for tool in tools.tools)
    verb = "stale" if checked else "changed"
    return f"{len(tools.tools)} tools, {tokens} tokens, {len(found)} files {verb}"


def _say(text: str, *, to_stderr: bool = False) -> None:
    """Print as UTF-8, whatever the locale says."""
    stream = sys.stderr if to_stderr else sys.stdout
    stream.buffer.write(f"{text}\n".encode())
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
