"""The plan of one validator: what the template `validator.py.jinja` lays out, as plain data.

Expressions are Python source: over `x` for the value of a property, an item or an entry, over `v`
for the value that a function is about, whose path is `at`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """How one value is checked: by an expression that is true for bad ones, or by a function."""

    refuses: str = ""
    rule: str = ""
    example: str = ""
    check: str = ""


@dataclass(frozen=True)
class Property:
    """One property of an object: its value, and whether it must be there."""

    name: str
    value: Value | None
    required: bool
    example: str


@dataclass(frozen=True)
class Need:
    """`dependentRequired`: `name` must be there if `given` is."""

    given: str
    name: str
    rule: str
    example: str


@dataclass(frozen=True)
class Rest:
    """What is done with the keys of an object that `properties` does not name."""

    known: str
    patterns: tuple[tuple[str, Value], ...]
    value: Value | None
    unknown: str


@dataclass(frozen=True)
class Limit:
    """An expression over `v` that is true for bad values, and the words for it."""

    refuses: str
    rule: str
    example: str = ""


@dataclass(frozen=True)
class Use:
    """Apply a function where `condition` holds, in the words of `rule` if there is one."""

    check: str
    rule: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Choice:
    """The first case whose condition holds is applied; with none, `otherwise` is reported.

    With a `tag` the cases look at that property's value; `other` is for what is no object.
    """

    tag: str
    cases: tuple[tuple[str, Use], ...]
    otherwise: Limit
    other: Limit | None = None


@dataclass(frozen=True)
class Function:
    """One schema as a function of a value `v` at a path `at`."""

    name: str
    gate: Limit
    is_object: bool
    is_array: bool
    has_object: bool
    has_array: bool
    limits: tuple[Limit, ...]
    array_limits: tuple[Limit, ...]
    items: Value | None
    properties: tuple[Property, ...]
    needs: tuple[Need, ...]
    names: Value | None
    rest: Rest | None
    uses: tuple[Use, ...]
    choices: tuple[Choice, ...]
    rules: tuple[Limit, ...]


@dataclass(frozen=True)
class Plan:
    """Everything the template needs for one tool."""

    function: str
    root: str
    patterns: tuple[tuple[str, str], ...]
    functions: tuple[Function, ...]
