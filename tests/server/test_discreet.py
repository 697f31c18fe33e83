"""What may be a key is not repeated to whoever put it into the wrong place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from famulor_mcp import hosting
from famulor_mcp.cli import main
from famulor_mcp.discreet import discreet
from famulor_mcp.settings import READERS, SettingsError, read, variable

if TYPE_CHECKING:
    from pathlib import Path

KEYS = (
    "12|abcdefghijklmnop",
    "fam_0123456789abcdef",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    "3f2a9c1e-1b2c-4d5e-8f90-abcdef123456",
    "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx1234",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmn",
)
WORDS = (
    "/home/jörg/Müller 2026/policy-2026-11-23T014236Z.toml",
    r"C:\Users\ada\AppData\Local\Packages\Claude_pzs8sxrjxfjjc\LocalCache",
    "disable_assistant_inbound_webhook",
    "famulor_mcp-0.1.0-cp311-manylinux2014_x86_64.whl",
    "ec2-3-120-1-2.eu-central-1.compute.amazonaws.com:6379",
    "Make one: python -c 'import secrets; print(secrets.token_hex(32))'",
    "Linux-6.18.44-fc-v669-x86_64-with-glibc2.36",
    "+442079460101, 00442079460101",
)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("FAMULOR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "around", ["{}", "'{}'", "Bearer {}", "KEY={}", "https://x.example/{}?a={}", "a/{}/b"]
)
def test_a_key_is_hidden_wherever_it_stands(key: str, around: str) -> None:
    said = discreet(around.format(key, key))
    assert key not in said
    assert "it may be a key" in said


@pytest.mark.parametrize("text", WORDS)
def test_names_paths_and_numbers_stay_readable(text: str) -> None:
    assert discreet(text) == text


def test_an_address_keeps_its_host_and_loses_its_user() -> None:
    assert discreet("https://ada:s3cret-of-a-test@x.example/a").endswith("]@x.example/a")
    assert "s3cret" not in discreet("redis://:s3cret-of-a-test@x.example:6379/0")


@pytest.mark.parametrize(
    "user",
    [":head/tail", ":head@tail", "ada:head/mid@tail", "ada@head:tail", "1|headhead:tail", ":'tail"],
)
def test_a_password_is_hidden_to_its_end_whatever_signs_are_in_it(user: str) -> None:
    """They should be escaped, and who pastes a password does not know that."""
    said = discreet(f"not 'redis://{user}@x.example:6379/0'. Example: redis://y.example:6379/0")
    assert "head" not in said
    assert "tail" not in said
    assert said.endswith("]@x.example:6379/0'. Example: redis://y.example:6379/0")


def test_a_path_with_an_at_sign_stays_readable() -> None:
    assert discreet("https://x.example/@ada and b@x.example") == (
        "https://x.example/@ada and b@x.example"
    )


@pytest.mark.parametrize("key", KEYS)
def test_no_setting_repeats_a_key_that_was_pasted_into_it(key: str) -> None:
    for readers in (READERS, hosting.READERS):
        given = {variable(name): key for name in readers if name not in ("api_key", "mcp_secret")}
        _, faults = read(readers, {}, given)
        assert len(faults) > 5
        for fault in faults:
            assert key not in str(fault), str(fault)


PASTED = [
    ["{}"],
    ["--{}"],
    ["-{}"],
    ["tools", "{}"],
    ["tools", "--preset", "{}"],
    ["tools", "--toolsets", "{}"],
    ["tools", "--exclude={}"],
    ["tools", "--read-only={}"],
    ["tools", "--files", "{}"],
    ["doctor", "{}"],
    ["call", "{}"],
    ["call", "get_me", "{}", "--sandbox"],
    ["call", "get_me", "{}", "--json", "{{}}", "--sandbox"],
    ["call", "get_me", "--output", "{}"],
    ["install", "{}"],
    ["install", "cursor", "{}"],
    ["install", "cursor", "--scope", "{}"],
    ["install", "cursor", "--url", "{}"],
    ["install", "cursor", "--url", "https://ada:{}@x.example/"],
    ["uninstall", "{}"],
    ["completion", "{}"],
    ["policy", "check", "{}"],
    ["probe", "--with", "{}", "--sandbox"],
    ["sandbox", "--port", "{}"],
    ["http", "--host", "{}"],
    ["http", "--port", "{}"],
    ["http", "--public-url", "https://x.example/?key={}"],
    ["http", "--public-url", "https://ada:{}@x.example"],
    ["http", "--allowed-origin", "https://x.example/{}"],
]


@pytest.mark.parametrize("words", PASTED, ids=" ".join)
def test_no_command_repeats_a_key_that_was_typed_into_it(
    words: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for key in KEYS:
        assert main([word.format(key) for word in words]) == 2
        said = b"".join(capfdbinary.readouterr()).decode()
        assert key not in said
        assert said.startswith("famulor-mcp: ")


def test_every_error_of_a_setting_is_discreet_without_being_asked() -> None:
    assert KEYS[0] not in str(SettingsError(f"not {KEYS[0]!r}"))
