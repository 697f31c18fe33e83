"""A JSON Schema library's verdict, with our meaning of formats and numbers.

Used while generating (is this example valid?) and in the tests; never at run time.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from famulor_codegen import primitives
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
    judge: Validator = _DRAFT(schema, format_checker=_FORMAT_CHECKER)
    return judge


def valid(schema: Schema, value: Any) -> bool:
    """Whether the value satisfies the schema."""
    return oracle(schema).is_valid(value)


def _finite_number(_: TypeChecker, value: object) -> bool:
    return type(value) is int or primitives.finite(value)


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    return checker


_FORMAT_CHECKER = _format_checker()
_DRAFT = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _finite_number),
)
