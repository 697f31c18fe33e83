"""A JSON Schema library's verdict, with our meaning of formats, patterns and numbers.

Used while generating (is this example valid?) and in the tests; never at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker
from jsonschema.validators import extend

from famulor_codegen import primitives
from famulor_codegen.keywords import mapped
from famulor_codegen.patterns import translate

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from famulor_codegen.keywords import Schema

FORMATS = {
    "uuid": primitives.is_uuid,
    "date": primitives.is_date,
    "date-time": primitives.is_timestamp,
    "uri": primitives.is_uri,
    "email": primitives.is_email,
}


def oracle(schema: Schema) -> Validator:
    """A 2020-12 validator that asserts our formats and knows no NaN."""
    judge: Validator = _DRAFT(_with_our_patterns(schema), format_checker=_FORMAT_CHECKER)
    return judge


def valid(schema: Schema, value: Any) -> bool:
    """Whether the value satisfies the schema."""
    return oracle(schema).is_valid(value)


def _with_our_patterns(schema: Schema) -> Schema:
    """The library hands patterns to Python as they are; ours mean what ECMA-262 says."""
    changed = mapped(schema, _with_our_patterns)
    if isinstance(changed, bool):
        return changed
    if "pattern" in changed:
        changed = {**changed, "pattern": _ascii(changed["pattern"])}
    if "patternProperties" in changed:
        named = {_ascii(name): each for name, each in changed["patternProperties"].items()}
        changed = {**changed, "patternProperties": named}
    return changed


def _ascii(pattern: str) -> str:
    return f"(?a:{translate(pattern)})"


def _finite_number(_: TypeChecker, value: object) -> bool:
    return type(value) is int or primitives.finite(value)


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    return checker


_FORMAT_CHECKER = _format_checker()
_DRAFT: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _finite_number),
)
