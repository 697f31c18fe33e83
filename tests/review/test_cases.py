"""Labelled pairs of documents: every difference has the class, the place and the reason it should.

`UPDATE_CASES=1 pytest tests/review` rewrites the labels, for a person to read; CI refuses to.
"""

from __future__ import annotations

import os

import pytest
import yaml
from tests.review import labelled

from famulor_codegen.review.schemas import Change, compare

UPDATE = bool(os.environ.get("UPDATE_CASES"))
OPPOSITE = {Change.NARROWED: Change.WIDENED, Change.WIDENED: Change.NARROWED}


@pytest.mark.parametrize("name", labelled.NAMES)
def test_each_difference_is_classed_and_explained_as_labelled(name: str) -> None:
    case = labelled.read(name)
    found = labelled.found(labelled.side(case.old), labelled.side(case.new))
    if UPDATE and not os.environ.get("CI"):
        path = labelled.FOLDER / name / "case.yaml"
        said = yaml.safe_load(path.read_text("utf-8"))
        said["expected"] = found
        text = yaml.safe_dump(
            said, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
        )
        path.write_text(text, "utf-8")
    assert found == case.expected, case.why


@pytest.mark.parametrize("name", labelled.NAMES)
def test_what_narrows_on_the_way_there_widens_on_the_way_back(name: str) -> None:
    case = labelled.read(name)
    old, new = labelled.side(case.old).catalogue, labelled.side(case.new).catalogue
    others = {tool.name: tool for tool in new.tools}
    for tool in old.tools:
        if tool.name in others:
            for schema in ("enforced_schema", "input_schema"):
                one, two = getattr(tool, schema), getattr(others[tool.name], schema)
                there = {(f.place, f.change) for f in compare(one, two)}
                back = {(f.place, OPPOSITE.get(f.change, f.change)) for f in compare(two, one)}
                assert there == back


@pytest.mark.parametrize("name", labelled.NAMES)
def test_a_tool_that_breaks_by_narrowing_is_widened_on_the_way_back(name: str) -> None:
    case = labelled.read(name)
    back = labelled.found(labelled.side(case.new), labelled.side(case.old))
    told = {(each["tool"], each["place"]): each for each in back}
    for label in case.expected:
        narrowed = label["class"] == "breaking" and "_schema/" in label["place"]
        if narrowed and "output" not in label["place"] and "judged" not in label["reason"]:
            assert told[label["tool"], label["place"]]["class"] in {"widened", "breaking"}
            assert any(
                each["class"] == "widened" and each["place"] == label["place"] for each in back
            )


def test_there_are_enough_cases_of_every_class() -> None:
    labels = [each["class"] for name in labelled.NAMES for each in labelled.read(name).expected]
    assert len(labelled.NAMES) >= 60
    assert {kind: labels.count(kind) >= 5 for kind in set(labels)} == dict.fromkeys(
        ("breaking", "widened", "cost", "wire", "words"), True
    )
