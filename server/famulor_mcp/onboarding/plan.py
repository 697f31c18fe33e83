"""What an installation writes, and what taking it out again leaves. Pure, on bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from famulor_mcp.onboarding.clients import KEY, PROMPT, SERVER, Slot
from famulor_mcp.onboarding.document import Entry, put, read, take
from famulor_mcp.onboarding.errors import TextError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

    from famulor_mcp.onboarding.clients import Client, Keeping

OURS = {"name", "command", "args", "env", "url", "serverUrl", "type", "source", "transport", "auth"}
"""The fields of an entry that an installation decides; others stay, such as `disabled`."""

INPUT = {
    "id": PROMPT,
    "type": "promptString",
    "description": "Famulor API key",
    "password": True,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file, and the entries it is to hold."""

    file: PurePath
    entries: tuple[Entry, ...]

    @property
    def what(self) -> str:
        """What its entries are, in a word."""
        return KEY if self.entries[0].syntax == "dotenv" else SERVER


@dataclass(frozen=True, slots=True)
class Undone:
    """What is left of a file: `data`, None for no file at all, and from which backup it is."""

    data: bytes | None
    backup: int | None = None


def local(  # noqa: PLR0913 - each a fact of its own
    client: Client,
    file: PurePath,
    command: Sequence[str],
    keeping: Keeping | None,
    key: str,
    variables: PurePath | None = None,
) -> list[Sheet]:
    """The sheets for a server that the client starts; `keeping` is None if it needs no key.

    `variables` is the file that the client takes variables from.
    """
    program, *arguments = command
    value: dict[str, Any] = {**(client.local or {}), "command": program}
    if arguments or client.syntax != "yaml":
        value["args"] = arguments
    if keeping:
        value["env"] = {KEY: _secret(client, keeping, key)}
    entries = [_server(client, value)]
    if keeping == "prompt":
        entries.append(Entry(client.syntax, Slot(("inputs",), PROMPT, "id"), INPUT))
    sheets = [Sheet(file, tuple(entries))]
    if keeping == "dotenv" and variables:
        sheets.insert(0, Sheet(variables, (Entry("dotenv", Slot((), KEY), key),)))
    return sheets


def remote(client: Client, file: PurePath, url: str) -> list[Sheet]:
    """The sheet for a hosted server. It signs people in by itself, so there is no key in it."""
    return [Sheet(file, (_server(client, {**(client.remote or {}), client.address: url}),))]


def present(
    client: Client, file: PurePath, value: Any, variables: PurePath | None = None
) -> list[Sheet]:
    """The sheets that an entry of this value came from; their entries have no values."""
    entries = [Entry(client.syntax, client.servers)]
    if client.prompts:
        entries.append(Entry(client.syntax, Slot(("inputs",), PROMPT, "id")))
    sheets = [Sheet(file, tuple(entries))]
    if variables and variable(value) == client.reference % KEY:
        sheets.insert(0, Sheet(variables, (Entry("dotenv", Slot((), KEY)),)))
    return sheets


def variable(value: Any) -> str:
    """What an entry gives the server for its key: a key, a reference, or nothing."""
    environment = value.get("env") if isinstance(value, dict) else None
    found = environment.get(KEY) if isinstance(environment, dict) else None
    return found if isinstance(found, str) else ""


def done(data: bytes, entries: Sequence[Entry]) -> bytes:
    """The file with the entries. Raises `TextError`."""
    for entry in entries:
        data = put(data, replace(entry, value=_merged(read(data, entry), entry.value)))
    return data


def undone(data: bytes, entries: Sequence[Entry], backups: Sequence[bytes]) -> Undone | None:
    """The file without the entries; None if they are not in it.

    It is a backup to the byte, or no file, where nothing but the entries was added since.
    Raises `TextError`.
    """
    there = _there(data, entries)
    if not there:
        return None
    index = _source(data, there, backups)
    if index is not None:
        return Undone(backups[index], index)
    if not backups and done(b"", there) == data:
        return Undone(None)
    origin = next((each for each in backups if _lacks(each, entries)), None)
    for entry in reversed(there):
        data = take(data, entry, origin)
    return Undone(data)


def spare(data: bytes, entries: Sequence[Entry], backups: Sequence[bytes]) -> bool:
    """Whether a backup of `data` would say nothing that is not known."""
    there = _there(data, entries)
    if data in backups or _source(data, there, backups) is not None:
        return True
    return bool(there) and done(b"", there) == data


def _there(data: bytes, entries: Sequence[Entry]) -> list[Entry]:
    """Those of the entries that the file has, with the values that it has."""
    found = [replace(entry, value=read(data, entry)) for entry in entries]
    return [entry for entry in found if entry.value is not None]


def _source(data: bytes, there: Sequence[Entry], backups: Sequence[bytes]) -> int | None:
    """The backup that `data` came from, by nothing but these entries."""
    for index, backup in enumerate(backups):
        try:
            if _lacks(backup, there) and done(backup, there) == data:
                return index
        except TextError:
            continue
    return None


def _lacks(data: bytes, entries: Sequence[Entry]) -> bool:
    try:
        return all(read(data, entry) is None for entry in entries)
    except TextError:
        return False


def _merged(present: Any, value: Any) -> Any:
    """Our fields, and those that the client or the user put beside them."""
    if not (isinstance(present, dict) and isinstance(value, dict)):
        return value
    beside = {name: field for name, field in present.items() if name not in OURS}
    merged = {**value, **{name: field for name, field in beside.items() if name not in value}}
    if "command" in value and isinstance(present.get("env"), dict):
        others = {name: one for name, one in present["env"].items() if name != KEY}
        if others:
            merged["env"] = {**others, **value.get("env", {})}
    return merged


def _server(client: Client, value: dict[str, Any]) -> Entry:
    named = {client.servers.by: SERVER, **value} if client.servers.by else value
    return Entry(client.syntax, client.servers, named)


def _secret(client: Client, keeping: Keeping, key: str) -> str:
    if keeping == "prompt":
        return f"${{input:{PROMPT}}}"
    return key if keeping == "literal" else client.reference % KEY
