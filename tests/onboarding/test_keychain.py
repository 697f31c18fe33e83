"""The key in the keychain: put there by install, read by the server, out of every file."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeychain
from keyring.errors import KeyringLocked

from famulor_mcp import keychain
from famulor_mcp.cli import main
from famulor_mcp.settings import Secret, Settings, SettingsError
from famulor_mcp.start import own_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "fam_0123456789abcdef"
KEPT = Settings(keyring=True)


class Keychain(KeyringBackend):
    """A keychain in memory; keyring asks every backend for its rank."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(TOKEN)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def chain() -> Iterator[Keychain]:
    before, ours = keyring.get_keyring(), Keychain()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def test_the_server_reads_the_key_only_where_it_was_told_to(chain: Keychain) -> None:
    keychain.keep(Secret(TOKEN))
    assert own_key(KEPT) == TOKEN
    assert own_key(Settings()) is None
    assert own_key(Settings(keyring=True, api_key=Secret("other"))) == "other"
    assert keychain.forget()
    assert not keychain.forget()
    assert own_key(KEPT) is None
    assert chain.kept == {}


def test_install_puts_it_there_and_uninstall_takes_it_out(
    chain: Keychain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "mcp.json"
    words = ("cursor", "--keyring", "--path", str(file))
    monkeypatch.setenv("FAMULOR_API_KEY", TOKEN)
    assert main(("install", *words, "--print")) == 0
    assert "The key would be in the keychain." in capsys.readouterr().out
    assert chain.kept == {}
    assert main(("install", *words, "--no-check")) == 0
    monkeypatch.delenv("FAMULOR_API_KEY")

    entry = json.loads(file.read_text())["mcpServers"]["famulor"]
    assert entry["args"] == ["--keyring"]
    assert "env" not in entry
    assert list(chain.kept.values()) == [TOKEN]
    assert main(("install", *words, "--no-check")) == 0
    assert main(("uninstall", *words, "--print")) == 0
    assert "would be done: the key is out of the keychain." in capsys.readouterr().out
    assert list(chain.kept.values()) == [TOKEN]
    assert main(("uninstall", *words)) == 0
    assert (file.exists(), chain.kept) == (False, {})


def broken(_service: str, _username: str) -> str:
    """What a backend raises of its system's own, such as `pywintypes.error`."""
    raise LookupError(TOKEN)


def test_no_keychain_a_locked_one_and_no_library_are_told_apart(
    chain: Keychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.locked = True
    with pytest.raises(SettingsError, match="did not answer") as caught:
        own_key(KEPT)
    assert TOKEN not in str(caught.value)
    monkeypatch.setattr(chain, "get_password", broken)
    with pytest.raises(SettingsError, match=r"did not answer \(LookupError\)") as caught:
        own_key(KEPT)
    assert TOKEN not in str(caught.value)
    keyring.set_keyring(NoKeychain())  # type: ignore[no-untyped-call]
    with pytest.raises(SettingsError, match="no keychain can be used"):
        own_key(KEPT)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError, match=r"famulor-mcp\[keyring\]"):
        own_key(KEPT)
