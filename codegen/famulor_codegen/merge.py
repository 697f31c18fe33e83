"""Two schemas that hold at once, as one: `allOf`, and keywords beside a `$ref`.

Only what has one meaning is merged. The rest stays in `allOf` (conditions) or is a ConflictError.
"""

from __future__ import annotations

from typing import Any

AT = "x-at"  # where a resolved schema stands in the document
_ANNOTATIONS = {
    "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly",
    "externalDocs", "xml", "discriminator", "nullable", "$comment", AT,
}  # fmt: skip
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_CHOICES = ("oneOf", "anyOf", "not", "if", "then", "else")


class ConflictError(Exception):
    """The two schemas cannot be said as one; the text says which keyword."""


def both(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """One schema for what satisfies `base` and `top`. Words are those of `top` where it has any."""
    if not (base.get("additionalProperties", True) and top.get("additionalProperties", True)):
        _same_names(base, top)
    apart = {key: value for key, value in top.items() if key in _CHOICES}
    clash = bool(apart) and any(key in base for key in _CHOICES)
    merged = dict(base)
    for key, value in top.items():
        if not (clash and key in apart):
            merged[key] = _one(key, base[key], value) if key in base else value
    if clash:
        merged["allOf"] = [*merged.get("allOf", []), apart]
    return merged


def _one(key: str, one: Any, two: Any) -> Any:
    if one == two or key in _ANNOTATIONS:
        return two
    if key in _LOWER:
        return max(one, two)
    if key in _UPPER:
        return min(one, two)
    combine = _COMBINE.get(key)
    if combine is None:
        raise ConflictError(f"`{key}` stands here twice with different values")
    return combine(one, two)


def _types(one: Any, two: Any) -> Any:
    ones, twos = ([t] if isinstance(t, str) else t for t in (one, two))
    common = [t for t in twos if t in ones or (t == "integer" and "number" in ones)]
    if not common:
        raise ConflictError(f"no value is both {one} and {two}")
    if len(common) < len(twos) and len(ones) < len(twos):
        advice = "for null, use anyOf with {type: 'null'}"
        raise ConflictError(f"the type {two} cannot widen {one}, as both hold: {advice}")
    return common[0] if len(common) == 1 else common


def _enums(one: list[Any], two: list[Any]) -> list[Any]:
    common = [value for value in two if value in one]
    if not common:
        raise ConflictError("the two enums have no value in common")
    return common


def _properties(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        **{key: both(one[key], value) if key in one else value for key, value in two.items()},
    }


def _x_mcp(one: Any, two: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(two, dict):
        return two
    overlay = {**one.get("advertise", {}), **two.get("advertise", {})}
    return {**one, **two, **({"advertise": overlay} if overlay else {})}


def _schemas(one: Any, two: Any) -> Any:
    if isinstance(one, bool) or isinstance(two, bool):
        return (two if one else False) if isinstance(one, bool) else (one if two else False)
    return both(one, two)


def _same_names(base: dict[str, Any], top: dict[str, Any]) -> None:
    names = [set(schema["properties"]) for schema in (base, top) if "properties" in schema]
    if len(names) > 1 and names[0] != names[1]:
        raise ConflictError(
            "additionalProperties: false refuses the other part's properties: "
            "leave it out, objects are closed"
        )


_COMBINE: dict[str, Any] = {
    "type": _types,
    "enum": _enums,
    "properties": _properties,
    "required": lambda one, two: [*one, *(key for key in two if key not in one)],
    "items": _schemas,
    "additionalProperties": _schemas,
    "uniqueItems": lambda one, two: one or two,
    "allOf": lambda one, two: [*one, *two],
    "dependentRequired": lambda one, two: {
        key: list(dict.fromkeys([*one.get(key, []), *two.get(key, [])])) for key in {**one, **two}
    },
    "x-mcp": _x_mcp,
}
