"""Checks of what the operator chose: settings, files, and where text comes out."""

from __future__ import annotations

import locale
import os
import sys
from typing import TYPE_CHECKING

from famulor_mcp import offered
from famulor_mcp.doctor.finding import Finding
from famulor_mcp.guard.audit import Audit
from famulor_mcp.guard.clock import SystemClock
from famulor_mcp.guard.explain import explain
from famulor_mcp.guard.opening import open_store
from famulor_mcp.guard.refusals import AuditFault, StoreFault
from famulor_mcp.screen import screen
from famulor_mcp.settings import ONLY_VARIABLES, READERS, SettingsError, variable
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_mcp.doctor.finding import Patient

LOCALES = ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONIOENCODING", "PYTHONUTF8")


async def settings(patient: Patient) -> list[Finding]:
    """The settings: what is wrong, or which differ from the defaults, and what they offer."""
    if patient.faults:
        mend = "Correct it where it is set; until then the server does not start."
        return [
            Finding("settings", "Settings", "problem", str(fault), mend) for fault in patient.faults
        ]
    names = [name for name in READERS if variable(name) in {**patient.environment, **patient.given}]
    facts = {"set": [variable(name) for name in names]}
    shown = [variable(name) for name in names if name not in ONLY_VARIABLES]
    try:
        tools = offered.tools(patient.settings, offered.policy(patient.settings))
    except SettingsError as error:
        mend = "Correct it where it is set; until then the server does not start."
        return [Finding("settings", "Settings", "problem", str(error), mend, facts)]
    words = f"{len(tools)} of {len(TOOLS)} tools offered; set: {', '.join(shown) or 'nothing'}"
    return [Finding("settings", "Settings", "ok", words, facts={**facts, "tools": len(tools)})]


async def policy(patient: Patient) -> list[Finding]:
    """The policy file, in words."""
    path = patient.settings.policy
    if path is None:
        return [Finding("policy", "Policy", "ok", "none; set one by --policy")]
    facts = {"file": str(path)}
    try:
        found = offered.policy_in(path)
    except SettingsError as error:
        mend = "Correct the file; until then the server does not start."
        return [Finding("policy", "Policy", "problem", str(error), mend, facts)]
    words = " ".join(explain(found).split())
    return [Finding("policy", "Policy", "ok", words, facts=facts)]


async def audit(patient: Patient) -> list[Finding]:
    """Whether calls can be put on record. A file that is not there yet is not made."""
    path = patient.settings.audit
    if path is None:
        return [Finding("audit", "Audit file", "ok", "none; set one by --audit")]
    facts = {"file": str(path)}
    if fault := unwritable(path):
        mend = "Choose a file that you may write to; until then the server does not start."
        return [Finding("audit", "Audit file", "problem", fault, mend, facts)]
    return [Finding("audit", "Audit file", "ok", f"{path} can be written", facts=facts)]


def unwritable(path: Path) -> str:
    """Why a record cannot be kept in a file, or nothing."""
    if not os.path.lexists(path):
        return "" if os.access(path.parent, os.W_OK) else f"{path.parent} is closed to you"
    try:
        Audit(path, SystemClock()).check()
    except AuditFault as fault:
        return fault.reason
    return ""


async def store(patient: Patient) -> list[Finding]:
    """Whether the store that processes share answers. Its address may hold a password."""
    if patient.settings.store is None:
        return [Finding("store", "Store", "ok", "the memory of each process; set one by --store")]
    try:
        async with open_store(patient.settings, SystemClock()) as opened:
            await opened.ping()
    except SettingsError as error:
        mend = "Correct it; until then the server does not start."
        return [Finding("store", "Store", "problem", str(error), mend)]
    except StoreFault:
        mend = "Start the store, or correct --store; until it answers, costly calls are refused."
        return [Finding("store", "Store", "problem", "it does not answer", mend)]
    return [Finding("store", "Store", "ok", "it answers")]


async def terminal(patient: Patient) -> list[Finding]:
    """What text is written in here. Commands write UTF-8 in any case."""
    encoding = locale.getencoding()
    console = screen(sys.stdout)
    given = {name: patient.environment[name] for name in LOCALES if name in patient.environment}
    facts = {
        "locale_encoding": encoding,
        "variables": given,
        "terminal": console.terminal,
        "columns": console.width if console.terminal else None,
        "colour": console.colour,
    }
    if encoding.lower().replace("-", "") != "utf8" and console.terminal:
        words = f"the locale says {encoding}; this program writes UTF-8, whatever it says"
        mend = "If letters look wrong: use a UTF-8 locale (on Windows: chcp 65001)."
        return [Finding("terminal", "Terminal", "warning", words, mend, facts)]
    words = f"locale encoding {encoding}; output is UTF-8 with LF line ends"
    return [Finding("terminal", "Terminal", "ok", words, facts=facts)]
