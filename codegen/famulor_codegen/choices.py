"""Which branch of an `anyOf` or `oneOf` a value means: by a tag or by its type.

Where that can be told, only the problems of that branch are reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_codegen.expressions import disjoint, literal, of_type
from famulor_codegen.keywords import Schema, members, types_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Case:
    """One branch, the condition that picks it, and the tag's values that do."""

    condition: str
    schema: Schema
    values: tuple[str, ...] = ()


def tagged(
    schema: Mapping[str, Any], branches: Sequence[Schema]
) -> tuple[str, tuple[Case, ...]] | None:
    """The property that tells the branches apart, and the branches by its values.

    It is OpenAPI's `discriminator`, or the first property that every branch requires with a
    `const` or `enum` of strings that no other branch has.
    """
    named = schema.get("discriminator", {}).get("propertyName")
    for tag in [named] if named else _required(branches[0]):
        values = [_values(branch, tag) for branch in branches]
        every = [value for each in values for value in each]
        if all(values) and len(set(every)) == len(every):
            pairs = zip(values, branches, strict=True)
            return tag, tuple(Case(f"tag in {literal(each)}", one, each) for each, one in pairs)
    return None


def typed(branches: Sequence[Schema]) -> tuple[Case, ...] | None:
    """The branches by the type of the value, if no two share a type."""
    if not disjoint(branches):
        return None
    return tuple(Case(of_type(types_of(branch), "v"), branch) for branch in branches)


def _required(schema: Schema) -> Sequence[str]:
    return () if isinstance(schema, bool) else schema.get("required", ())


def _values(schema: Schema, tag: str) -> tuple[str, ...]:
    if isinstance(schema, bool) or types_of(schema) != ("object",) or tag not in _required(schema):
        return ()
    of_tag = schema.get("properties", {}).get(tag, True)
    if isinstance(of_tag, bool) or not of_tag.keys() & {"const", "enum"}:
        return ()
    values = tuple(members(of_tag))
    return values if all(isinstance(value, str) for value in values) else ()
