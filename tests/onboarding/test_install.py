"""install and uninstall as their users see them: on real files, with the real command."""

from __future__ import annotations

import gc
import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from mcp import Client, StdioServerParameters

from famulor_mcp.cli import main
from famulor_mcp.onboarding import disk
from famulor_mcp.onboarding.clients import CLIENTS, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "fam_0123456789abcdef"
DESKTOP = ".config/Claude/claude_desktop_config.json"
FOLDERS = (".cursor", ".config/Code/User", ".config/Claude", ".continue", ".openclaw", "shop")
CURSOR = """{
  // of the team
  "mcpServers": {
    "x": { "command": "y" }, // mine
  },
}
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="places of Linux")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of somebody with an umlaut and a space in the name, and a project."""
    for name in list(os.environ):
        if name.startswith(("FAMULOR_", "XDG_", "CLAUDE_", "CLINE_", "CONTINUE_", "OPENCLAW_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "jürgen müller"
    for part in (
        ".cursor",
        ".config/Code/User",
        ".config/Claude",
        ".continue",
        ".openclaw",
        "shop",
    ):
        (folder / part).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder / "shop")
    yield folder
    gc.unfreeze()


class Said:
    """What a command printed, and its exit status."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status = status
        self.output = output
        self.errors = errors


@pytest.fixture
def ran(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(capfdbinary, monkeypatch)


class Runner:
    def __init__(
        self, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.capture = capture
        self.monkeypatch = monkeypatch

    def __call__(self, *words: str, key: str = "") -> Said:
        with self.monkeypatch.context() as patch:
            if key:
                patch.setenv("FAMULOR_API_KEY", key)
            status = main(words)
        output, errors = self.capture.readouterr()
        return Said(status, output.decode(), errors.decode())


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_installing_twice_is_installing_once_and_uninstalling_restores(
    home: Path, ran: Runner
) -> None:
    (home / ".cursor/mcp.json").write_text(CURSOR)
    before = files(home)

    first = ran("install", "cursor", "--no-check", "--read-only", key=TOKEN)
    installed = files(home)
    second = ran("install", "cursor", "--no-check", "--read-only", key=TOKEN)

    assert (first.status, second.status) == (0, 0)
    assert installed.keys() - before.keys() == {".cursor/mcp.json.before-famulor"}
    assert installed[".cursor/mcp.json.before-famulor"] == CURSOR.encode()
    assert files(home) == installed
    assert "nothing to change" in second.output
    assert "Restart Cursor" in first.output
    assert TOKEN.encode() in installed[".cursor/mcp.json"]
    assert TOKEN not in first.output + first.errors + second.output + second.errors

    assert ran("uninstall", "cursor").status == 0
    assert files(home) == before


def test_a_file_that_was_not_there_is_gone_again(home: Path, ran: Runner) -> None:
    before = files(home)
    for client in ("cursor", "vscode", "claude-desktop", "continue", "openclaw"):
        assert ran("install", client, "--no-check", key=TOKEN).status == 0
        assert ran("uninstall", client).status == 0
        assert files(home) == before


def test_edits_that_came_later_outlive_the_server(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    file.write_text(CURSOR)
    ran("install", "cursor", "--sandbox")
    file.write_text(file.read_text().replace('"x"', '"renamed"').replace("// of", "// by"))

    said = ran("uninstall", "cursor")

    assert file.read_text() == CURSOR.replace('"x"', '"renamed"').replace("// of", "// by")
    assert "mcp.json.before-famulor" in said.output


def test_other_options_change_the_entry_and_the_first_backup_stays(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    file.write_text(CURSOR)
    ran("install", "cursor", "--sandbox")
    ran("install", "cursor", "--no-check", "--preset", "calls", key=TOKEN)

    assert '"calls"' in file.read_text()
    assert "--sandbox" not in file.read_text()
    assert [path.name for path in disk.backups(file)] == ["mcp.json.before-famulor"]
    ran("uninstall", "cursor")
    assert file.read_text() == CURSOR


def test_whatever_was_installed_in_turn_goes_without_a_trace(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    for before in (CURSOR, '{ "mcpServers": { "x": { "command": "y" } } }', '{"mcpServers":{}}'):
        file.write_text(before)
        for words in (("--url", "https://mcp.example.com/mcp"), ("--sandbox",), ("--read-only",)):
            assert ran("install", "cursor", "--no-check", *words, key=TOKEN).status == 0
        assert "as it was before" in ran("uninstall", "cursor").output
        assert files(file.parent) == {"mcp.json": before.encode()}


def test_a_key_that_is_not_needed_any_more_does_not_stay(home: Path, ran: Runner) -> None:
    for client, folder in (("continue", ".continue"), ("openclaw", ".openclaw")):
        file = home / folder / ".env"
        file.write_text("MINE=1\n")
        ran("install", client, "--no-check", key=TOKEN)
        assert file.read_text() == f"MINE=1\nFAMULOR_API_KEY={TOKEN}\n"
        said = ran("install", client, "--sandbox")
        assert file.read_text() == "MINE=1\n"
        assert str(file) in said.output


def test_what_a_client_puts_beside_our_fields_stays(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    ran("install", "cursor", "--sandbox")
    written = json.loads(file.read_text())
    written["mcpServers"]["famulor"] |= {"disabled": False, "env": {"HTTPS_PROXY": "http://p:1"}}
    file.write_text(json.dumps(written))

    assert "nothing to change" in ran("install", "cursor", "--sandbox").output
    ran("install", "cursor", "--no-check", key=TOKEN)
    entry = json.loads(file.read_text())["mcpServers"]["famulor"]
    assert entry["disabled"] is False
    assert entry["env"] == {"HTTPS_PROXY": "http://p:1", "FAMULOR_API_KEY": TOKEN}
    assert entry["args"] == []


def test_half_a_surrogate_pair_beside_our_fields_stays(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    file.write_text('{"mcpServers": {"famulor": {"command": "x", "note": "\\ud800"}}}')
    assert ran("install", "cursor", "--no-check", key=TOKEN).status == 0
    assert json.loads(file.read_text())["mcpServers"]["famulor"]["note"] == "\ud800"


def test_an_empty_entry_is_taken_out_as_well(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    file.write_text('{"mcpServers": {"famulor": {}, "other": {"command": "x"}}}')
    assert "is out of" in ran("uninstall", "cursor").output
    assert json.loads(file.read_text()) == {"mcpServers": {"other": {"command": "x"}}}


def test_a_file_with_a_key_is_its_owners_alone(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    file.write_text(CURSOR)
    file.chmod(0o644)
    ran("install", "cursor", "--no-check", key=TOKEN)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ran("uninstall", "cursor")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    ran("install", "cursor", "--sandbox")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_print_changes_nothing_and_shows_no_key(home: Path, ran: Runner) -> None:
    (home / ".cursor/mcp.json").write_text(CURSOR.replace("y", "s3cret-of-a-test"))
    before = files(home)
    for client in ("cursor", "vscode", "continue", "openclaw", "claude-desktop"):
        for words in ((), ("--sandbox",), ("--url", "https://mcp.example.com/mcp")):
            said = ran("install", client, "--print", *words, key=TOKEN)
            assert said.status == 0
            assert "famulor" in said.output.lower()
            assert TOKEN not in said.output
            assert "s3cret-of-a-test" not in said.output
    assert "********" in ran("install", "cursor", "--print").output
    assert files(home) == before

    ran("install", "cursor", "--no-check", key=TOKEN)
    installed = files(home)
    assert "nothing to change" in ran("install", "cursor", "--print").output
    assert "would be done" in ran("uninstall", "cursor", "--print").output
    assert files(home) == installed


def test_the_key_that_is_there_is_kept_where_no_one_can_be_asked(home: Path, ran: Runner) -> None:
    file = home / ".cursor/mcp.json"
    ran("install", "cursor", "--no-check", key=TOKEN)
    assert ran("install", "cursor", "--no-check", "--read-only").status == 0
    entry = json.loads(file.read_text())["mcpServers"]["famulor"]
    assert (entry["args"], entry["env"]) == (["--read-only"], {"FAMULOR_API_KEY": TOKEN})


@pytest.mark.parametrize(
    ("client", "file", "text", "place"),
    [
        ("cursor", ".cursor/mcp.json", '{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"),
        (
            "claude-desktop",
            ".config/Claude/claude_desktop_config.json",
            "{\n// c\n}",
            "line 2, column 1",
        ),
        ("continue", ".continue/config.yaml", "a: [1\nb: 2\n", "line 2, column 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    home: Path, ran: Runner, client: str, file: str, text: str, place: str
) -> None:
    (home / file).write_text(text)
    before = files(home)
    for words in (("install", client, "--no-check"), ("uninstall", client)):
        said = ran(*words, key=TOKEN)
        assert said.status == 2
        assert str(home / file) in said.errors
        assert place in said.errors
    assert files(home) == before


def test_a_reference_that_was_written_by_hand_is_no_key(home: Path, ran: Runner) -> None:
    entry = {"command": "/x", "env": {"FAMULOR_API_KEY": "${env:FAMULOR_API_KEY}"}}
    (home / ".cursor/mcp.json").write_text(json.dumps({"mcpServers": {"famulor": entry}}))
    before = files(home)
    assert "FAMULOR_API_KEY" in ran("install", "cursor", "--no-check").errors
    assert files(home) == before


def test_a_file_of_other_bytes_is_refused(home: Path, ran: Runner) -> None:
    (home / ".cursor/mcp.json").write_bytes("{}".encode("utf-16"))
    said = ran("install", "cursor", "--sandbox")
    assert said.status == 2
    assert "not UTF-8" in said.errors


def test_a_mark_at_the_start_and_a_link_survive(home: Path, ran: Runner) -> None:
    real = home / "dotfiles.json"
    real.write_bytes(b"\xef\xbb\xbf{}\r\n")
    (home / ".cursor/mcp.json").symlink_to(real)
    ran("install", "cursor", "--sandbox")
    assert real.read_bytes().startswith(b"\xef\xbb\xbf{\r\n  ")
    assert (home / ".cursor/mcp.json").is_symlink()
    ran("uninstall", "cursor")
    assert real.read_bytes() == b"\xef\xbb\xbf{}\r\n"
    assert (home / ".cursor/mcp.json").is_symlink()


def test_a_client_that_is_not_there_is_named_with_ways_on(home: Path, ran: Runner) -> None:
    said = ran("install", "windsurf", "--sandbox")
    assert said.status == 2
    assert str(home / ".codeium/windsurf") in said.errors
    assert "--path" in said.errors
    assert ran("install", "windsurf", "--sandbox", "--force").status == 0
    assert (home / ".codeium/windsurf/mcp_config.json").exists()
    own = home / "elsewhere.json"
    assert ran("install", "windsurf", "--sandbox", "--path", str(own)).status == 0
    assert "famulor" in own.read_text()
    assert ran("uninstall", "windsurf", "--path", str(own)).status == 0
    assert not own.exists()


def test_what_is_to_be_added_by_hand_can_be_copied(home: Path, ran: Runner) -> None:
    (home / ".continue/config.yaml").write_text("{name: x, models: []}")
    said = ran("install", "continue", "--sandbox")
    assert said.status == 2
    assert "\n  - name: famulor\n" in said.errors
    assert "- --sandbox\nNothing was changed; mend the file and try again.\n" in said.errors


def test_an_older_file_is_not_put_out_of_use_by_ours(home: Path, ran: Runner) -> None:
    folder = home / ".continue"
    (folder / "config.json").write_text('{"models": [{"title": "mine"}]}')
    said = ran("install", "continue", "--sandbox")
    assert (said.status, files(folder)) == (
        2,
        {"config.json": (folder / "config.json").read_bytes()},
    )
    assert str(folder / "config.json") in said.errors
    assert ran("install", "continue", "--sandbox", "--force").status == 0
    (folder / "config.yaml").write_text("name: mine\n")
    assert ran("install", "continue", "--sandbox").status == 0


@pytest.mark.parametrize("client", [c for c in CLIENTS.values() if c.project], ids=lambda c: c.name)
def test_a_projects_file_holds_no_key_and_asks_for_none(
    home: Path, ran: Runner, client: object
) -> None:
    name = client.name  # type: ignore[attr-defined]
    said = ran("install", name, "--scope", "project", key=TOKEN)
    assert said.status == 0
    written = files(home / "shop")
    assert len(written) == 1
    assert not any(TOKEN.encode() in data for data in written.values())
    assert ran("uninstall", name, "--scope", "project").status == 0
    assert files(home / "shop") == {}


def test_a_client_without_projects_says_so(ran: Runner) -> None:
    said = ran("install", "claude-desktop", "--scope", "project", "--sandbox")
    assert (said.status, "--scope user" in said.errors) == (2, True)


def test_what_has_no_file_is_told_in_steps(ran: Runner) -> None:
    url = "https://mcp.example.com/mcp"
    assert url in ran("install", "chatgpt", "--url", url).output
    assert url in ran("install", "claude-desktop", "--url", url).output
    assert "--url" in ran("install", "chatgpt").errors
    assert ran("uninstall", "chatgpt").status == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("install",), "CLIENT"),
        (("install", "curser"), "Nearest: cursor"),
        (("install", "cursor"), "FAMULOR_API_KEY"),
        (("install", "cursor", "--url", "http://example.com/mcp"), "https://mcp.example.com/mcp"),
        (("install", "cursor", "--sandbox", "--preset", "nonsense"), "nonsense"),
        (("install", "cursor", "--sandbox", "--toolsets", "calls,nonsense"), "nonsense"),
        (("install", "cursor", "--url", "https://a.example", "--read-only"), "--read-only"),
        (("install", "cursor", "--policy", "none.toml", "--sandbox"), "--policy"),
    ],
)
def test_a_wrong_word_is_named(home: Path, ran: Runner, words: tuple[str, ...], named: str) -> None:
    before = files(home)
    said = ran(*words)
    assert said.status == 2
    assert named in said.errors
    assert files(home) == before


def test_every_client_is_in_the_help(ran: Runner) -> None:
    with pytest.raises(SystemExit):
        ran("install", "--help")
    output = " ".join(ran.capture.readouterr()[0].decode().split())
    assert all(name in output for name in NAMES)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("client", "file", "servers"),
    [
        ("generic", "", "mcpServers"),
        ("claude-desktop", ".config/Claude/claude_desktop_config.json", "mcpServers"),
        ("cursor", ".cursor/mcp.json", "mcpServers"),
        ("vscode", ".config/Code/User/mcp.json", "servers"),
    ],
)
async def test_the_command_that_is_written_starts_the_server(
    home: Path, ran: Runner, client: str, file: str, servers: str
) -> None:
    """As a client with windows does: without the PATH and the folder of a terminal."""
    said = ran("install", client, "--sandbox", "--preset", "calls", "--read-only")
    written = json.loads((home / file).read_text() if file else said.output)
    entry = written[servers]["famulor"]
    parameters = StdioServerParameters(
        command=entry["command"],
        args=entry["args"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), **entry.get("env", {})},
        cwd="/",
    )
    async with Client(parameters) as session:
        names = {tool.name for tool in (await session.list_tools()).tools}
    assert {"get_call", "list_calls"} <= names
    assert "make_call" not in names


def test_what_is_chosen_by_variables_reaches_a_client_that_does_not_see_them(
    home: Path, ran: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "rules.toml").write_text("[limits]\nper_minute = 1\n")
    monkeypatch.setenv("FAMULOR_READ_ONLY", "1")
    monkeypatch.setenv("FAMULOR_POLICY", "../rules.toml")
    monkeypatch.setenv("FAMULOR_TIMEOUT", "30")
    assert ran("install", "cursor", "--no-check", "--timeout", "10", key=TOKEN).status == 0
    entry = json.loads((home / ".cursor/mcp.json").read_text())["mcpServers"]["famulor"]
    policy = str(home / "shop" / "../rules.toml")
    assert entry["args"] == ["--timeout", "10", "--policy", policy, "--read-only"]


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_store_with_its_password_is_left_to_the_environment(
    by: str, home: Path, ran: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = "redis://:s3cret-of-a-test@127.0.0.1:9"
    monkeypatch.setenv("FAMULOR_MCP_SECRET", "s3cret-of-a-test" * 3)
    if by == "variable":
        monkeypatch.setenv("FAMULOR_STORE", store)
    words = ("--store", store) if by == "option" else ()
    for show in (("--print",), ()):
        said = ran("install", "cursor", "--no-check", *words, *show, key=TOKEN)
        assert said.status == 0
        assert "s3cret" not in said.output + said.errors
    assert "Set FAMULOR_STORE and FAMULOR_MCP_SECRET where the client" in said.output
    assert "s3cret" not in (home / ".cursor/mcp.json").read_text()


def test_a_path_that_no_configuration_file_can_hold_is_refused(home: Path, ran: Runner) -> None:
    folder = os.fsdecode(os.fsencode(home) + b"/b\xe4d")
    os.mkdir(folder)  # noqa: PTH102 - bytes of a name, not a path
    before = files(home)
    said = ran("install", "cursor", "--no-check", "--files", folder, key=TOKEN)
    assert (said.status, files(home)) == (2, before)
    assert "bytes that are no UTF-8" in said.errors


def test_a_folder_that_was_removed_is_told_of(home: Path, ran: Runner) -> None:
    (home / "shop").rmdir()
    said = ran("install", "cursor", "--no-check", key=TOKEN)
    assert said.status == 2
    assert "the folder that you are in was removed" in said.errors


def test_the_backup_of_a_linked_file_is_named_where_it_is(home: Path, ran: Runner) -> None:
    (home / "dotfiles").mkdir()
    (home / "dotfiles/mcp.json").write_text(CURSOR)
    (home / ".cursor/mcp.json").symlink_to("../dotfiles/mcp.json")
    said = ran("install", "cursor", "--no-check", key=TOKEN)
    assert f"kept as it was in {home}/dotfiles/mcp.json.before-famulor" in said.output


def test_words_that_are_too_many_are_named_alone(ran: Runner) -> None:
    said = ran("install", "cursor", "windsurf")
    assert said.errors.startswith("famulor-mcp: 'windsurf' is one word too many.\n")
