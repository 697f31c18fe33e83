"""A side of the comparison: a file, or the document of a git revision, planned.

The older side is not linted: it was published, whatever the rules say today.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_codegen import read
from famulor_codegen.load import decoded, load
from famulor_codegen.review import accepted

if TYPE_CHECKING:
    from famulor_codegen.load import Source
    from famulor_codegen.table import Catalogue

SPEC, CHANGES = "spec/famulor.yaml", "spec/CHANGES.md"
ROOT = Path(__file__).parents[3]


class RevisionError(Exception):
    """There is no such file and no such revision."""


@dataclass(frozen=True, slots=True)
class Side:
    """One document with its wanted changes."""

    source: Source
    catalogue: Catalogue
    entries: list[accepted.Entry]

    @property
    def file(self) -> str:
        """Its name, as it was given."""
        return self.source.file

    @property
    def lines(self) -> dict[str, int]:
        """From a JSON pointer to its line."""
        return {pointer: line for pointer, (line, _) in self.source.lines.items()}


def find(name: str, *, published: bool) -> Side:
    """The side that `name` stands for. Raises RevisionError, OSError or SpecError."""
    path = Path(name)
    if path.is_file():
        beside = path.with_name("CHANGES.md")
        changes = decoded(beside.read_bytes(), str(beside)) if beside.is_file() else ""
        text = decoded(path.read_bytes(), name)
        return side(text, name, changes, str(beside), published=published)
    commit = _commit(name)
    text = _git("show", f"{commit}:{SPEC}")
    listed = _git("ls-tree", "--name-only", commit, CHANGES)
    changes = _git("show", f"{commit}:{CHANGES}") if listed.strip() else ""
    return side(text, SPEC, changes, CHANGES, published=published)


def side(text: str, file: str, changes: str, beside: str, *, published: bool) -> Side:
    """A document and its wanted changes, from their texts and the names of their files."""
    source = load(text, file)
    planned = read.published(source) if published else read.planned(source)
    return Side(source, planned, accepted.read(changes, beside))


def latest(made: str) -> str:
    """The newest tag of a version on the way here, but of `made`; empty if there is none."""
    tags = ("--tags", "--abbrev=0", "--match=v[0-9]*", f"--exclude=v{made}")
    try:
        return _git("describe", *tags).strip()
    except RevisionError:
        return ""


def _commit(name: str) -> str:
    """The commit that a revision names; a name that begins like an option is none."""
    asked = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    try:
        return _git("rev-parse", *asked).strip()
    except RevisionError:
        words = f"neither a file nor a git revision, such as {SPEC} or origin/main"
        raise RevisionError(f"{name}: {words}") from None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    run = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    if run.returncode:
        raise RevisionError(f"{arguments[-1]}: {run.stderr.decode('utf-8', 'replace').strip()}")
    return decoded(run.stdout, arguments[-1])
