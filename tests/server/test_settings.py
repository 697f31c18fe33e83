"""Settings come from options and variables alone, and a wrong one says how to put it right."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from famulor_mcp.settings import Secret, Settings, SettingsError, load
from famulor_mcp.start import rooted

if TYPE_CHECKING:
    from pathlib import Path

KEY = "fam_0123456789abcdef"


def refused(options: dict[str, Any], environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(options, environment)
    return str(caught.value)


def test_nothing_chosen_gives_the_defaults() -> None:
    assert load({}, {}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("base_url", "https://example.com/sub/", "https://example.com/sub"),
        ("base_url", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("base_url", "http://[::1]:8080/", "http://[::1]:8080"),
        ("timeout", "2.5", 2.5),
        ("toolsets", "calls, sms,,calls", ("calls", "sms")),
        ("tools", "a", ("a",)),
        ("exclude", "a,b", ("a", "b")),
        ("read_only", "TRUE", True),
        ("read_only", "off", False),
        ("sandbox", "1", True),
        ("log_level", "DEBUG", "debug"),
        ("confirm", "Always", "always"),
        ("repeat_window", "0", 0.0),
        ("dry_run", "yes", True),
        ("audit_full", "1", True),
    ],
)
def test_an_option_and_its_variable_mean_the_same(name: str, text: str, value: Any) -> None:
    assert getattr(load({name: text}, {}), name) == value
    assert getattr(load({}, {f"FAMULOR_{name.upper()}": text}), name) == value


def test_an_option_wins_over_its_variable() -> None:
    assert load({"timeout": "3"}, {"FAMULOR_TIMEOUT": "nonsense"}).timeout == 3


def test_an_empty_variable_is_no_choice() -> None:
    """Clients pass every variable of a form, filled in or not."""
    empty = {f"FAMULOR_{field.upper()}": " " for field in Settings.__dataclass_fields__}
    assert load({}, empty) == Settings()


def test_a_placeholder_that_the_client_did_not_fill_is_no_key() -> None:
    assert load({}, {"FAMULOR_API_KEY": "${user_config.api_key}"}).api_key is None


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("timeout", "soon", ["--timeout (FAMULOR_TIMEOUT)", "'soon'", "45", "Example: 20"]),
        ("timeout", "0", ["above 0"]),
        ("timeout", "nan", ["above 0"]),
        ("timeout", "46", ["at most 45"]),
        ("base_url", "app.famulor.de", ["--base-url (FAMULOR_BASE_URL)", "https://", "Example"]),
        ("base_url", "https://[::1", ["--base-url (FAMULOR_BASE_URL)", "not a URL", "Example"]),
        ("base_url", "http://example.com", ["https", "API key", "example.com"]),
        ("base_url", "http://localhost.example.com", ["https"]),
        ("base_url", "https://example.com:http", ["port"]),
        ("base_url", "https://u:p@example.com", ["user name"]),
        ("base_url", "ftp://u:p@example.com", ["user name"]),
        ("base_url", "u:p@example.com", ["user name"]),
        ("base_url", "https://example.com/?a=1", ["?"]),
        ("base_url", "ftp://example.com", ["https://"]),
        ("read_only", "maybe", ["--read-only (FAMULOR_READ_ONLY)", "true or false", "'maybe'"]),
        ("log_level", "loud", ["debug, info, warning, error"]),
        ("files", "/does/not/exist", ["--files (FAMULOR_FILES)", "existing folder"]),
        ("toolsets", ",", ["--toolsets (FAMULOR_TOOLSETS)", "Example: calls,sms"]),
        ("confirm", "ask", ["--confirm (FAMULOR_CONFIRM)", "auto, always, never", "'ask'"]),
        ("repeat_window", "-1", ["--repeat-window (FAMULOR_REPEAT_WINDOW)", "0 (off)"]),
        ("repeat_window", "nan", ["86400"]),
        ("files", "~no-such-user/x", ["--files (FAMULOR_FILES)", "home folder", "Example"]),
        ("policy", "~no-such-user/x", ["home folder"]),
        ("audit", "~no-such-user/x", ["home folder"]),
        ("files", f"/{'x' * 300}", ["existing folder"]),
        ("policy", f"/{'x' * 300}", ["existing file"]),
        ("audit", f"/{'x' * 300}/x", ["existing folder"]),
        ("max_result", "0000200009999", ["from 1000 to 500000", "Example"]),
        ("base_url", "https://app.famulor\x01.de", ["not a URL", "Example"]),
        ("base_url", "https://app famulor.de", ["not a URL", "Example"]),
        ("policy", "/does/not/exist", ["--policy (FAMULOR_POLICY)", "existing file"]),
        ("audit", "/does/not/exist", ["--audit (FAMULOR_AUDIT)", "existing folder"]),
        ("mcp_secret", "short", ["FAMULOR_MCP_SECRET", "32 characters", "secrets.token_hex"]),
    ],
)
def test_an_error_names_the_setting_the_rule_and_an_example(
    name: str, text: str, parts: list[str]
) -> None:
    for message in (refused({name: text}, {}), refused({}, {f"FAMULOR_{name.upper()}": text})):
        for part in parts:
            assert part in message


def test_a_password_in_the_address_is_not_repeated() -> None:
    for host in ("example.com", "[::1"):
        assert "hunter2" not in refused({"base_url": f"https://me:hunter2@{host}"}, {})


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("FAMULOR_READONLY", "FAMULOR_READ_ONLY"), ("FAMULOR_TOOLSET", "FAMULOR_TOOLSETS")],
)
def test_a_variable_that_is_nearly_a_setting_is_refused(slip: str, meant: str) -> None:
    """Ignored, it would leave a server open that its operator believes to be read-only."""
    message = refused({}, {slip: "true"})
    assert slip in message
    assert meant in message


def test_a_variable_of_another_program_is_left_alone() -> None:
    assert load({}, {"FAMULOR_WEBHOOK_SECRET": "x", "READ_ONLY": "x"}) == Settings()


def test_the_folder_for_files_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({"files": "."}, {}).files == tmp_path.resolve()


def test_several_secrets_may_stand_side_by_side_and_are_not_shown() -> None:
    first, second = "a" * 32, "b" * 40
    found = load({}, {"FAMULOR_MCP_SECRET": f"{first},{second} {first}"})
    assert [secret.reveal() for secret in found.mcp_secret] == [first, second]
    assert first not in repr(found)
    assert load({}, {"FAMULOR_MCP_SECRET": "${user_config.secret}"}).mcp_secret == ()
    assert first not in refused({}, {"FAMULOR_MCP_SECRET": f"{first},short"})


def test_the_key_shows_itself_only_when_asked() -> None:
    settings = load({}, {"FAMULOR_API_KEY": f" {KEY}\n"})
    assert settings.api_key is not None
    assert settings.api_key.reveal() == KEY
    for text in (repr(settings), str(settings.api_key), f"{settings.api_key!r}"):
        assert KEY not in text
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(Secret(KEY))


@pytest.mark.parametrize(
    ("url", "paths", "kept"),
    [
        ("https://h.example/api", ["/api/a/b", "/api/c"], "https://h.example"),
        ("https://h.example/x/api", ["/api/a/b", "/api/c"], "https://h.example/x"),
        ("https://h.example/v1/x", ["/v1/x/a", "/v1/x/b/c"], "https://h.example"),
        ("https://h.example/myapi", ["/api/a"], "https://h.example/myapi"),
        ("https://h.example/api", ["/api/a", "/b"], "https://h.example/api"),
        ("https://h.example", ["/api/a"], "https://h.example"),
        ("https://api", ["/api/a"], "https://api"),
        ("https://h.example/", ["/a", "/b"], "https://h.example/"),
    ],
)
def test_an_address_may_end_with_what_every_path_begins_with(
    url: str, paths: list[str], kept: str
) -> None:
    assert rooted(url, paths) == kept


@pytest.mark.parametrize("url", ["https://u:{0}@a.example", "ftp://u:{0}@a", "u:{0}@a", "//u:{0}@"])
@pytest.mark.parametrize("port", ["", ":none"])
def test_a_password_in_an_address_is_not_said_again(url: str, port: str) -> None:
    assert "hunter2" not in refused({"base_url": url.format("hunter2") + port}, {})
