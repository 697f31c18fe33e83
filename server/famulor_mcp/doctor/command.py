"""`famulor-mcp doctor`: runs the checks and prints what they found. Exit status 1: a problem."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from famulor_mcp.doctor import packages, report
from famulor_mcp.doctor.finding import Finding, Patient, worst
from famulor_mcp.output import say
from famulor_mcp.screen import screen
from famulor_mcp.screen.bar import Bar
from famulor_mcp.settings import READERS, SettingsError, variable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping

    from famulor_mcp.settings import Settings

    Check = Callable[[Patient], Awaitable[list[Finding]]]

LONGEST = 120.0
"""Seconds that one check may take; each has shorter limits of its own."""

CHECKS = {
    "Python": "packages.python",
    "packages": "packages.versions",
    "files": "packages.integrity",
    "the tool table": "packages.table",
    "settings": "choices.settings",
    "policy": "choices.policy",
    "audit": "choices.audit",
    "the store": "choices.store",
    "terminal": "choices.terminal",
    "proxy": "network.proxies",
    "certificates": "network.certificates",
    "the API": "network.api",
    "the API key": "network.key",
    "the server on stdio": "purity.stdio",
    "clients": "clients.configured",
}
"""Each check and where it is. They are loaded one by one: what is missing of an installation is
what some of them would tell of."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", dest="as_json", help="for support")


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:
    """Examine this machine."""
    patient = Patient(settings, tuple(chosen["faults"]), os.environ, given(chosen))
    findings = asyncio.run(examined(patient))
    if chosen["as_json"]:
        say(json.dumps(report.programs(findings), ensure_ascii=False, indent=2))
    else:
        say("\n".join(report.people(findings, screen(sys.stdout))))
    return 1 if worst(findings) == "problem" else 0


def given(chosen: Mapping[str, Any]) -> dict[str, str]:
    """The options of the command line as variables."""
    return {
        variable(name): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in chosen.items()
        if name in READERS and value is not None
    }


async def examined(patient: Patient) -> list[Finding]:
    """All findings, in the order of the checks."""
    findings: list[Finding] = []
    with Bar() as bar:
        for number, (name, place) in enumerate(CHECKS.items()):
            await bar.progress(number, len(CHECKS), f"looking at {name}")
            findings += await checked(name, loaded(place), patient)
    return findings


def loaded(place: str) -> Check:
    """The check at `module.function` of this package, which is imported when it is made."""

    async def check(patient: Patient) -> list[Finding]:
        module, _, name = place.partition(".")
        made: Check = getattr(import_module(f"{__package__}.{module}"), name)
        return await made(patient)

    return check


async def checked(name: str, check: Check, patient: Patient) -> list[Finding]:
    """What a check finds. That it fails is a finding, too: the others go on."""
    try:
        return await asyncio.wait_for(check(patient), LONGEST)
    except SettingsError as error:
        return [Finding(f"failed.{name}", name, "problem", str(error))]
    except ImportError as error:
        words = f"this check cannot be loaded: {error}"
        return [Finding(f"failed.{name}", name, "problem", words, packages.AGAIN)]
    except Exception as error:  # noqa: BLE001 - a doctor that faints helps nobody
        words = f"this check failed ({type(error).__name__})"
        mend = "Please report it, with the output of famulor-mcp doctor --json."
        return [Finding(f"failed.{name}", name, "problem", words, mend)]
