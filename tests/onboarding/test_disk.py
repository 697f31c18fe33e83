"""A configuration file is written whole or not at all, and never over another's change."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from famulor_mcp.onboarding import apply, disk
from famulor_mcp.onboarding.clients import CLIENTS
from famulor_mcp.onboarding.plan import local
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "another program has it open")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        disk.write(file, b"new", b"old", private=False)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"mcp.json": b"old"}


@pytest.mark.parametrize("meanwhile", [b"theirs", None])
def test_what_another_program_wrote_meanwhile_is_not_overwritten(
    tmp_path: Path, meanwhile: bytes | None
) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(b"{}")
    (sheet,) = local(CLIENTS["cursor"], file, ("/x",), None, "")
    (step,) = apply.steps([sheet])
    if meanwhile is None:
        file.unlink()
    else:
        file.write_bytes(meanwhile)

    with pytest.raises(SettingsError, match="changed by another program"):
        apply.write(step, private=False)
    assert disk.contents(file) == meanwhile
    assert list(disk.backups(file)) == []


def test_no_backup_is_ever_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(b"1")
    names = [disk.back_up(file, bytes([number])).name for number in range(3)]
    assert names == [f"mcp.json.before-famulor{end}" for end in ("", "-2", "-3")]
    assert [path.read_bytes() for path in disk.backups(file)] == [b"\0", b"\1", b"\2"]


def test_a_backup_is_made_only_of_what_would_be_lost(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    cursor = CLIENTS["cursor"]

    def install(*words: str) -> Path | None:
        (step,) = apply.steps(local(cursor, file, ("/x", *words), None, ""))
        return apply.write(step, private=False)

    assert install() is None
    assert install("--read-only") is None
    file.write_bytes(file.read_bytes().replace(b"{\n", b'{\n  "mine": 1,\n', 1))
    assert install("--dry-run") is not None
    assert install("--read-only") is not None
    assert len(list(disk.backups(file))) == 2


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_new_file_is_private_with_a_key_and_follows_the_umask_without(tmp_path: Path) -> None:
    disk.write(tmp_path / "a" / "key.json", b"", None, private=True)
    disk.write(tmp_path / "b" / "open.json", b"", None, private=False)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a" / "key.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "b" / "open.json").stat().st_mode) == 0o666 & ~umask


def test_a_write_protected_file_is_respected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, whom no protection stops."""
    file = tmp_path / "mcp.json"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (file, os.W_OK))
    with pytest.raises(PermissionError, match="write-protected"):
        disk.write(file, b"new", b"old", private=False)
    assert file.read_bytes() == b"old"


def test_nothing_needs_a_module_that_only_posix_has() -> None:
    code = (
        "import sys\n"
        "for name in ('fcntl', 'grp', 'pty', 'pwd', 'resource', 'termios', 'tty'):\n"
        "    sys.modules[name] = None\n"
        "import famulor_mcp.onboarding.install, famulor_mcp.onboarding.uninstall\n"
        "import famulor_mcp.onboarding.found, famulor_mcp.keychain\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_commands_load_nothing_of_it() -> None:
    code = (
        "import sys; from famulor_mcp.cli import main; main(['tools'])\n"
        "ours = ('famulor_mcp.onboarding', 'famulor_mcp.keychain', 'ruamel', 'keyring')\n"
        "sys.exit([name for name in sys.modules if name.startswith(ours)] or 0)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("kind", ["folder", "loop"])
def test_what_is_no_file_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "mcp.json"
    if kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(file)
    with pytest.raises(SettingsError, match=re.escape(str(file))):
        apply.steps(local(CLIENTS["cursor"], file, ("/x",), None, ""))


def test_a_pipe_or_a_device_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no ordinary file"):
        disk.contents(tmp_path / "pipe")


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError) as told:
        disk.write(tmp_path / "file" / "x.json", b"", None, private=False)
    assert told.value.filename == str(tmp_path / "file")
