"""What the comparison of schemas says is true of values: rules are sound, and none is silent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from famulor_codegen.oracle import oracle
from famulor_codegen.review.schemas import Change, canonical, compare

NARROW = {Change.NARROWED, Change.UNKNOWN}
WIDE = {Change.WIDENED, Change.UNKNOWN}
NAMES = ("a", "b")

scalars = st.sampled_from([None, True, False, 0, 1, 2, 1.5, -1, 4, "", "a", "b", "abc", "xyz1"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner)
    ),
    max_leaves=4,
)
kinds = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
small = st.integers(0, 3)
plain = st.fixed_dictionaries(
    {},
    optional={
        "type": kinds | st.lists(kinds, min_size=1, max_size=2, unique=True),
        "enum": st.lists(scalars, min_size=1, max_size=3, unique_by=canonical),
        "minimum": small,
        "exclusiveMaximum": small,
        "multipleOf": st.sampled_from([1, 2, 4]),
        "maxLength": small,
        "pattern": st.sampled_from(["^a", "b"]),
        "minItems": small,
        "uniqueItems": st.booleans(),
        "maxProperties": small,
        "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
    },
)
schemas = st.recursive(
    plain,
    lambda inner: st.builds(
        lambda own, more: {**own, **more},
        plain,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
                "additionalProperties": st.booleans() | inner,
                "items": inner,
                "oneOf": st.lists(inner, min_size=1, max_size=2),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "allOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
                "if": inner,
                "then": inner,
                "dependentRequired": st.just({"a": ["b"]}),
            },
        ),
    ),
    max_leaves=3,
)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(old=schemas, new=schemas, tried=st.lists(values, min_size=1, max_size=12))
def test_a_value_that_is_newly_refused_or_accepted_has_a_finding(
    old: dict[str, Any], new: dict[str, Any], tried: list[Any]
) -> None:
    changes = {finding.change for finding in compare(old, new)}
    one, two = oracle(old), oracle(new)
    for value in tried:
        before, after = one.is_valid(value), two.is_valid(value)
        assert not (before and not after) or changes & NARROW, value
        assert not (after and not before) or changes & WIDE, value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(base=schemas, change=schemas, tried=st.lists(values, min_size=1, max_size=12))
def test_a_small_edit_is_judged_as_soundly(
    base: dict[str, Any], change: dict[str, Any], tried: list[Any]
) -> None:
    new = {**base, **dict(list(change.items())[:1])}
    changes = {finding.change for finding in compare(base, new)}
    one, two = oracle(base), oracle(new)
    for value in tried:
        before, after = one.is_valid(value), two.is_valid(value)
        assert not (before and not after) or changes & NARROW, value
        assert not (after and not before) or changes & WIDE, value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(old=schemas, new=schemas)
def test_schemas_that_differ_have_a_finding_and_equal_ones_have_none(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert not list(compare(old, old))
    assert bool(list(compare(old, new))) == (canonical(old) != canonical(new))


@pytest.mark.parametrize(
    "keyword", ["propertyNames", "patternProperties", "contains", "x-new", "$ref", "prefixItems"]
)
def test_a_keyword_without_a_rule_is_never_ignored(keyword: str) -> None:
    found = list(compare({"type": "object"}, {"type": "object", keyword: {}}))
    assert [each.change for each in found] == [Change.UNKNOWN]
    assert "cannot be judged" in found[0].words


def test_a_choice_of_one_form_is_that_form_written_differently() -> None:
    found = list(compare({}, {"oneOf": [{}]}))
    assert [each.change for each in found] == [Change.SAME]
