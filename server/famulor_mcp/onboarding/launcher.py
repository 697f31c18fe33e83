"""The command that a client is to start: one that works without the user's shell.

A client with windows does not have the PATH of a terminal, so every command is an absolute path.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from famulor_mcp.options import FLAGS, OPTIONS, PROGRAM
from famulor_mcp.settings import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePath

    from famulor_mcp.onboarding.machine import Machine

FILES = ("--files", "--policy", "--audit")
"""Options whose value is a path: clients start their servers in a folder of their own choice."""


@dataclass(frozen=True, slots=True)
class Running:
    """How this program runs: by which interpreter, in which environment, with which scripts."""

    executable: PurePath
    prefix: PurePath
    scripts: tuple[PurePath, ...]
    which: Callable[[str], str | None]


def running(machine: Machine) -> Running:
    """How this process runs."""
    folders = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
    scheme = sysconfig.get_preferred_scheme("user")
    folders.append(Path(sysconfig.get_path("scripts", scheme)))
    name = PROGRAM + (".exe" if machine.platform == "windows" else "")
    return Running(
        Path(sys.executable),
        Path(sys.prefix),
        tuple(folder / name for folder in dict.fromkeys(folders)),
        shutil.which,
    )


def command(machine: Machine, how: Running, keyring: bool) -> tuple[str, ...]:
    """The words that start this server. uvx and pipx run throw away what they run from."""
    package = f"{PROGRAM}[keyring]" if keyring else PROGRAM
    if "archive-v0" in how.prefix.parts:
        return (_uvx(machine, how), *(("--from", package) if keyring else ()), PROGRAM)
    parts = {part.lower() for part in how.prefix.parts}
    if "pipx" in parts and parts & {".cache", "cache", "caches"}:
        spec = ("--spec", package) if keyring else ()
        return (how.which("pipx") or "pipx", "run", *spec, PROGRAM)
    script = next((each for each in how.scripts if machine.has(each)), None)
    return (str(script),) if script else (str(how.executable), "-m", "famulor_mcp")


def arguments(chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """The options that were given, as the server is to have them."""
    words: list[str] = []
    for option in (*OPTIONS, *FLAGS):
        value = chosen.get(field(option))
        if option in FLAGS:
            words += [option] if value else []
        elif value is not None:
            path = option in FILES
            words += [option, str(path_of(option, value).absolute()) if path else value]
    return tuple(words)


def field(option: str) -> str:
    """The name of an option's setting."""
    return option.removeprefix("--").replace("-", "_")


def _uvx(machine: Machine, how: Running) -> str:
    """uv tells its children in the variable UV where it is, and uvx stands beside it."""
    uv = machine.named("UV")
    beside = uv.with_name("uvx" + uv.suffix) if uv else None
    return str(beside) if beside and machine.has(beside) else how.which("uvx") or "uvx"
