"""Real interactive shells with our completion in them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from tests.people.terminals import Terminal, environment


class Kind(NamedTuple):
    """A shell without anybody's own settings, and the line that turns completion on."""

    command: tuple[str, ...]
    setup: str


BASH = Kind(
    ("bash", "--norc", "--noprofile", "-i"), 'PS1="> "; eval "$(famulor-mcp completion bash)"'
)
ZSH = Kind(
    ("zsh", "-f", "-i"),
    "autoload -U compinit; compinit -u -D; unsetopt zle_bracketed_paste; "
    'eval "$(famulor-mcp completion zsh)"',
)
FISH = Kind(("fish", "--no-config", "-i"), "famulor-mcp completion fish | source")

CASES = {
    "cal": "call",
    "call get_ca": "call get_call",
    "call get_call ca": "call get_call call_id=",
    "call list_calls type=o": "call list_calls type=outbound",
    "--preset campa": "--preset campaigns",
    "--toolsets=calls,kn": "--toolsets=calls,knowledge",
    "tools --read-o": "tools --read-only",
    "policy check ru": "policy check rules.toml",
}
"""What is typed before TAB, and what stands there then."""

HOME, END = "\x01", "\x05"
"""The keys that go to the ends of the line, in all three shells."""


class Shell(Terminal):
    """A shell in which our command is the one of this environment, in a folder with one file."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        folder.joinpath("rules.toml").touch()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        more = {"PATH": path, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
        super().__init__(kind.command, 200, environment(**more))
        self._line = folder / "line.txt"
        self.type(f"{kind.setup}; cd '{folder}'; echo rea''dy\n")
        self.until("ready")

    def completed(self, typed: str) -> str:
        """What stands on the line after TAB, as the shell itself writes it to a file."""
        self.seen = ""
        self.type(f"famulor-mcp {typed}\t{HOME}echo {END} > line.txt; echo do''ne\n")
        self.until("done")
        return self._line.read_text(encoding="utf-8").strip().removeprefix("famulor-mcp ")
