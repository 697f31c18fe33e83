"""`famulor-mcp uninstall CLIENT`: the server out of a client's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from famulor_mcp import keychain
from famulor_mcp.onboarding import apply, plan
from famulor_mcp.onboarding.clients import SERVER
from famulor_mcp.onboarding.disk import backups
from famulor_mcp.onboarding.document import Entry
from famulor_mcp.onboarding.install import named, shared, target
from famulor_mcp.onboarding.machine import here
from famulor_mcp.output import say
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import PurePath

    from famulor_mcp.onboarding.clients import Client
    from famulor_mcp.settings import Settings

RESULTS = {
    "edited": "{what} is out of {file}; everything else in it is as it was.",
    "restored": "{what} is out of {file}, which is as it was before the installation.",
    "gone": "{what} was all that was in {file}, which is gone.",
}


def add(parser: argparse.ArgumentParser) -> None:
    shared(parser)


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Uninstall, and tell what was done. Returns 0, also where there was nothing to do."""
    client = named(chosen["client"])
    if client is None:
        raise SettingsError(
            f"{chosen['client']} has no file that is known here: remove {SERVER} in its settings."
        )
    files = _files(client, chosen)
    results = [_take_out(client, file, show=chosen["show"]) for file in files]
    if not any(results):
        say(f"{client.title}: {SERVER} is not in {' or '.join(map(str, files))}.")
    if settings.keyring:
        _forget(show=chosen["show"])
    return 0


def _forget(*, show: bool) -> None:
    would = "This would be done: the" if show else "The"
    there = keychain.fetch() is not None if show else keychain.forget()
    say(f"{would} key is out of the keychain." if there else "There was no key in the keychain.")


def _files(client: Client, chosen: Mapping[str, Any]) -> list[Path]:
    """The file that is meant, or every one in which the client may have kept the server."""
    machine = here()
    if chosen["path"] or chosen["scope"] == "project":
        return [target(client, machine, chosen, force=True)]
    return list(dict.fromkeys(Path(each.file) for each in client.user(machine)))


def _say_backups(file: PurePath, *, show: bool) -> None:
    """An older state may hold a key, and only its owner can tell what it is still good for."""
    kept = [] if show else list(backups(Path(file)))
    if kept:
        names = ", ".join(path.name for path in kept)
        say(f"Older states are kept beside it, maybe with a key in them: {names}")


def _take_out(client: Client, file: Path, *, show: bool) -> bool:
    """Whether the server was in this file, or its key in the one beside it."""
    value = apply.value(file, Entry(client.syntax, client.servers))
    found = False
    for sheet in plan.present(client, file, value, client.variables(here())):
        how = apply.outlook(sheet) if show else apply.take_out(sheet)
        if how != "absent":
            found = True
            would = "this would be done: " if show else ""
            words = RESULTS[how].format(what=sheet.what, file=sheet.file)
            say(f"{client.title}: {would}{words}")
            _say_backups(sheet.file, show=show)
    return found
