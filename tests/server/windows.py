"""A Python that lacks what Windows lacks, for want of the real one.

`python windows.py imports` imports every module of ours in it and names those that fail;
`python windows.py run …` is `famulor-mcp …` in it. The libraries are loaded before: they bring
their own ways for Windows, which cannot be tried on another system. Not imitated: text mode and
locks of descriptors, paths, consoles, and everything else that the C library does there.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import signal
import sys
from typing import Any, NoReturn

OURS = ("famulor_mcp", "famulor_tools")
MODULES = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")
"""Of the standard library, for Unix alone."""

FUNCTIONS = """
O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC WNOHANG chown chroot confstr fchmod
fchown fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getppriority getsid
getuid initgroups killpg lchown lockf mkfifo mknod nice openpty pipe2 posix_fallocate posix_spawn
pread preadv pwrite pwritev readv sched_getaffinity sendfile setegid seteuid setgid setgroups
setpgid setpriority setregid setreuid setsid setuid set_blocking statvfs sync sysconf tcgetpgrp
tcsetpgrp ttyname uname wait wait3 wait4 writev
"""
"""Of `os`. `set_blocking` came to Windows with Python 3.12."""

SIGNALS = ("SIGINT", "SIGTERM", "SIGABRT", "SIGFPE", "SIGILL", "SIGSEGV")
LOOP = ("add_reader", "remove_reader", "add_writer", "remove_writer", "add_signal_handler")


def every() -> list[str]:
    """The names of all our modules. `__main__` starts the server."""
    names = list(OURS)
    for package in map(importlib.import_module, OURS):
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        names += [module.name for module in found if not module.name.endswith("__main__")]
    return names


def pretend() -> None:
    """Take away what Windows lacks, and our modules, so that they are loaded anew."""
    for name in every():
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in FUNCTIONS.split():
        if hasattr(os, name):
            delattr(os, name)
    for name in dir(signal):
        if name.startswith("SIG") and name.isalnum() and name not in SIGNALS:
            delattr(signal, name)
    for name in ("start_unix_server", "open_unix_connection"):
        delattr(asyncio, name)
    for name in [*LOOP, "remove_signal_handler"]:
        setattr(asyncio.SelectorEventLoop, name, refuse)
    sys.platform = "win32"


def refuse(*_arguments: Any) -> NoReturn:
    """As the methods of Windows' loop do."""
    raise NotImplementedError


def failing() -> list[str]:
    """The modules that cannot be imported, with the reason."""
    reasons = []
    for name in every():
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 (whatever breaks is what we look for)
            reasons.append(f"{name}: {error!r}")
    return reasons


if __name__ == "__main__":
    pretend()
    if sys.argv[1] == "imports":
        sys.exit("\n".join(failing()) or 0)
    sys.exit(importlib.import_module("famulor_mcp.cli").main(sys.argv[2:]))
