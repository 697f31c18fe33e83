"""Each client on each platform: which file, and what is in it afterwards, to the byte.

UPDATE_CASES=1 writes what is expected; the samples are configurations as their users have them.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.onboarding.machines import PLATFORMS, machine

from famulor_mcp.onboarding.clients import CLIENTS, KEY, Client
from famulor_mcp.onboarding.document import Entry, read
from famulor_mcp.onboarding.launcher import Running, command
from famulor_mcp.onboarding.places import candidates, place
from famulor_mcp.onboarding.plan import done, local, present, remote, undone

if TYPE_CHECKING:
    from famulor_mcp.onboarding.machine import Machine, Platform

CASES = Path(__file__).with_name("cases")
TOKEN = "fam_0123456789abcdef"
URL = "https://mcp.example.com/mcp"
STORAGE = "User/globalStorage/saoudrizwan.claude-dev"
CLINE = f"Code/{STORAGE}/settings/cline_mcp_settings.json"
LINUX, MACOS, WINDOWS = "/home/jürgen müller", "/Users/Jürgen Müller", "C:/Users/Jürgen Müller"
SUPPORT = f"{MACOS}/Library/Application Support"
ROAMING = f"{WINDOWS}/AppData/Roaming"
FILES = {
    "claude-desktop": (
        f"{LINUX}/.config/Claude/claude_desktop_config.json",
        f"{SUPPORT}/Claude/claude_desktop_config.json",
        f"{ROAMING}/Claude/claude_desktop_config.json",
    ),
    "claude-code": tuple(f"{home}/.claude.json" for home in (LINUX, MACOS, WINDOWS)),
    "cursor": tuple(f"{home}/.cursor/mcp.json" for home in (LINUX, MACOS, WINDOWS)),
    "vscode": (
        f"{LINUX}/.config/Code/User/mcp.json",
        f"{SUPPORT}/Code/User/mcp.json",
        f"{ROAMING}/Code/User/mcp.json",
    ),
    "windsurf": tuple(
        f"{home}/.codeium/windsurf/mcp_config.json" for home in (LINUX, MACOS, WINDOWS)
    ),
    "devin": (
        f"{LINUX}/.config/devin/mcp_config.json",
        f"{MACOS}/.config/devin/mcp_config.json",
        f"{ROAMING}/devin/mcp_config.json",
    ),
    "cline": (f"{LINUX}/.config/{CLINE}", f"{SUPPORT}/{CLINE}", f"{ROAMING}/{CLINE}"),
    "continue": tuple(f"{home}/.continue/config.yaml" for home in (LINUX, MACOS, WINDOWS)),
    "zed": (
        f"{LINUX}/.config/zed/settings.json",
        f"{MACOS}/.config/zed/settings.json",
        f"{ROAMING}/Zed/settings.json",
    ),
    "openclaw": tuple(f"{home}/.openclaw/openclaw.json" for home in (LINUX, MACOS, WINDOWS)),
}
EACH = [(CLIENTS[name], platform) for name in FILES for platform in PLATFORMS]
IDS = [f"{client.name}-{platform}" for client, platform in EACH]


def where(client: Client, platform: Platform) -> str:
    return FILES[client.name][PLATFORMS.index(platform)]


def on(platform: Platform, *there: str) -> tuple[Machine, Running]:
    """A machine with the command installed in a folder with a space in its name."""
    paths = {
        "linux": "/opt/my tools/bin/famulor-mcp",
        "macos": "/Users/Jürgen Müller/.local/bin/famulor-mcp",
        "windows": r"C:\Program Files\Python 3.13\Scripts\famulor-mcp.exe",
    }
    found = machine(platform, *there, paths[platform])
    script = found.path(paths[platform])
    return found, Running(script.with_name("python"), script.parent, (script,), lambda _name: None)


def sample(client: Client, platform: Platform) -> bytes:
    """The client's configuration; Windows' with the line ends that Windows' editors write."""
    data = next(CASES.glob(f"{client.name}.[jy]*")).read_bytes()
    return data.replace(b"\n", b"\r\n") if platform == "windows" else data


def test_every_client_that_has_a_file_is_here() -> None:
    assert set(FILES) == set(CLIENTS)


@pytest.mark.parametrize(("client", "platform"), EACH, ids=IDS)
def test_the_file_of_a_client_is_found_by_its_folder(client: Client, platform: Platform) -> None:
    expected = where(client, platform)
    there = expected.removesuffix("/settings/cline_mcp_settings.json")
    found = place(client, machine(platform, there), "user")
    assert found.as_posix() == expected
    assert found in candidates(client, machine(platform))


@pytest.mark.parametrize(("client", "platform"), EACH, ids=IDS)
def test_a_configuration_has_the_server_and_all_it_had(client: Client, platform: Platform) -> None:
    found, how = on(platform)
    file = found.path(where(client, platform))
    words = (*command(found, how, keyring=False), "--read-only", "--policy", "/srv/regeln.toml")
    before = sample(client, platform)

    (sheet,) = local(client, file, words, client.keeping("user"), TOKEN)
    after = done(before, sheet.entries)

    golden = CASES / "expected" / f"{client.name}.{platform}{file.suffix}"
    if os.environ.get("UPDATE_CASES"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(after.replace(b"\r\n", b"\n"))
    expected = golden.read_bytes()
    assert after == (expected.replace(b"\n", b"\r\n") if platform == "windows" else expected)
    assert done(after, sheet.entries) == after
    bare = [replace(entry, value=None) for entry in sheet.entries]
    restored = undone(after, bare, [before])
    assert restored is not None
    assert (restored.data, restored.backup) == (before, 0)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_without_a_backup_the_entry_goes_and_all_else_stays(client: Client) -> None:
    found, how = on("linux")
    file = found.path(where(client, "linux"))
    before = sample(client, "linux")
    words = command(found, how, keyring=False)
    (sheet,) = local(client, file, words, client.keeping("user"), "k")

    left = undone(done(before, sheet.entries), sheet.entries, [])

    assert left is not None
    assert left.data == before


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_a_file_that_an_installation_made_is_removed_again(client: Client) -> None:
    linux = machine("linux")
    file = linux.path(where(client, "linux"))
    words = ("/opt/famulor-mcp",)
    variables = client.variables(linux)
    for sheet in local(client, file, words, client.keeping("user"), TOKEN, variables):
        left = undone(done(b"", sheet.entries), sheet.entries, [])
        assert left is not None
        assert left.data is None


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_a_key_stands_only_where_the_client_keeps_it(client: Client) -> None:
    linux = machine("linux")
    file = linux.path(where(client, "linux"))
    words = ("/opt/famulor-mcp",)
    with_key = {"literal": file.name, "dotenv": ".env"}.get(client.keeping("user"))
    sheets = local(client, file, words, client.keeping("user"), TOKEN, client.variables(linux))
    assert [s.file.name for s in sheets if TOKEN.encode() in done(b"", s.entries)] == (
        [with_key] if with_key else []
    )
    if client.project:
        shared = local(client, file, ("/opt/famulor-mcp",), client.keeping("project"), "")
        assert KEY.encode() in done(b"", shared[0].entries)


@pytest.mark.parametrize("client", [c for c in CLIENTS.values() if c.address], ids=lambda c: c.name)
def test_a_hosted_server_is_an_address_and_no_key(client: Client) -> None:
    file = machine("linux").path(where(client, "linux"))
    (sheet,) = remote(client, file, URL)
    written = done(sample(client, "linux"), sheet.entries)
    entry = read(written, Entry(client.syntax, client.servers))
    assert entry[client.address] == URL
    assert not {"command", "env", "headers"} & set(entry)
    again = undone(written, present(client, file, entry)[-1].entries, [sample(client, "linux")])
    assert again is not None
    assert again.data == sample(client, "linux")


def test_the_packaged_claude_of_windows_is_found_where_it_reads() -> None:
    packages = "C:/Users/Jürgen Müller/AppData/Local/Packages"
    inner = f"{packages}/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json"
    classic = where(CLIENTS["claude-desktop"], "windows")
    package = f"{packages}/Claude_pzs8sxrjxfjjc"

    def found(*there: str) -> str:
        return place(CLIENTS["claude-desktop"], machine("windows", *there), "user").as_posix()

    assert found(inner, classic) == inner
    assert found(package, classic) == classic
    assert found(package) == inner
    assert found(classic.rpartition("/")[0], f"{packages}/Other_1") == classic


def test_variables_of_the_clients_lead_to_their_files() -> None:
    for name, variables, expected in (
        ("claude-code", {"CLAUDE_CONFIG_DIR": "/etc/cc"}, "/etc/cc/.claude.json"),
        ("cline", {"CLINE_MCP_SETTINGS_PATH": "/etc/cline/x.json"}, "/etc/cline/x.json"),
        ("zed", {"XDG_CONFIG_HOME": "/etc/xdg"}, "/etc/xdg/zed/settings.json"),
        ("openclaw", {"OPENCLAW_CONFIG_PATH": "/etc/oc/c.json"}, "/etc/oc/c.json"),
        ("continue", {"CONTINUE_GLOBAL_DIR": "/etc/co"}, "/etc/co/config.yaml"),
        ("openclaw", {"OPENCLAW_STATE_DIR": "/etc/oc"}, "/etc/oc/openclaw.json"),
    ):
        there = machine("linux", expected, **variables)
        assert place(CLIENTS[name], there, "user").as_posix() == expected


def test_the_file_of_variables_is_where_its_client_looks_for_it() -> None:
    found = machine("linux", OPENCLAW_CONFIG_PATH="/etc/oc/c.json", CONTINUE_GLOBAL_DIR="/etc/co")
    files = {name: client.variables(found) for name, client in CLIENTS.items()}
    assert {name: str(file) for name, file in files.items() if file} == {
        "continue": "/etc/co/.env",
        "openclaw": f"{LINUX}/.openclaw/.env",
    }


def test_a_variable_with_a_relative_path_is_not_followed() -> None:
    relative = machine("linux", "/home/jürgen müller/.config/zed/x", XDG_CONFIG_HOME="config")
    assert place(CLIENTS["zed"], relative, "user").is_absolute()
