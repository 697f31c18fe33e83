"""The document of the bench: as large as asked, plannable, and reviewed without a blind spot."""

from __future__ import annotations

import pytest
from bench import large
from tests.review import labelled

from famulor_codegen.review import catalogues
from famulor_codegen.review.classes import Class


@pytest.mark.parametrize("operations", [5, 12])
def test_a_large_document_has_as_many_tools_as_asked(operations: int) -> None:
    assert len(labelled.side(large.document(operations)).catalogue.tools) == operations


def test_a_shared_schema_that_changed_is_told_of_each_tool_that_answers_it() -> None:
    old = labelled.side(large.document(20)).catalogue
    new = labelled.side(large.edited(large.document(20))).catalogue
    found = catalogues.compare(old, new).of(Class.BREAKING)
    answers = [each for each in found if each.place.startswith("/documented/200/")]
    assert {each.tool for each in answers} == {tool.name for tool in new.tools}
    narrowed = [each.place for each in found if each.place.endswith("label/maxLength")]
    assert narrowed
