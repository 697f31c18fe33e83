"""Machines that a test may name: what is on them is a set of paths."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from famulor_mcp.onboarding.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from famulor_mcp.onboarding.machine import Platform

PLATFORMS: tuple[Platform, ...] = ("linux", "macos", "windows")


def machine(platform: Platform, *there: str, **variables: str) -> Machine:
    """A machine of somebody with an umlaut and a space in the name. `there`: absolute paths."""
    if platform == "windows":
        home: PurePath = PureWindowsPath(r"C:\Users\Jürgen Müller")
        variables = {"APPDATA": rf"{home}\AppData\Roaming"} | variables
        return Machine(platform, home, PureWindowsPath(r"D:\Büro\shop"), variables, names(there))
    home = PurePosixPath("/Users/Jürgen Müller" if platform == "macos" else "/home/jürgen müller")
    return Machine(platform, home, PurePosixPath("/srv/shop"), variables, names(there))


def names(there: Sequence[str]) -> Callable[[PurePath], Sequence[str]]:
    """A folder's names, where these paths and all folders above them exist."""

    def within(folder: PurePath) -> Sequence[str]:
        paths = [type(folder)(path) for path in there]
        below = [path.relative_to(folder) for path in paths if folder in path.parents]
        return sorted({path.parts[0] for path in below})

    return within
