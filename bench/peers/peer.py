"""What a server is to this bench: how it is started, and how its arguments are laid out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "fam-bench-4f1c9a7e2b"
_NAMES = {(tool.name, part.wire): part.name for tool in TOOLS for part in tool.parameters}


@dataclass(frozen=True)
class Ask:
    """A call by the names of the API: each peer has its own for some of them."""

    tool: str
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class Peer(NamedTuple):
    """`{url}` stands for the API's address, `{key}` in the environment for the key."""

    name: str
    version: str
    command: tuple[str, ...]
    environment: dict[str, str]
    arguments: Callable[[Ask], dict[str, Any]]
    unpaced: tuple[str, ...] = ()
    """The command without rate limits, where a server keeps them."""

    def argv(self, url: str, *, paced: bool = True) -> list[str]:
        command = self.command if paced or not self.unpaced else self.unpaced
        return [part.replace("{url}", url) for part in command]

    def environ(self, url: str) -> dict[str, str]:
        rest = {k: v for k, v in os.environ.items() if not k.startswith("FAMULOR_")}
        own = {"FAMULOR_API_KEY": "{key}", **self.environment}
        filled = {k: v.replace("{url}", url).replace("{key}", KEY) for k, v in own.items()}
        return {**rest, **filled}


def flat(ask: Ask) -> dict[str, Any]:
    """Everything side by side, under the names of the document."""
    return {**ask.path, **ask.query, **ask.body}


def nested(ask: Ask) -> dict[str, Any]:
    """The body under a name of its own."""
    body = {"requestBody": ask.body} if ask.body else {}
    return {**ask.path, **ask.query, **body}


def renamed(ask: Ask) -> dict[str, Any]:
    """Side by side, under the names that the gateway and the vendor give to models."""
    return {_NAMES.get((ask.tool, wire), wire): value for wire, value in flat(ask).items()}
