"""Secrets where the document does not place them: by the names of their fields.

A table names secrets by their exact paths, and an API that answers in another shape, or with a
field that it should keep to itself, would go past those. Only names are compared; what a text
says by chance is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from famulor_mcp.arguments import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from famulor_tools.table import Tool

PLAIN = frozenset(("value", "values", "data", "text", "content", "key"))
"""Names that tell nothing by themselves: there the name of the list or map around them counts."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of secret fields, and of lists or maps whose items have a secret field of this name."""

    alone: frozenset[str] = frozenset()
    within: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Iterable[Tool]) -> Names:
        """The names in the secret paths of tools."""
        paths = {path for tool in tools for path in (*tool.secret_arguments, *tool.secret_results)}
        steps = [[step for step in path if step != "*"] for path in paths]
        named = [named for named in steps if named]
        return cls(
            frozenset(last for *_, last in named if last not in PLAIN),
            {named[-2]: named[-1] for named in named if named[-1] in PLAIN and len(named) > 1},
        )

    def occur(self, text: str) -> bool:
        """Whether a JSON text may hold one of the names. Sometimes true needlessly."""
        return any(name in text for name in self.alone) or any(name in text for name in self.within)

    def hidden(self, value: Any) -> Any:
        """A copy of `value` without what has one of the names."""
        if isinstance(value, list):
            return [self.hidden(item) for item in value]
        if isinstance(value, str) and self._torn(value):
            return HIDDEN
        if not isinstance(value, dict):
            return value
        return {name: self._field(name, item) for name, item in value.items()}

    def _torn(self, text: str) -> bool:
        """Whether a text is JSON, or a part of it, with one of the names."""
        return any(f'"{name}"' in text for name in (*self.alone, *self.within))

    def _field(self, name: str, item: Any) -> Any:
        if name in self.alone:
            return mask(item)
        return entries(item, self.within[name]) if name in self.within else self.hidden(item)


def entries(value: Any, name: str) -> Any:
    """A list of pairs, a map or a text without its secrets."""
    if isinstance(value, list):
        return [entries(item, name) for item in value]
    if not isinstance(value, dict):
        return mask(value)
    if name in value:
        return {**value, name: mask(value[name])}
    return {key: entries(item, name) for key, item in value.items()}


def mask(value: Any) -> Any:
    """The sign for a secret, unless there is none."""
    return value if value in (None, "", [], {}) else HIDDEN
