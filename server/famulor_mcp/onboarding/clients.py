"""The clients: where each keeps its servers, in which form, and how it is given a secret.

Facts of November 2026, from each client's own documentation:
Claude Desktop modelcontextprotocol.io/docs/develop/connect-local-servers, and for the packaged
Windows build github.com/anthropics/claude-code/issues/26073; Claude's connectors
support.claude.com/en/articles/11503834; Claude Code code.claude.com/docs/mcp; Cursor
cursor.com/docs/mcp; VS Code code.visualstudio.com/docs/agents/reference/mcp-configuration;
Windsurf docs.windsurf.com/windsurf/cascade/mcp; Devin Desktop, as Windsurf is called since June
2026, docs.devin.ai/cli/extensibility/mcp/configuration; Cline docs.cline.bot/mcp, and for its
command line github.com/cline/cline/pull/11683; Continue
docs.continue.dev/customize/deep-dives/mcp, and for its older file
docs.continue.dev/reference/yaml-migration; Zed zed.dev/docs/ai/mcp; OpenClaw
docs.openclaw.ai/cli/mcp; ChatGPT developers.openai.com/api/docs/guides/developer-mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePath

    from famulor_mcp.onboarding.machine import Machine

SERVER = "famulor"
"""The name of our entry, in every client."""

KEY = "FAMULOR_API_KEY"
PROMPT = "famulor-api-key"

Syntax = Literal["json", "jsonc", "json5", "yaml", "dotenv"]
Scope = Literal["user", "project"]
Keeping = Literal["literal", "prompt", "dotenv", "reference"]


@dataclass(frozen=True, slots=True)
class Place:
    """A file that a client may read, and what is there (`sign`) if it does."""

    file: PurePath
    sign: PurePath


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one entry stands in a document.

    `path` leads to the collection. In a mapping the entry is called `name`; in a list it is the
    one whose field `by` is `name`.
    """

    path: tuple[str, ...]
    name: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    `user` tells its files, best first; `project` its file in a project, if it reads one. `local`
    and `remote` are fields of an entry beside the common ones: of a command, and of an address,
    which stands in the field `address`; no `address`: servers are added in the client itself.
    `reference` is how its configuration refers to a variable, `dotenv` the file it takes
    variables from. `older` is a file beside the user's that it reads as long as there is no other.
    `after` is what the user does next, `sign_in` what after a hosted server.
    """

    name: str
    title: str
    syntax: Syntax
    servers: Slot
    user: Callable[[Machine], list[Place]]
    after: str
    project: tuple[str, ...] = ()
    local: Mapping[str, Any] | None = None
    remote: Mapping[str, Any] | None = None
    address: str = "url"
    prompts: bool = False
    reference: str = ""
    dotenv: Callable[[Machine], PurePath] | None = None
    older: str = ""
    sign_in: str = ""
    add: str = ""

    def variables(self, machine: Machine) -> PurePath | None:
        """The file that it takes variables from."""
        return self.dotenv(machine) if self.dotenv else None

    def keeping(self, scope: Scope) -> Keeping:
        """Where the key goes. A project's file is for everyone in it, and holds none."""
        if self.prompts:
            return "prompt"
        if scope == "project":
            return "reference"
        return "dotenv" if self.dotenv else "literal"


def _claude_desktop(machine: Machine) -> list[Place]:
    """The packaged Windows build reads its own copy, once it has one."""
    file = "claude_desktop_config.json"
    classic = machine.settings / "Claude"
    places = [Place(classic / file, classic)]
    if machine.platform != "windows":
        return places
    local = machine.named("LOCALAPPDATA") or machine.home / "AppData" / "Local"
    packages = [
        local / "Packages" / name
        for name in sorted(machine.names(local / "Packages"))
        if name.startswith("Claude_")
    ]
    inner = [(each, each / "LocalCache" / "Roaming" / "Claude" / file) for each in packages]
    copies = [Place(path, path) for _package, path in inner]
    fresh = [Place(path, package) for package, path in inner]
    return [*copies, Place(classic / file, classic / file), *fresh, *places]


def _claude_code(machine: Machine) -> list[Place]:
    folder = machine.named("CLAUDE_CONFIG_DIR")
    file = (folder or machine.home) / ".claude.json"
    return [Place(file, file), Place(file, folder or machine.home / ".claude")]


def _below(*parts: str) -> Callable[[Machine], list[Place]]:
    """A file at home, in a folder that the client makes."""

    def places(machine: Machine) -> list[Place]:
        return [Place(machine.home.joinpath(*parts), machine.home.joinpath(*parts[:-1]))]

    return places


EDITORS = ("Code", "Code - Insiders", "VSCodium")


def _vscode(machine: Machine) -> list[Place]:
    folders = [machine.settings / name / "User" for name in EDITORS]
    return [Place(folder / "mcp.json", folder) for folder in folders]


def _cline(machine: Machine) -> list[Place]:
    file = ("settings", "cline_mcp_settings.json")
    storage = ("User", "globalStorage", "saoudrizwan.claude-dev")
    homes = [machine.settings.joinpath(name, *storage) for name in (*EDITORS, "Cursor", "Windsurf")]
    homes.append(machine.home / ".cline" / "data")
    places = [Place(home.joinpath(*file), home) for home in homes]
    own = machine.named("CLINE_MCP_SETTINGS_PATH")
    return [Place(own, own.parent), *places] if own else places


def _zed(machine: Machine) -> list[Place]:
    windows = machine.platform == "windows"
    folder = machine.settings / "Zed" if windows else machine.home / ".config" / "zed"
    if machine.platform == "linux":
        folder = machine.configuration / "zed"
    return [Place(folder / "settings.json", folder)]


def _devin(machine: Machine) -> list[Place]:
    """Its schema knows no field beside those of a command or an address, `type` neither."""
    windows = machine.platform == "windows"
    folder = (machine.settings if windows else machine.configuration) / "devin"
    return [Place(folder / "mcp_config.json", folder)]


def _openclaw(machine: Machine) -> list[Place]:
    own, state = machine.named("OPENCLAW_CONFIG_PATH"), _openclaw_state(machine)
    return [Place(own, own.parent) if own else Place(state / "openclaw.json", state)]


def _openclaw_state(machine: Machine) -> PurePath:
    home = machine.named("OPENCLAW_HOME") or machine.home
    return machine.named("OPENCLAW_STATE_DIR") or home / ".openclaw"


def _continue(machine: Machine) -> list[Place]:
    return [Place(_continue_home(machine) / "config.yaml", _continue_home(machine))]


def _continue_home(machine: Machine) -> PurePath:
    return machine.named("CONTINUE_GLOBAL_DIR") or machine.home / ".continue"


COMMON = Slot(("mcpServers",), SERVER)
STDIO = {"type": "stdio"}
HTTP = {"type": "http"}
BROWSER = "It opens the sign-in page in the browser when it first connects."

CLIENTS: Mapping[str, Client] = {
    client.name: client
    for client in (
        Client(
            "claude-desktop",
            "Claude Desktop",
            "json",
            COMMON,
            _claude_desktop,
            "Quit Claude Desktop completely and start it again.",
            address="",
            add="In Claude: Customize > Connectors > + > Add custom connector.",
        ),
        Client(
            "claude-code",
            "Claude Code",
            "json",
            COMMON,
            _claude_code,
            "Start a new session of `claude`; /mcp shows the server.",
            project=(".mcp.json",),
            local=STDIO,
            remote=HTTP,
            reference="${%s}",
            sign_in="In a session, /mcp signs you in.",
        ),
        Client(
            "cursor",
            "Cursor",
            "jsonc",
            COMMON,
            _below(".cursor", "mcp.json"),
            "Restart Cursor; its settings list the server under MCP.",
            project=(".cursor", "mcp.json"),
            reference="${env:%s}",
            sign_in=BROWSER,
        ),
        Client(
            "vscode",
            "VS Code",
            "jsonc",
            Slot(("servers",), SERVER),
            _vscode,
            "Run `MCP: List Servers` in VS Code and start famulor.",
            project=(".vscode", "mcp.json"),
            local=STDIO,
            remote=HTTP,
            prompts=True,
            sign_in=BROWSER,
        ),
        Client(
            "windsurf",
            "Windsurf",
            "json",
            COMMON,
            _below(".codeium", "windsurf", "mcp_config.json"),
            "Press the refresh button of Cascade's MCP servers, or restart Windsurf. If it is "
            "called Devin Desktop by now: famulor-mcp install devin",
            address="serverUrl",
            sign_in=BROWSER,
        ),
        Client(
            "devin",
            "Devin Desktop",
            "jsonc",
            COMMON,
            _devin,
            "Start a new session; the MCP list of Devin Desktop shows the server.",
            sign_in="Its MCP list has a button to sign in.",
        ),
        Client(
            "cline",
            "Cline",
            "json",
            COMMON,
            _cline,
            "Cline connects by itself; its MCP Servers page lists the server.",
            local=STDIO,
            remote={"type": "streamableHttp"},
            sign_in="Its MCP Servers page has a button to sign in.",
        ),
        Client(
            "continue",
            "Continue",
            "yaml",
            Slot(("mcpServers",), SERVER, "name"),
            _continue,
            "Reload Continue's configuration, and use its agent mode.",
            project=(".continue", "mcpServers", "famulor.yaml"),
            remote={"type": "streamable-http"},
            reference="${{ secrets.%s }}",
            dotenv=lambda machine: _continue_home(machine) / ".env",
            older="config.json",
            sign_in=BROWSER,
        ),
        Client(
            "zed",
            "Zed",
            "jsonc",
            Slot(("context_servers",), SERVER),
            _zed,
            "Zed connects by itself; the settings of its agent panel list the server.",
            local={"source": "custom"},
            sign_in=BROWSER,
        ),
        Client(
            "openclaw",
            "OpenClaw",
            "json5",
            Slot(("mcp", "servers"), SERVER),
            _openclaw,
            "Restart the gateway: openclaw gateway restart",
            remote={"transport": "streamable-http", "auth": "oauth"},
            reference="${%s}",
            dotenv=lambda machine: _openclaw_state(machine) / ".env",
            sign_in="Sign in: openclaw mcp login famulor",
        ),
    )
}


def _nowhere(_machine: Machine) -> list[Place]:
    return []


GENERIC_CLIENT = Client("generic", "Your client", "json", COMMON, _nowhere, "")
"""The form that most clients read, for those that are not known here."""

HOSTED_ONLY = "chatgpt"
GENERIC = "generic"
NAMES = (*CLIENTS, HOSTED_ONLY, GENERIC)
