"""No difference goes unreported: the review is empty only if the generated files are equal."""

from __future__ import annotations

import copy
import random
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from tests.review import labelled

from famulor_codegen import render as rendering
from famulor_codegen.errors import SpecError
from famulor_codegen.render import render
from famulor_codegen.review import catalogues, tools
from famulor_codegen.table import Catalogue, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIED = 40


@pytest.fixture(autouse=True)
def _unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The formatter takes most of the time, and equal text stays equal without it."""
    monkeypatch.setattr(rendering, "_formatted", lambda modules: modules)


@pytest.mark.parametrize("seed", range(5))
def test_the_review_is_empty_only_if_the_generated_files_are_equal(seed: int) -> None:
    dice = random.Random(seed)
    before = labelled.side(labelled.base()).catalogue
    files = render(before)
    judged = 0
    for _ in range(TRIED):
        after = _planned(_mutated(labelled.base(), dice))
        if after is not None:
            judged += 1
            found = catalogues.compare(before, after).differences
            assert bool(found) == (render(after) != files)
    assert judged > TRIED // 4


def test_every_field_of_a_tool_has_a_rule_or_is_told_by_another() -> None:
    names = {field.name for field in fields(Tool)}
    assert names - tools.RULES.keys() <= tools.DERIVED


def _planned(raw: dict[str, Any]) -> Catalogue | None:
    """The plan; None for what is refused, or is so little OpenAPI that the codegen stumbles."""
    try:
        return labelled.side(raw).catalogue
    except (SpecError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _mutated(raw: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The document with one or two values changed, doubled, moved or taken out."""
    for _ in range(dice.choice([1, 1, 2])):
        holder, key = dice.choice(list(_places(raw)))
        value = holder[key]
        act = dice.choice(["change", "change", "change", "drop", "shuffle"])
        if act == "drop":
            del holder[key]
        elif act == "change":
            holder[key] = _other(value, dice)
        elif isinstance(value, dict):
            items = list(value.items())
            dice.shuffle(items)
            holder[key] = dict(items)
        elif isinstance(value, list):
            dice.shuffle(value)
    return raw


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    for key in list(keys):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


def _other(value: Any, dice: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + dice.choice([-1, 1, 10])
    if isinstance(value, str):
        swaps = {"integer": "string", "string": "integer", "query": "header", "write": "delete"}
        return swaps.get(value, dice.choice([f"{value} x", value[1:], "read"]))
    return [*value, *copy.deepcopy(value[:1])] if isinstance(value, list) else value
