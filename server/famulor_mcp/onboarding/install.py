"""`famulor-mcp install CLIENT`: the server in a client's configuration, and what to do next."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from famulor_mcp import keychain, offered
from famulor_mcp.onboarding import apply, asking, launcher, plan
from famulor_mcp.onboarding.clients import (
    CLIENTS,
    GENERIC,
    GENERIC_CLIENT,
    HOSTED_ONLY,
    KEY,
    NAMES,
    Slot,
)
from famulor_mcp.onboarding.document import Entry, fragment
from famulor_mcp.onboarding.machine import here
from famulor_mcp.onboarding.places import place
from famulor_mcp.options import FLAGS, OPTIONS
from famulor_mcp.output import say
from famulor_mcp.settings import READERS, SettingsError, path_of, variable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import PurePath

    from famulor_mcp.onboarding.apply import Step
    from famulor_mcp.onboarding.clients import Client, Keeping
    from famulor_mcp.onboarding.machine import Machine
    from famulor_mcp.onboarding.plan import Sheet
    from famulor_mcp.settings import Settings

VARIABLE = Entry("dotenv", Slot((), KEY))
PRINTED = re.compile(r"[!-~]+")
SHARED = ("store", "mcp_secret")
"""Settings that are, or may hold, a secret: they do not go onto a command line."""

MASK = "********"
YOURS = "your key"
CHATGPT = """\
ChatGPT connects to servers on the internet, and keeps them in your account:
  1. On chatgpt.com: Settings > Apps > Advanced settings, and turn on developer mode.
  2. Beside it, Create app. Name: Famulor. URL: {url} Authentication: OAuth.
  3. ChatGPT opens the sign-in page of this server: give it your Famulor API key there.
In a new chat, turn the app on under + > Developer mode."""


def add(parser: argparse.ArgumentParser) -> None:
    """The words that install and uninstall share, and those of install alone."""
    shared(parser)
    parser.add_argument("--url", dest="hosted", metavar="URL", help="a hosted server instead")
    parser.add_argument(
        "--no-check", dest="check", action="store_false", help="do not ask the API about the key"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write even if the client is not found, or reads an older file",
    )


def shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("client", metavar="CLIENT", help=", ".join(NAMES))
    parser.add_argument(
        "--scope", choices=["user", "project"], default="user", help="for you, or for this folder"
    )
    parser.add_argument("--path", metavar="FILE", help="the configuration file, if not the usual")
    parser.add_argument(
        "--print", dest="show", action="store_true", help="change nothing; show what would be done"
    )


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Install, and tell what was done and what is next. Returns 0."""
    machine, client = here(), named(chosen["client"])
    url = _url(chosen["hosted"]) if chosen["hosted"] else ""
    if url and (words := launcher.arguments(chosen)):
        raise SettingsError(
            f"{words[0]} is for a server on this machine; the one at --url has options of its own."
        )
    offered.tools(settings, offered.policy(settings))  # what it could not start with is told now
    command = _command(settings, chosen, machine)
    if client is None or (url and not client.address):
        say(_steps(chosen["client"], client, url, command, keyless=settings.sandbox))
        return 0
    file = target(client, machine, chosen)
    if url:
        _carry_out(client, plan.remote(client, file, url), "", show=chosen["show"])
        next_ = [client.after, client.sign_in]
    else:
        next_ = _local(settings, chosen, client, file, command)
    if not chosen["show"]:
        say("\n".join(("Next:", *(f"  {line}" for line in next_))))
    return 0


def _command(settings: Settings, chosen: Mapping[str, Any], machine: Machine) -> tuple[str, ...]:
    """What the client starts, with all that was chosen: it does not see the variables of a shell.

    Raises:
        SettingsError: a file of a client, which is UTF-8, cannot hold it.
    """
    named = {option: launcher.field(option) for option in (*OPTIONS, *FLAGS)}
    named = {option: name for option, name in named.items() if name not in SHARED}
    given = {name: machine.variables.get(variable(name), "").strip() for name in named.values()}
    given |= {name: chosen[name] for name in given if chosen.get(name) is not None}
    given |= {named[flag]: getattr(settings, named[flag]) for flag in FLAGS}
    words = launcher.arguments({name: value or None for name, value in given.items()})
    command = (*launcher.command(machine, launcher.running(machine), settings.keyring), *words)
    for word in command:
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise SettingsError(
                f"{word!r} holds bytes that are no UTF-8, and the file of a client can hold no "
                "others. Rename the file or folder."
            )
    return command


def _url(raw: str) -> str:
    """The address of a hosted server. Raises `SettingsError`."""
    try:
        return str(READERS["base_url"]("--url", raw))
    except SettingsError as error:
        rule = str(error).partition(" Example:")[0]
        raise SettingsError(f"{rule} Example: https://mcp.example.com/mcp") from None


def named(name: str) -> Client | None:
    """The client of this name; None for one that has no file. Raises `SettingsError`."""
    if name not in NAMES:
        close = get_close_matches(name, NAMES, n=2, cutoff=0.5)
        nearest = f" Nearest: {', '.join(close)}." if close else ""
        raise SettingsError(f"there is no client {name!r}.{nearest} All: {', '.join(NAMES)}.")
    return CLIENTS.get(name)


def target(
    client: Client, machine: Machine, chosen: Mapping[str, Any], *, force: bool = False
) -> Path:
    """The file that is meant. Raises `SettingsError`."""
    if chosen["path"]:
        return path_of("--path", chosen["path"]).absolute()
    return Path(place(client, machine, chosen["scope"], force=force or chosen["force"]))


def _local(
    settings: Settings,
    chosen: Mapping[str, Any],
    client: Client,
    file: Path,
    command: Sequence[str],
) -> list[str]:
    """Install a server on this machine; what is to be done next."""
    keeping = client.keeping(chosen["scope"])
    wanted = None if settings.sandbox or settings.keyring else keeping
    present = _present(client, file, keeping)
    given = settings.api_key.reveal() if settings.api_key else present or MASK
    variables = client.variables(here())
    draft = plan.local(client, file, command, wanted, given, variables)
    if chosen["show"]:
        _carry_out(client, draft, given, show=True)
        if settings.keyring:
            say("The key would be in the keychain.")
        return []
    apply.steps(draft)  # a broken file is no reason to ask for a key
    asks = not settings.sandbox and (settings.keyring or keeping in {"literal", "dotenv"})
    key = _key(settings, present, check=chosen["check"]) if asks else ""
    sheets = plan.local(client, file, command, wanted, key, variables)
    _carry_out(client, sheets, key, show=False)
    return [client.after, *_about(wanted), *_unwritten(settings)]


def _key(settings: Settings, present: str, *, check: bool) -> str:
    """A key that the API takes; in the keychain, if it is to be kept there."""
    if settings.keyring and not present:
        kept = keychain.fetch()
        present = kept.reveal() if kept else ""
    secret = asking.key(settings, present)
    if not PRINTED.fullmatch(secret.reveal()):
        raise SettingsError(asking.MALFORMED)
    if check:
        asking.check(settings, secret)
    if settings.keyring:
        keychain.keep(secret)
    return secret.reveal()


def _present(client: Client, file: Path, keeping: Keeping) -> str:
    """The key that an earlier installation wrote there. Raises `SettingsError`."""
    if keeping == "dotenv":
        return apply.value(Path(client.variables(here()) or file), VARIABLE) or ""
    if keeping == "literal":
        there = plan.variable(apply.value(file, Entry(client.syntax, client.servers)))
        return "" if "${" in there else there  # written by hand, and no key
    return ""


def _carry_out(client: Client, sheets: Sequence[Sheet], secret: str, *, show: bool) -> None:
    """Write the sheets, or show them without the secret."""
    left = _left_behind(client, sheets, client.variables(here()))
    for step in apply.steps(sheets):
        if not step.changes:
            say(f"{client.title}: {step.file} has it already: nothing to change.")
        elif show:
            say(f"{client.title}: {step.file} would get\n\n{_text(step, secret)}")
        else:
            private = bool(secret) and any(secret in str(e.value) for e in step.sheet.entries)
            backup = apply.write(step, private=private)
            kept = f" It was kept as it was in {_beside(backup, step.file)}." if backup else ""
            say(f"{client.title}: {step.sheet.what} is in {step.file}.{kept}")
    for sheet in left:
        how = apply.outlook(sheet) if show else apply.take_out(sheet)
        gone = "would go" if show else "is gone"
        if how != "absent":
            say(f"{client.title}: {sheet.what} {gone} from {sheet.file}; nothing needs it there.")


def _beside(backup: Path, file: Path) -> str:
    """A backup by its name, or by its path where the file is a link to elsewhere."""
    return backup.name if backup.parent == file.parent else str(backup)


def _left_behind(
    client: Client, sheets: Sequence[Sheet], variables: PurePath | None
) -> list[Sheet]:
    """What an earlier installation wrote into files that this one does not need."""
    file = Path(sheets[-1].file)
    value = apply.value(file, Entry(client.syntax, client.servers))
    needed = {sheet.file for sheet in sheets}
    present = plan.present(client, file, value, variables)
    return [sheet for sheet in present if sheet.file not in needed]


def _text(step: Step, secret: str) -> str:
    """What a step adds to its file, with the secret masked."""
    entries = [masked(entry, secret) for entry in step.sheet.entries]
    if step.before is not None and entries[0].syntax == "yaml":
        return fragment(entries[0])
    return plan.done(b"", entries).decode()


def masked(entry: Entry, secret: str) -> Entry:
    """The entry with a mask in place of the key."""
    value = entry.value
    if not secret:
        return entry
    if value == secret:
        return replace(entry, value=MASK)
    if isinstance(value, dict) and plan.variable(value) == secret:
        return replace(entry, value={**value, "env": {**value["env"], KEY: MASK}})
    return entry


def _about(keeping: Keeping | None) -> list[str]:
    """What a user has still to do about the key."""
    if keeping == "prompt":
        return ["It asks for your Famulor API key when the server starts, and keeps it encrypted."]
    if keeping == "reference":
        return [f"Set {KEY} where the client takes its variables from; the file holds no key."]
    return []


def _unwritten(settings: Settings) -> list[str]:
    """What a user has still to do about secrets other than the key, which no file is given."""
    names = [variable(name) for name in SHARED if getattr(settings, name)]
    if not names:
        return []
    return [f"Set {' and '.join(names)} where the client takes its variables from, too."]


def _steps(
    name: str, client: Client | None, url: str, command: Sequence[str], *, keyless: bool
) -> str:
    """What a person does where there is no file to write."""
    if name == HOSTED_ONLY:
        if not url:
            raise SettingsError(
                "ChatGPT reaches servers on the internet only. Give the address of one: "
                "--url https://mcp.example.com/mcp"
            )
        return CHATGPT.format(url=url)
    if client is not None:
        where = f"{client.title} keeps hosted servers in your account."
        return f"{where}\n{client.add}\nName: Famulor. URL: {url}"
    generic, file = GENERIC_CLIENT, Path(GENERIC)
    sheets = (
        plan.remote(generic, file, url)
        if url
        else plan.local(generic, file, command, None if keyless else "literal", YOURS)
    )
    return fragment(sheets[0].entries[0])
