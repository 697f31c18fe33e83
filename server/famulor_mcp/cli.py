"""The command `famulor-mcp`: reads what the operator wants and starts it.

Exit status: 0 done, 1 a called tool failed, 2 a wrong option or setting, 128 + n ended by signal n.

What is imported at the top is what every command needs; the SDK takes half a second to load, and
the collector would spend a fifth of that on objects that live as long as the process.
"""

from __future__ import annotations

import atexit
import gc
import io
import logging
import os
import sys
from typing import TYPE_CHECKING

from famulor_mcp.commands import COMMANDS
from famulor_mcp.options import PROGRAM, parse
from famulor_mcp.output import OutputError
from famulor_mcp.settings import READERS, SettingsError, survey

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    gc.disable()
    atexit.register(_let_go)
    _stand_in()
    _speak_plainly()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except SettingsError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\nSee {PROGRAM} --help\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `famulor-mcp tools | head`
        return 141
    except OutputError as error:
        sys.stderr.write(f"{PROGRAM}: the output could not be written: {error}.\n")
        return 1
    finally:
        gc.enable()


def _stand_in() -> None:
    """Open an empty stream for each that is closed, as in `<&-`: it is asked what it is."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - a number, as long as the process


def _let_go() -> None:
    """Drop what nobody takes: Python would try again at its end, and make the status 120."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _speak_plainly() -> None:
    """UTF-8 and LF on stdout and stderr, whatever the locale and the system: programs read them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _run(arguments: Sequence[str]) -> int:
    name, chosen = parse(arguments)
    given = {name: value for name, value in chosen.items() if name in READERS and value is not None}
    command = COMMANDS[name]
    settings, faults = survey(given, os.environ)
    if faults and not command.tolerant:
        raise faults[0]
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    return command.load().run(settings, {**chosen, "faults": faults})
