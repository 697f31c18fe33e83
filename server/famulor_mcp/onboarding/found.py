"""Which clients are configured for this server: what `famulor-mcp doctor` looks at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from famulor_mcp.onboarding.clients import CLIENTS
from famulor_mcp.onboarding.document import Entry, read
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.places import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePath

    from famulor_mcp.onboarding.clients import Client
    from famulor_mcp.onboarding.machine import Machine


@dataclass(frozen=True, slots=True)
class Configured:
    """How a client reaches the server: by a command, or at an address.

    `environment` holds what the file holds, secrets and references such as `${input:…}` included;
    it is not shown. `variables` are its names.
    """

    command: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(sorted(self.environment))


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a client that is there. Without `entry` this server is not in it.

    `problem` is a sentence, with line and column, if the file cannot be read as its client would.
    `project` says that the file is that of the folder, not the user's.
    """

    client: str
    title: str
    file: PurePath
    entry: Configured | None = None
    problem: str = ""
    project: bool = False


def found(machine: Machine, contents: Callable[[PurePath], bytes | None]) -> list[Found]:
    """Every configuration file of a known client that is there, in the order of the clients.

    `contents` gives the bytes of a file, None if there is none, and may raise OSError.
    """
    return [
        replace(each, project=file not in {place.file for place in client.user(machine)})
        for client in CLIENTS.values()
        for file in candidates(client, machine)
        if (each := _look(client, file, contents)) is not None
    ]


def _look(
    client: Client, file: PurePath, contents: Callable[[PurePath], bytes | None]
) -> Found | None:
    try:
        data = contents(file)
        if data is None:
            return None
        value = read(data, Entry(client.syntax, client.servers))
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or type(error).__name__}"
    except TextError as error:
        problem = str(error)
    else:
        return Found(client.name, client.title, file, *_configured(client, value))
    return Found(client.name, client.title, file, problem=problem)


def _configured(client: Client, value: Any) -> tuple[Configured | None, str]:
    if value is None:
        return None, ""
    if not isinstance(value, dict):
        return None, "its entry is not an object"
    environment = value.get("env")
    arguments = value.get("args")
    entry = Configured(
        str(value.get("command") or ""),
        tuple(map(str, arguments)) if isinstance(arguments, list) else (),
        {str(name): str(one) for name, one in environment.items()}
        if isinstance(environment, dict)
        else {},
        str(value.get(client.address or "url") or ""),
    )
    if entry.command or entry.url:
        return entry, ""
    return entry, "its entry has neither a command nor an address"
