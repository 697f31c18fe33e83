"""A schema with composition as schemas without: each is one way to satisfy it.

Only for making examples: a variant may be narrower or wrong, and the oracle has the last word.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from famulor_codegen.keywords import COMPOSITION, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 32


def variants(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema joined with each choice of branches, the first ones first."""
    own = {key: value for key, value in schema.items() if key not in COMPOSITION}
    for chosen in itertools.islice(itertools.product(*_choices(schema)), _MOST):
        joined = own
        for part in chosen:
            joined = join(joined, part)
        yield joined


def join(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that satisfies both, as far as simple keywords go."""
    joined = {**one, **other}
    joined["properties"] = dict(one.get("properties", {}))
    for name, each in other.get("properties", {}).items():
        mine = joined["properties"].get(name, True)
        joined["properties"][name] = _both(mine, each)
    joined["required"] = list(dict.fromkeys((*one.get("required", ()), *other.get("required", ()))))
    for key in ("properties", "required"):
        if not joined[key]:
            del joined[key]
    if one.get("additionalProperties") is False:
        joined["additionalProperties"] = False
    return joined


def _both(one: Schema, other: Schema) -> Schema:
    if isinstance(one, bool) or isinstance(other, bool):
        return (other if one else one) if isinstance(one, bool) else (one if other else other)
    return join(one, other)


def _choices(schema: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    for entry in schema.get("allOf", ()):
        yield _expanded(entry)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            yield [each for branch in schema[key] for each in _expanded(branch)]
    if "if" in schema:
        taken = {"allOf": [schema["if"], schema.get("then", True)]}
        yield [{}, *_expanded(taken), *_expanded(schema.get("else", True))]


def _expanded(schema: Schema) -> list[dict[str, Any]]:
    return [{}] if isinstance(schema, bool) else list(variants(schema))
