"""Checks of the clients on this machine: whether what they are told to start does start."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import httpx

from famulor_mcp.doctor.finding import Finding
from famulor_mcp.doctor.network import reasons, resolved
from famulor_mcp.doctor.purity import GREETING, gist
from famulor_mcp.onboarding import disk, machine
from famulor_mcp.onboarding.found import found
from famulor_mcp.options import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from famulor_mcp.doctor.finding import Patient
    from famulor_mcp.onboarding.found import Configured, Found

PATIENCE = 20.0
"""Seconds that one server has to start and to list its tools."""

AT_ONCE = 4
"""Servers that are started beside each other: a few that hang do not use up the time of all."""

SHORTEST, SHORTEST_NAMED = 8, 4
"""Characters of a value that is taken out of what a server says: of any variable, and of one whose
name says that it is a secret. To take out shorter ones would leave nothing to read."""

SECRET = re.compile(r"key|token|secret|pass|auth|credential", re.IGNORECASE)
NAMED = re.compile(r"([^=:\s]+)[=:]\s*(.*)", re.DOTALL)
SPEAKER = "mcp.client.stdio"
"""The logger of the SDK that quotes what a server writes in place of messages."""

_listening: ContextVar[list[bool] | None] = ContextVar("listening", default=None)

IMPURE = "it writes to stdout what is no message of MCP"


async def configured(_patient: Patient) -> list[Finding]:
    """One finding for each client on this machine."""
    rows = found(machine.here(), disk.contents)
    if not rows:
        words = "no client with a configuration file is found"
        mend = f"Set one up: {PROGRAM} install CLIENT"
        return [Finding("clients", "Clients", "warning", words, mend)]
    few = asyncio.Semaphore(AT_ONCE)

    async def in_turn(row: Found) -> Finding:
        async with few:
            return await looked(row)

    findings = list(await asyncio.gather(*map(in_turn, rows)))
    if not any(row.entry or row.problem for row in rows):
        mend = f"Set one up: {PROGRAM} install {rows[0].client}"
        words = "none of those that are here starts this server"
        findings.append(Finding("clients", "Clients", "warning", words, mend))
    return findings


async def looked(row: Found) -> Finding:
    """What a client is told, and whether it works."""
    check = f"client.{row.client}"
    facts = {"client": row.client, "file": str(row.file), "configured": row.entry is not None}
    if row.problem:
        mend = "Correct the file; the client may not read it either."
        words = f"{row.file}: {row.problem}"
        return Finding(check, row.title, "problem", words, mend, facts)
    if row.entry is None:
        words = f"is here, and does not start this server ({row.file})"
        return Finding(check, row.title, "ok", words, facts=facts)
    facts |= {"variables": list(row.entry.variables), "remote": bool(row.entry.url)}
    entry = row.entry
    fault, words = await (remote(entry.url) if entry.url else started(entry))
    if fault:
        mend = f"Set it up again: {PROGRAM} install {row.client}"
        mend += " --scope project" if row.project else ""
        return Finding(check, row.title, "problem", f"{fault} ({row.file})", mend, facts)
    return Finding(check, row.title, "ok", f"{words} ({row.file})", facts=facts)


async def started(entry: Configured) -> tuple[str, str]:
    """Start the command as a client would. What is wrong, or else what came of it."""
    if shutil.which(entry.command) is None:
        return f"its command is not found: {entry.command}", ""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        _unquoted() as junk,
    ):
        try:
            tools = await asyncio.wait_for(_listed(entry, errors), PATIENCE)
        except TimeoutError:
            fault = f"its server does not answer within {PATIENCE:g} s"
            return f"{fault}, and {IMPURE}" if junk else fault, ""
        except Exception:  # noqa: BLE001 - whatever a stranger's command does is a finding
            errors.seek(0)
            given = {**entry.environment, **named(entry.arguments)}
            said = gist(concealed(errors.read(), given))
            return (
                f"its server does not start: {said or (IMPURE if junk else 'it says nothing')}",
                "",
            )
    return (
        (f"its server starts, but {IMPURE}", "")
        if junk
        else ("", f"starts and lists {tools} tools")
    )


@contextmanager
def _unquoted() -> Iterator[list[bool]]:
    """Keep what the SDK logs of a server's stdout to ourselves: it may hold anything.

    Of several servers at once each has its own: the SDK logs in tasks that come of the one here.
    """
    heard: list[bool] = []

    def keep(_record: logging.LogRecord) -> bool:
        if _listening.get() is not heard:
            return True
        heard.append(True)
        return False

    logger = logging.getLogger(SPEAKER)
    logger.addFilter(keep)
    before = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(before)
        logger.removeFilter(keep)


async def _listed(entry: Configured, errors: IO[str]) -> int:
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=entry.command, args=list(entry.arguments), env=dict(entry.environment)
    )
    async with Client(stdio_client(server, errors)) as client:  # type: ignore[arg-type]
        return len((await client.list_tools()).tools)


def named(arguments: Sequence[str]) -> dict[str, str]:
    """The secrets of a command line by name: `--token=x`, `--token x`, `Token: Bearer x`, and those
    of an address: `https://host/mcp?token=x`.
    """
    found = {}
    for number, (word, behind) in enumerate(zip(arguments, (*arguments[1:], ""), strict=True)):
        for part in (word, *re.split("[?&]", word)[1:]):
            match = NAMED.fullmatch(part)
            name, value = match.groups() if match else (part, behind)
            if SECRET.search(name) and (match or part.startswith("-")):
                found[f"{name} {number}"] = (value.split() or [""])[-1]
    return found


def concealed(text: str, environment: Mapping[str, str]) -> str:
    """What a server says, without the values that it was given."""
    given = [*environment.items(), ("FAMULOR_API_KEY", os.environ.get("FAMULOR_API_KEY", ""))]
    for name, value in sorted(given, key=lambda one: len(one[1]), reverse=True):
        if len(value) >= (SHORTEST_NAMED if SECRET.search(name) else SHORTEST):
            text = text.replace(value, "…")
    return text


async def remote(url: str) -> tuple[str, str]:
    """Greet a server over HTTP. What is wrong, or else what came of it."""
    headers = {"Accept": "application/json, text/event-stream"}
    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, ValueError):
        return "its address is none", ""
    try:
        await resolved(url)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.post(url, json={"jsonrpc": "2.0", **GREETING}, headers=headers)
    except OSError as error:
        return reasons(error, url)[0], ""
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"{host} cannot be reached ({type(error).__name__})", ""
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return "", f"{host} answers, and asks the client to sign in"
    if answer.status_code != httpx.codes.OK:
        return f"{host} answers with status {answer.status_code}", ""
    return "", f"{host} answers"
