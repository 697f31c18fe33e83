"""One call with an effect, and what the table says of it. The only room that reads those facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from famulor_tools.table import Effect, Tool

Path = tuple[str, ...]

COSTLY = frozenset({"spend", "contact"})
REACHING = frozenset({"contact", "write"})
NUMBER = ("^\\+", "^[+]")
"""How the pattern of an international phone number begins."""

BRANCHES = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Audience:
    """How many people a call sets going: the number in the field `count` of the tool's answer.

    The tool is called with `arguments`: a plain value, or `{"argument": NAME, "default": VALUE}`
    for the value of another argument of the call.
    """

    tool: str
    count: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a call would do. `arguments` are valid, under current names, without controls.

    `account` is the `fingerprint` of its key. `destinations` are the paths of the arguments that
    hold numbers at which people may be reached; "*" is any item.
    """

    tool: Tool
    arguments: Mapping[str, Any]
    account: str = ""
    effect: Effect = "write"
    destinations: tuple[Path, ...] = ()
    audience: Audience | None = None

    @classmethod
    def of(cls, tool: Tool, arguments: Mapping[str, Any], account: str = "") -> Self:
        """The intent of a call, by the facts of the table."""
        return cls(tool, arguments, account, tool.effect, destinations_of(tool))

    @property
    def costly(self) -> bool:
        """Whether the call costs money or reaches a person."""
        return self.effect in COSTLY

    def digest(self, label: str) -> str:
        """A name for exactly this call, for `label`, that does not tell what is in it."""
        return digest(label, self.account, self.tool.name, canonical(self.arguments))

    def numbers(self) -> Iterator[tuple[str, Any]]:
        """Each destination in the arguments, with its place as people write it."""
        for path in self.destinations:
            yield from reach(self.arguments, path)


def fingerprint(key: str) -> str:
    """A name for the holder of an API key. It stands in no file and no store by itself."""
    return digest("account", key)


def digest(*parts: str) -> str:
    """A name for exactly these texts, from which they cannot be read."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON text that is the same for values that JSON holds to be the same."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """`value` with 2.0 as 2, which JSON does not tell apart."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def destinations_of(tool: Tool) -> tuple[Path, ...]:
    """The paths of international phone numbers in the arguments of a tool that may reach people.

    A tool that writes counts as well: what it writes down may be dialled later.
    """
    if tool.effect not in REACHING:
        return ()
    return tuple(dict.fromkeys(numbers_in(tool.enforced_schema)))


def numbers_in(schema: Mapping[str, Any]) -> Iterator[Path]:
    """The paths below a schema at which the pattern asks for an international phone number."""
    if str(schema.get("pattern", "")).startswith(NUMBER):
        yield ()
    for name, part in schema.get("properties", {}).items():
        yield from ((name, *path) for path in numbers_in(part))
    if isinstance(items := schema.get("items"), Mapping):
        yield from (("*", *path) for path in numbers_in(items))
    for keyword in BRANCHES:
        for part in schema.get(keyword, ()):
            yield from numbers_in(part)


def reach(value: Any, path: Sequence[str], place: str = "") -> Iterator[tuple[str, Any]]:
    """The values at `path`, each with its place."""
    if not path:
        if value is not None:
            yield place, value
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from reach(item, path[1:], f"{place}[{index}]")
    elif isinstance(value, Mapping) and path[0] in value:
        step = f"{place}.{path[0]}" if place else path[0]
        yield from reach(value[path[0]], path[1:], step)
