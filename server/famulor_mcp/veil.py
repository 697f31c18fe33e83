"""What no sentence of the gateway may tell, for one call: the key, and secrets in its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.arguments import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from famulor_mcp.account import Account
    from famulor_tools.table import Tool

SHORTEST = 4
"""Characters. To hide shorter texts would hide words that have nothing to do with them."""


class Veil:
    """Hides what it has learnt, whoever put it into a text: the API may echo what it was sent."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._secrets: set[str] = set()

    def learn(self, tool: Tool, arguments: Mapping[str, Any]) -> None:
        """Hide the secrets of these arguments from now on."""
        for path in tool.secret_arguments:
            self._secrets.update(text for text in texts(arguments, path) if len(text) >= SHORTEST)

    def conceal(self, text: str) -> str:
        """`text` without key and secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return self._account.conceal(text)


def texts(value: Any, path: Sequence[str]) -> Iterator[str]:
    """All texts at and below `path`; "*" is any item or name."""
    if isinstance(value, str):
        yield from [] if path else [value]
    elif isinstance(value, list):
        rest = path[1:] if path[:1] == ("*",) else path
        for item in value:
            yield from texts(item, rest)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not path or path[0] in ("*", name):
                yield from texts(item, path[1:])
