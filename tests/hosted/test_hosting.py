"""Choices that do not go together are refused before anything listens, with a way out."""

from __future__ import annotations

from typing import Any

import pytest

from famulor_mcp import settings
from famulor_mcp.hosting import Hosting, consistent, load
from famulor_mcp.settings import SettingsError

SECRET = "0123456789abcdef0123456789abcdef"
KEYED = {"api_key": "fam_0123456789abcdef"}
REDIS = {"store": "redis://127.0.0.1:6379/0"}


def refused(own: dict[str, Any], common: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        consistent(load(own, {}), settings.load(common, {}))
    return str(caught.value)


@pytest.mark.parametrize(
    ("own", "common", "words"),
    [
        ({"host": "0.0.0.0"}, {}, ["--public-url", "Example: --public-url https://"]),
        ({"host": "::"}, {}, ["--public-url"]),
        ({"host": "0.0.0.0", "auth": "key"}, {}, ["--allowed-host", "Example"]),
        ({"host": "0.0.0.0", "auth": "none"}, KEYED, ["--auth", "everyone", "127.0.0.1"]),
        ({"auth": "none"}, {}, ["FAMULOR_API_KEY", "not set"]),
        ({"auth": "none", "public_url": "https://a.example"}, KEYED, ["--public-url"]),
        ({"auth": "none", "allowed_host": "localhost,a.example:80"}, KEYED, ["--allowed-host"]),
        ({"workers": "2"}, {}, ["--store", "redis://"]),
        ({"workers": "2"}, REDIS, ["FAMULOR_MCP_SECRET", "token_hex"]),
        ({"workers": "2"}, {"sandbox": "true"}, ["--sandbox", "famulor-mcp sandbox"]),
        ({}, {"files": "."}, ["--files", "every user"]),
    ],
    ids=str,
)
def test_a_combination_that_is_unsafe_is_refused(
    own: dict[str, Any], common: dict[str, Any], words: list[str]
) -> None:
    message = refused(own, common)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("own", "common"),
    [
        ({}, {}),
        ({"host": "0.0.0.0", "public_url": "https://mcp.example.com"}, {}),
        ({"host": "0.0.0.0", "auth": "key", "allowed_host": "mcp.internal"}, {}),
        ({"auth": "none"}, KEYED),
        ({"auth": "none"}, {"sandbox": "true"}),
        ({"auth": "none", "allowed_host": "localhost:80,[::1]"}, {"sandbox": "true"}),
        ({"auth": "none"}, {**KEYED, "files": "."}),
        ({"workers": "2"}, {**REDIS, "mcp_secret": SECRET}),
    ],
    ids=str,
)
def test_what_is_safe_is_taken(own: dict[str, Any], common: dict[str, Any]) -> None:
    consistent(load(own, {}), settings.load(common, {}))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("public_url", "http://mcp.example.com", ["must be https", "mcp.example.com"]),
        ("public_url", "mcp.example.com", ["https://"]),
        ("public_url", "https://mcp.example.com/mcp", ["host and port"]),
        ("public_url", "https://u:p@mcp.example.com", ["https://"]),
        ("public_url", "https://exämple.com", ["xn--"]),
        ("public_url", "https://ex%61mple.com", ["ASCII"]),
        ("port", "70000", ["65535"]),
        ("port", "http", ["number"]),
        ("workers", "0", ["from 1"]),
        ("auth", "basic", ["oauth, key, none"]),
        ("log_format", "xml", ["text, json"]),
        ("allowed_host", "https://mcp.example.com", ["host names"]),
        ("allowed_host", "*", ["host names"]),
        ("allowed_origin", "*", ["https://"]),
        ("allowed_origin", "https://a.example/path", ["host and port"]),
        ("trusted_proxy", "nginx", ["10.0.0.0/8"]),
        ("grace", "-1", ["from 0"]),
        ("max_body", "1000", ["256"]),
        ("host", "http://x", ["0.0.0.0"]),
    ],
)
def test_a_wrong_choice_names_its_option_and_variable_the_rule_and_an_example(
    name: str, text: str, words: list[str]
) -> None:
    for options, environment in (({name: text}, {}), ({}, {f"FAMULOR_{name.upper()}": text})):
        with pytest.raises(SettingsError) as caught:
            load(options, environment)
        message = str(caught.value)
        label = f"--{name.replace('_', '-')} (FAMULOR_{name.upper()})"
        assert [word for word in [label, *words] if word not in message] == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("public_url", "https://MCP.example.com:443/", "https://mcp.example.com"),
        ("public_url", "http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        (
            "allowed_origin",
            "https://a.example, https://b.example:444",
            ("https://a.example", "https://b.example:444"),
        ),
        ("allowed_host", "MCP.internal,10.0.0.5:80", ("mcp.internal", "10.0.0.5:80")),
        ("host", "[::1]", "::1"),
        ("port", "0", 0),
    ],
)
def test_addresses_are_taken_as_browsers_write_them(name: str, text: str, value: Any) -> None:
    assert getattr(load({name: text}, {}), name) == value


def test_without_a_choice_only_this_machine_reaches_it() -> None:
    assert load({}, {}) == Hosting()
    assert Hosting().local


def test_a_slip_in_a_variable_of_the_server_is_told_by_every_command() -> None:
    with pytest.raises(SettingsError, match="FAMULOR_PUBLIC_URL"):
        settings.load({}, {"FAMULOR_PUBLICURL": "https://mcp.example.com"})
    assert settings.load({}, {"FAMULOR_PUBLIC_URL": "https://mcp.example.com"})
