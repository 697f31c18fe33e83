"""Checks of what is installed: Python, the packages, and whether their files are as they were."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import platform
import re
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from famulor_mcp.doctor.finding import Finding
from famulor_mcp.options import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_mcp.doctor.finding import Patient

NEEDED = (3, 11)
SHOWN = 3
"""Names of files that are shown at most."""

AGAIN = f"Install it again: pip install --force-reinstall {PROGRAM}"
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*([^;]*)$")
BOUND = re.compile(r"(>=|<=|==|<|>|!=)\s*([0-9]+(?:\.[0-9]+)*)")


async def python(_patient: Patient) -> list[Finding]:
    """The Python that runs this."""
    version = platform.python_version()
    words = f"{platform.python_implementation()} {version} on {platform.platform(terse=True)}"
    facts = {
        "version": version,
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "executable": sys.executable,
    }
    if sys.version_info < NEEDED:
        return [Finding("python", "Python", "problem", f"{words}; 3.11 is needed", "", facts)]
    return [Finding("python", "Python", "ok", words, facts=facts)]


async def versions(_patient: Patient) -> list[Finding]:
    """The packages that this one needs: whether they are there, in a version that it takes."""
    needed = dict(_requirements())
    there = {name: _version(name) for name in needed}
    wrong = [
        f"{name} {there[name] or 'is missing'} (needed: {bounds or 'any'})"
        for name, bounds in needed.items()
        if not fits(there[name], bounds)
    ]
    wrong += [f"{name} has lost its files" for name in needed if there[name] and not whole(name)]
    own = metadata.version(PROGRAM)
    facts = {PROGRAM: own, **there}
    if wrong:
        return [
            Finding("packages", "Packages", "problem", f"wrong: {'; '.join(wrong)}", AGAIN, facts)
        ]
    shown = ", ".join(f"{name} {version}" for name, version in facts.items())
    return [Finding("packages", "Packages", "ok", shown, facts=facts)]


def _requirements() -> Iterator[tuple[str, str]]:
    """Name and bounds of each package that is needed on every machine."""
    for line in metadata.requires(PROGRAM) or ():
        if match := REQUIREMENT.match(line):
            yield match[1], match[2]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def whole(name: str) -> bool:
    """Whether a package that is there by its metadata can be imported; it has its own name."""
    try:
        return find_spec(name.replace("-", ".")) is not None
    except ImportError:
        return False


def fits(version: str, bounds: str) -> bool:
    """Whether a version keeps the bounds of a requirement, such as `<3,>=2.3`."""
    have = _numbers(version)
    return bool(version) and all(
        {
            ">=": have >= _numbers(bound),
            "<=": have <= _numbers(bound),
            ">": have > _numbers(bound),
            "<": have < _numbers(bound),
            "==": have == _numbers(bound),
            "!=": have != _numbers(bound),
        }[sign]
        for sign, bound in BOUND.findall(bounds)
    )


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)[:4]]
    return (*numbers, *([0] * (4 - len(numbers))))


async def integrity(_patient: Patient) -> list[Finding]:
    """Whether the files are those that were installed."""
    found = metadata.distribution(PROGRAM)
    if folder := editable(found):
        words = f"an editable install of {folder}: its files are yours to change"
        return [Finding("integrity", "Files", "ok", words, facts={"editable": True})]
    changed = list(altered(found))
    facts = {"editable": False, "changed": changed}
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        words = f"not as they were installed: {', '.join(changed[:SHOWN])}{more}"
        return [Finding("integrity", "Files", "problem", words, AGAIN, facts)]
    words = "as they were installed"
    return [Finding("integrity", "Files", "ok", words, facts=facts)]


def editable(found: metadata.Distribution) -> str:
    """The folder of an editable install (PEP 660, recorded by PEP 610), or nothing."""
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    return str(origin.get("url", "")) if origin.get("dir_info", {}).get("editable") else ""


def altered(found: metadata.Distribution) -> Iterator[str]:
    """Files of the wheel's RECORD that are missing or have another hash.

    Read from the file itself: from Python 3.12 on `files` leaves out those that are missing.
    """
    for name, hashed, _size in csv.reader((found.read_text("RECORD") or "").splitlines()):
        mode, _, value = hashed.partition("=")
        if not value or ".dist-info" in name.partition("/")[0]:
            continue
        try:
            content = Path(str(found.locate_file(name))).read_bytes()
        except OSError:
            yield f"{name} (missing)"
            continue
        digest = hashlib.new(mode, content).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != value:
            yield name


async def table(_patient: Patient) -> list[Finding]:
    """The tool table that is used, and whether it is the one beside this program."""
    import famulor_mcp
    import famulor_tools

    digest = hashlib.sha256(famulor_tools.SPEC_DIGEST.encode()).hexdigest()[:12]
    words = (
        f"{len(famulor_tools.TOOLS)} tools of {famulor_tools.API_TITLE} "
        f"{famulor_tools.API_VERSION}, table {digest}"
    )
    facts = {
        "tools": len(famulor_tools.TOOLS),
        "api_version": famulor_tools.API_VERSION,
        "spec_digest": famulor_tools.SPEC_DIGEST,
    }
    folders = [_source(str(module.__file__)) for module in (famulor_mcp, famulor_tools)]
    if folders[0] == folders[1]:
        return [Finding("table", "Tool table", "ok", words, facts=facts)]
    mend = f"Remove the other copy from PYTHONPATH, or install {PROGRAM} again."
    words += f"; but it is of another copy than the program: {folders[1]}, not {folders[0]}"
    return [Finding("table", "Tool table", "warning", words, mend, facts)]


def _source(file: str) -> Path:
    """The folder that a package was installed into; of a checkout, its root."""
    root = Path(file).resolve().parent.parent
    return root.parent if root.name in {"server", "generated"} else root
