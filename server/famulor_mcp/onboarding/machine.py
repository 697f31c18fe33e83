"""What a machine is, as far as the settings of its programs are concerned."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Literal

from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Platform = Literal["linux", "macos", "windows"]


def nothing(_folder: PurePath) -> Sequence[str]:
    """The names in a folder of a machine that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that the places of settings follow from; a test may name any.

    `folder` is where the command was started, which is the project. `names` tells what a folder
    holds, and nothing where there is no such folder.
    """

    platform: Platform
    home: PurePath
    folder: PurePath
    variables: Mapping[str, str]
    names: Callable[[PurePath], Sequence[str]] = nothing

    @property
    def settings(self) -> PurePath:
        """Where programs with windows keep their settings."""
        if self.platform == "windows":
            return self.named("APPDATA") or self.home / "AppData" / "Roaming"
        if self.platform == "macos":
            return self.home / "Library" / "Application Support"
        return self.configuration

    @property
    def configuration(self) -> PurePath:
        """The configuration folder of the XDG base directory specification."""
        return self.named("XDG_CONFIG_HOME") or self.home / ".config"

    def named(self, variable: str) -> PurePath | None:
        """The absolute path in a variable, if there is one."""
        path = self.path(self.variables.get(variable, ""))
        return path if path.is_absolute() else None

    def path(self, text: str) -> PurePath:
        """A path as this machine writes it."""
        return PureWindowsPath(text) if self.platform == "windows" else PurePosixPath(text)

    def has(self, path: PurePath) -> bool:
        """Whether there is a file or folder of this path."""
        return path.name in self.names(path.parent)


def here() -> Machine:
    """This machine. Raises `SettingsError` in a folder that was removed."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise SettingsError("the folder that you are in was removed. Change to another.") from None
    platforms: dict[str, Platform] = {"win32": "windows", "darwin": "macos"}
    return Machine(platforms.get(sys.platform, "linux"), Path.home(), folder, os.environ, _names)


def _names(folder: PurePath) -> Sequence[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a pure path has no iterdir
    except OSError:
        return ()
