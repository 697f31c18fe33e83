"""Our completion in real shells that are not everywhere: zsh and fish."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.people.shells import CASES, FISH, ZSH, Kind, Shell

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("kind", [ZSH, FISH], ids=["zsh", "fish"])
def test_the_shell_completes_at_tab(kind: Kind, tmp_path: Path) -> None:
    if shutil.which(kind.command[0]) is None:
        pytest.fail(f"{kind.command[0]} is not installed: run `make interop`.")
    with Shell(kind, tmp_path) as shell:
        for typed, wanted in CASES.items():
            assert shell.completed(typed) == wanted
