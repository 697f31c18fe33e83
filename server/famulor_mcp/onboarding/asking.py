"""The key for an installation: where it comes from, and whether the API takes it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from getpass import getpass
from typing import TYPE_CHECKING

from famulor_mcp.keycheck import judge
from famulor_mcp.settings import Secret, SettingsError
from famulor_mcp.start import gateway
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from famulor_mcp.keycheck import Verdict
    from famulor_mcp.settings import Settings

MALFORMED = "This cannot be a key: it is one word without spaces, copied from the dashboard."
QUESTION = "API key of your Famulor account (it is not shown): "
AGAIN = "API key of your Famulor account (it is not shown; Enter keeps the present one): "


def key(settings: Settings, present: str) -> Secret:
    """The key: from the environment, from the person at the terminal, or the present one.

    Raises:
        SettingsError: there is none, and no one to ask.
    """
    if settings.api_key:
        return settings.api_key
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        if present:
            return Secret(present)
        raise SettingsError(
            "there is no terminal to ask for the key at. Set FAMULOR_API_KEY for this command, or "
            "take the made-up account: --sandbox"
        )
    try:
        said = getpass(AGAIN if present else QUESTION, sys.stderr).strip() or present
    except EOFError:
        sys.stderr.write("\n")  # the cursor stands behind the question
        said = ""
    except KeyboardInterrupt:
        sys.stderr.write("\nNothing was changed.\n")
        raise
    if not said:
        raise SettingsError("no key was given, so nothing was changed.")
    return Secret(said)


def check(settings: Settings, given: Secret) -> None:
    """Ask the API. Raises `SettingsError` unless it takes the key."""
    verdict = asyncio.run(_judged(settings, given))
    if not verdict.accepted:
        raise SettingsError(_reason(verdict))


async def _judged(settings: Settings, given: Secret) -> Verdict:
    quiet = replace(settings, audit=None, policy=None)
    async with gateway(quiet, TOOLS) as found:
        return await judge(found, given.reveal())


def _reason(verdict: Verdict) -> str:
    """What it means for the person who gave the key."""
    if verdict.standing == "refused":
        return "Famulor does not know this key: copy it from the dashboard again, or make one."
    if verdict.standing == "malformed":
        return MALFORMED
    if verdict.standing == "limited":
        return (
            f"Famulor takes no more requests for {max(1, round(verdict.seconds))} seconds, so the "
            "key could not be checked: wait, or leave the check out with --no-check."
        )
    return (
        f"The key could not be checked. {verdict.words} Try again, or leave the check out with "
        "--no-check."
    )
