"""One call with an effect, and what the table says of it. The only room that reads those facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from famulor_tools.table import Audience, Effect, Tool

Path = tuple[str, ...]

COSTLY = frozenset({"spend", "contact"})


@dataclass(frozen=True, slots=True)
class Intent:
    """What a call would do. `arguments` are valid, under current names, without controls.

    `account` is the `fingerprint` of its key. `destinations` are the paths of the arguments that
    hold numbers at which people may be reached; "*" is any item. `effect` is what this very call
    does, which may be less than what the tool can do.
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
        if all(arguments.get(name) in values for name, values in tool.effect_when.items()):
            return cls(tool, arguments, account, tool.effect, tool.destinations, tool.audience)
        return cls(tool, arguments, account, "write", tool.destinations)

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


def told(account: str) -> str:
    """What a `fingerprint` is called wherever people read of it: in the log as in the audit."""
    return digest("audit", account)[:12] if account else ""


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
