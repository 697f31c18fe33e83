"""Cases of the review: a folder each, with `case.yaml`, an edit of the shared `base.yaml`.

`why` says what a maintainer did. `both` are edits of either side, `new` those of the newer: `at`
leads to a value (an operationId stands for its operation), `to` replaces or adds it, `drop: true`
takes it out, `add` appends to a list. `expected` lists every difference but those of tokens.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from famulor_codegen.document import METHODS
from famulor_codegen.review import catalogues, revisions
from famulor_codegen.review.classes import Class

if TYPE_CHECKING:
    from famulor_codegen.review.revisions import Side

FOLDER = Path(__file__).parent / "cases"
BASE = Path(__file__).parent / "base.yaml"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/case.yaml"))


@dataclass(frozen=True)
class Case:
    """Two documents and the labels of what differs."""

    why: str
    old: dict[str, Any]
    new: dict[str, Any]
    expected: list[dict[str, str]]


def read(name: str) -> Case:
    """The case in a folder."""
    said = yaml.safe_load((FOLDER / name / "case.yaml").read_text("utf-8"))
    old = edited(base(), said.get("both", []))
    new = edited(copy.deepcopy(old), said.get("new", []))
    return Case(said["why"], old, new, said["expected"])


def base() -> dict[str, Any]:
    """The shared document, to be edited."""
    raw: dict[str, Any] = json.loads(_base())
    return raw


@cache
def _base() -> str:
    return json.dumps(yaml.safe_load(BASE.read_text("utf-8")))


def edited(raw: dict[str, Any], edits: list[dict[str, Any]]) -> dict[str, Any]:
    """The document with edits made, in order."""
    for edit in edits:
        *way, last = edit["at"]
        node = _operation(raw, way.pop(0)) if way and way[0] not in raw else raw
        if not way and last not in raw and node is raw:
            raise KeyError(f"{last} is nothing in the document")
        for key in way:
            node = node[key]
        if edit.get("drop"):
            del node[last]
        elif "add" in edit:
            node[last].append(edit["add"])
        else:
            node[last] = edit["to"]
    return raw


def _operation(raw: dict[str, Any], name: str) -> Any:
    for item in raw["paths"].values():
        for method, operation in item.items():
            if method in METHODS and operation.get("operationId") == name:
                return operation
    raise KeyError(name)


def side(raw: dict[str, Any], changes: str = "") -> Side:
    """A document as the review reads it."""
    return _side(json.dumps(raw), changes)


@cache
def _side(text: str, changes: str) -> Side:
    return revisions.side(text, "spec/famulor.yaml", changes, "spec/CHANGES.md", published=False)


def found(old: Side, new: Side) -> list[dict[str, str]]:
    """All differences but those of tokens, as labels."""
    return [
        {"tool": d.tool, "class": d.kind.value, "place": d.place, "reason": d.reason}
        for d in catalogues.compare(old.catalogue, new.catalogue).differences
        if d.kind is not Class.TOKENS
    ]
