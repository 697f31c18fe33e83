"""Puts each peer into `build/peers`, in the version that stands here, from its publisher."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.peers import document
from bench.peers.peer import Peer, flat, nested, renamed

if TYPE_CHECKING:
    from collections.abc import Callable

FASTMCP = "4.1.2"
GENERATOR = "4.0.1"
VENDOR = "https://github.com/bekservice/Famulor-MCP"
"""On no registry, although its README starts it by npx."""
ROOT = Path(__file__).parents[2] / "build" / "peers"
NOWHERE = "http://127.0.0.1:9"
_ADDRESS = "'https://app.famulor.de'"


class InstallError(Exception):
    """A peer could not be installed or started; the end of what it said."""


def run(*command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """Its output, with nothing on stdin. Raises InstallError, with its last words."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise InstallError(" / ".join(line.strip() for line in said[-3:])[-300:])
    return done.stdout.strip()


def ours() -> Peer:
    """The gateway as it is started, in this environment."""
    python = sys.executable
    return Peer(
        "gateway",
        version("famulor-mcp"),
        (python, "-m", "famulor_mcp"),
        {"FAMULOR_BASE_URL": "{url}"},
        renamed,
        unpaced=(python, "-m", "bench.ours"),
    )


def fastmcp() -> Peer:
    """FastMCP's OpenAPI provider, in a virtual environment of its own."""
    folder = ROOT / "fastmcp"
    python = folder / "bin" / "python"
    if not python.exists():
        run(sys.executable, "-m", "venv", folder)
    run(python, "-m", "pip", "install", "--quiet", f"fastmcp=={FASTMCP}")
    spec = ROOT / "famulor.json"
    script = Path(__file__).with_name("provider.py")
    command = (str(python), "-P", str(script), str(spec), "{url}")
    return Peer("FastMCP", FASTMCP, command, {}, flat)


def generator() -> Peer:
    """The server that openapi-mcp-generator makes, built as its README says."""
    folder, made = ROOT / "generator", ROOT / "generator" / "made"
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    package = f"openapi-mcp-generator@{GENERATOR}"
    run("npm", "install", "--no-audit", "--no-fund", package, cwd=folder)
    program = folder / "node_modules" / ".bin" / "openapi-mcp-generator"
    run(program, "--input", ROOT / "famulor.json", "--output", made, "--force")
    _npm(made)
    environment = {"API_BASE_URL": "{url}", "BEARER_TOKEN_BEARER": "{key}"}
    command = ("node", str(made / "build" / "index.js"))
    return Peer("generator", GENERATOR, command, environment, nested)


def vendor(source: str) -> Peer:
    """The vendor's server from its repository, built as its package.json says.

    Its one address of the API becomes a variable, since it cannot be set otherwise.
    """
    folder = ROOT / "vendor"
    shutil.rmtree(folder, ignore_errors=True)
    local = Path(source)
    run("git", "clone", "--quiet", local.resolve() if local.is_dir() else source, folder)
    _npm(folder)
    client = folder / "dist" / "src" / "auth" / "famulor.js"
    code = client.read_text("utf-8")
    if code.count(_ADDRESS) != 1:
        raise InstallError(f"{client.name} has no single address of the API to replace")
    client.write_text(code.replace(_ADDRESS, "process.env.API_ADDRESS"), "utf-8")
    number = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    commit = run("git", "rev-parse", "--short", "HEAD", cwd=folder)
    command = ("node", str(folder / "dist" / "src" / "index.js"))
    return Peer("vendor", f"{number} ({commit})", command, {"API_ADDRESS": "{url}"}, renamed)


def _npm(folder: Path) -> None:
    run("npm", "install", "--no-audit", "--no-fund", cwd=folder)
    run("npm", "run", "build", cwd=folder)


def started(peer: Peer) -> Peer:
    """The same. Raises InstallError if it cannot take the document, which shows at its start."""
    run(*peer.argv(NOWHERE), environment=peer.environ(NOWHERE))
    return peer


def all_peers(source: str) -> tuple[list[Peer], dict[str, str]]:
    """The gateway and whoever could be installed, and what the others said."""
    ROOT.mkdir(parents=True, exist_ok=True)
    document.write(ROOT / "famulor.json")
    found, failed = [ours()], dict[str, str]()
    installs: dict[str, Callable[[], Peer]] = {
        "vendor": partial(vendor, source),
        "FastMCP": fastmcp,
        "generator": generator,
    }
    for name, install in installs.items():
        try:
            found.append(started(install()))
        except InstallError as error:
            failed[name] = str(error)
    return found, failed
