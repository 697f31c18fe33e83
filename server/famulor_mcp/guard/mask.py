"""Arguments as they may stand in a record: enough to tell what was done, not what was said.

Shown as they are: booleans, numbers with a place in the schema, ids, and words that the schema
lists. A phone number keeps its beginning and its last two digits. Any other text becomes its
length. Secrets are hidden always, in the full form too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from famulor_mcp.arguments import HIDDEN

NUMBER = re.compile(r"\+?[0-9](?:[ ()./-]*[0-9]){6,}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,39}")
BRANCHES = ("allOf", "anyOf", "oneOf")
LARGEST = 1_000_000
"""From here on a number of no known meaning may be a phone number."""

Schemas = Sequence[Mapping[str, Any]]
Secrets = Iterable[Sequence[str]]


def masked(value: Any, schema: Mapping[str, Any], secrets: Secrets) -> Any:
    """`value` for a record."""
    return mask(value, [schema], list(secrets))


def hidden(value: Any, secrets: Secrets) -> Any:
    """`value` in full, but for its secrets."""
    return hide(value, list(secrets))


def mask(value: Any, schemas: Schemas, secrets: Sequence[Sequence[str]]) -> Any:
    """What is shown of a value for which `schemas` hold."""
    if any(not secret for secret in secrets):
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            shown_name(name, schemas): mask(item, below(schemas, name), beneath(secrets, name))
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(item, items_of(schemas), beneath(secrets, "*")) for item in value]
    if isinstance(value, str):
        return text(value, schemas)
    known = bool(schemas) or isinstance(value, bool) or value is None
    return value if known or abs(value) < LARGEST else number(str(value))


def hide(value: Any, secrets: Sequence[Sequence[str]]) -> Any:
    """A value without its secrets."""
    if any(not secret for secret in secrets):
        return HIDDEN
    if not secrets:
        return value
    if isinstance(value, Mapping):
        return {name: hide(item, beneath(secrets, name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide(item, beneath(secrets, "*")) for item in value]
    return value


def beneath(secrets: Sequence[Sequence[str]], step: str) -> list[Sequence[str]]:
    """The secrets below a step, as paths from there. "*" is any item and any name."""
    return [secret[1:] for secret in secrets if secret[0] in ("*", step)]


def shown_name(name: str, schemas: Schemas) -> str:
    """The name of a property: the schema's own, or one that looks like a name in a program."""
    known = any(name in schema.get("properties", {}) for schema in every(schemas))
    return name if known or NAME.fullmatch(name) else length(name)


def text(value: str, schemas: Schemas) -> str:
    """What is shown of a text."""
    if UUID.fullmatch(value) or listed(value, schemas):
        return value
    return number(value) if NUMBER.fullmatch(value.strip()) else length(value)


def number(value: str) -> str:
    """A phone number without its middle: country and last two digits."""
    bare = re.sub(r"[^+0-9]", "", value)
    return f"{bare[:3]}…{bare[-2:]}"


def length(value: str) -> str:
    """A text as its length."""
    return f"[{len(value)} characters]"


def listed(value: str, schemas: Schemas) -> bool:
    """Whether the schema itself has this word."""
    return any(
        value in schema.get("enum", ()) or value == schema.get("const") for schema in every(schemas)
    )


def below(schemas: Schemas, name: str) -> list[Mapping[str, Any]]:
    """The schemas of a property."""
    return [
        schema["properties"][name]
        for schema in every(schemas)
        if name in schema.get("properties", {})
    ]


def items_of(schemas: Schemas) -> list[Mapping[str, Any]]:
    """The schemas of a list's items."""
    items = (schema.get("items") for schema in every(schemas))
    return [one for one in items if isinstance(one, Mapping)]


def every(schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    """The schemas, and those that they are composed of."""
    for schema in schemas:
        yield schema
        for keyword in BRANCHES:
            yield from every(schema.get(keyword, ()))
