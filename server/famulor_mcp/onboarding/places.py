"""Which file of a client is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import PurePath

    from famulor_mcp.onboarding.clients import Client, Scope
    from famulor_mcp.onboarding.machine import Machine


def place(client: Client, machine: Machine, scope: Scope, *, force: bool = False) -> PurePath:
    """The file to write.

    Raises:
        SettingsError: the client is not there, or would not read its older file any more, unless
            `force`; or it has no such scope.
    """
    if scope == "project":
        if not client.project:
            raise SettingsError(
                f"--scope: {client.title} reads no servers from a project. Example: --scope user"
            )
        return machine.folder.joinpath(*client.project)
    places = client.user(machine)
    for each in places:
        if machine.has(each.sign):
            if not force:
                _spare_older(client, machine, each.file)
            return each.file
    if force:
        return places[0].file
    signs = " or ".join(dict.fromkeys(str(each.sign) for each in places))
    raise SettingsError(
        f"{client.title} was not found: there is no {signs}. Start it once, name its file with "
        "--path FILE, or write all the same with --force."
    )


def _spare_older(client: Client, machine: Machine, file: PurePath) -> None:
    older = file.with_name(client.older) if client.older else None
    if older and machine.has(older) and not machine.has(file):
        raise SettingsError(
            f"{client.title} reads {older}, and would read nothing of it any more once there is a "
            f"{file.name}. Move what is in it to {file.name} first, or write all the same with "
            "--force."
        )


def candidates(client: Client, machine: Machine) -> list[PurePath]:
    """Every file that the client may read on this machine and in this project."""
    files = [each.file for each in client.user(machine)]
    if client.project:
        files.append(machine.folder.joinpath(*client.project))
    return list(dict.fromkeys(files))
