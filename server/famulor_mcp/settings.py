"""What the operator chose, as a function of command-line options and environment variables.

An option wins over its variable. Every error names both, the rule, and an example.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from famulor_mcp.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from famulor_mcp.guard.confirm import Mode

Readers: TypeAlias = "Mapping[str, Callable[[str, Any], Any]]"

PREFIX = "FAMULOR_"
LONGEST_TIMEOUT = 45.0
"""Seconds. Clients give up on a call after 60, and the gateway answers before that."""

SMALLEST, LARGEST = 1_000, 500_000
"""Tokens of a result."""
OUTPUTS = ("off", "short", "full")
LONGEST_WINDOW = 86_400.0
"""Seconds."""

SHORTEST_SECRET = 32
ONLY_VARIABLES = ("api_key", "mcp_secret")
"""Secrets: every user of a machine can see its command lines."""

STORES = ("redis", "rediss", "unix")
LEVELS = ("debug", "info", "warning", "error")
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
NEAR = 0.8
"""How alike a variable's name must be to a known one to be taken for a slip of the pen."""


class SettingsError(ValueError):
    """A choice that cannot be followed, in words for the operator and without what may be a key."""

    def __init__(self, words: str) -> None:
        from famulor_mcp.discreet import discreet

        super().__init__(discreet(words))


class Secret:
    """A string that shows itself only when asked."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not copied to anywhere")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may choose. An empty list of names means "no choice made"."""

    api_key: Secret | None = None
    base_url: str = ""
    timeout: float = 20.0
    preset: str = ""
    toolsets: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    read_only: bool = False
    aliases: bool = False
    dynamic: bool = False
    sandbox: bool = False
    keyring: bool = False
    files: Path | None = None
    max_result: int = 20_000
    output_schemas: str = "short"
    log_level: str = "warning"
    confirm: Mode = "auto"
    repeat_window: float = 60.0
    policy: Path | None = None
    dry_run: bool = False
    audit: Path | None = None
    audit_full: bool = False
    mcp_secret: tuple[Secret, ...] = ()
    store: Secret | None = None


def load(options: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings. `options` holds what stands on the command line, by field name.

    Raises:
        SettingsError: a value breaks its rule, or a variable's name is nearly a known one.
    """
    settings, faults = survey(options, environment)
    if faults:
        raise faults[0]
    return settings


def survey(
    options: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[Settings, list[SettingsError]]:
    """The settings as far as they can be read, and all that is wrong with the others."""
    chosen, faults = read(READERS, options, environment)
    try:
        _refuse_slips(environment)
    except SettingsError as error:
        faults.insert(0, error)
    return Settings(**chosen), faults


def read(
    readers: Readers, options: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[dict[str, Any], list[SettingsError]]:
    """What was chosen, by name of the setting, and all that is wrong with it."""
    chosen: dict[str, Any] = {}
    faults = []
    for name, reader in readers.items():
        raw = options.get(name, environment.get(variable(name)))
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        try:
            chosen[name] = reader(label(name), raw.strip() if isinstance(raw, str) else raw)
        except SettingsError as error:
            faults.append(error)
    return chosen, faults


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def label(name: str) -> str:
    """How a setting is called where people read it: its option and its variable."""
    if name in ONLY_VARIABLES:
        return variable(name)
    return f"--{name.replace('_', '-')} ({variable(name)})"


def _refuse_slips(environment: Mapping[str, str]) -> None:
    """A choice that nobody reads is worse than none: FAMULOR_READONLY would protect nothing."""
    known = [field.name.upper() for field in fields(Settings)]
    unknown = [name for name in sorted(environment) if name.startswith(PREFIX)]
    unknown = [name for name in unknown if name.removeprefix(PREFIX) not in known]
    if unknown:
        from famulor_mcp.hosting import READERS as HOSTING

        known += [name.upper() for name in HOSTING]
    for name in unknown:
        rest = name.removeprefix(PREFIX)
        if rest in known:
            continue
        if close := get_close_matches(rest, known, n=1, cutoff=NEAR):
            raise SettingsError(f"{name} is not a setting. Did you mean {PREFIX}{close[0]}?")


def _key(_label: str, raw: str) -> Secret | None:
    """A client's unfilled `${…}` is no key; whether a key is a good one is for the API to say."""
    return None if PLACEHOLDER.fullmatch(raw) else Secret(raw)


def _url(label: str, raw: str) -> str:
    example = "Example: https://app.famulor.de"
    try:
        parts = urlsplit(raw)
    except ValueError:
        parts = None
    if parts is None or " " in raw or not raw.isprintable():
        raise SettingsError(f"{label} is not a URL. {example}")
    try:
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise SettingsError(f"{label} holds a port that is none. {example}") from None
    if "@" in (parts.netloc if host else raw):
        raise SettingsError(f"{label} must not hold a user name or password. {example}")
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError(
            f"{label} must be a URL with https:// and a host, not {raw!r}. {example}"
        )
    if parts.query or parts.fragment:
        raise SettingsError(f"{label} must end with its path, without ? or #. {example}")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"{label} must be https: the API key would be readable on its way to {host}. {example}"
        )
    return raw.rstrip("/")


def _seconds(label: str, raw: str) -> float:
    try:
        seconds = float(raw)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_TIMEOUT:
        raise SettingsError(
            f"{label} must be a number of seconds above 0 and at most {LONGEST_TIMEOUT:g}, "
            f"not {raw!r}. Example: 20"
        )
    return seconds


def _name(_label: str, raw: str) -> str:
    return raw


def _tokens(label: str, raw: str) -> int:
    if not (whole(raw) and SMALLEST <= int(raw) <= LARGEST):
        raise SettingsError(
            f"{label} must be a number of tokens from {SMALLEST} to {LARGEST}, not {raw!r}. "
            "Example: 10000"
        )
    return int(raw)


def whole(raw: str) -> bool:
    """Whether these are the digits of a number, of a length that a person writes."""
    return raw.isascii() and raw.isdigit() and len(raw) < 10


def _outputs(label: str, raw: str) -> str:
    if raw.lower() not in OUTPUTS:
        raise SettingsError(f"{label} must be one of {', '.join(OUTPUTS)}, not {raw!r}.")
    return raw.lower()


def _names(label: str, raw: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in raw.split(",") if part.strip()))
    if not names:
        raise SettingsError(f"{label} must be names with commas between them. Example: calls,sms")
    return names


def flag(label: str, raw: str | bool) -> bool:
    if isinstance(raw, bool):
        return raw
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if raw.lower() not in words:
        raise SettingsError(f"{label} must be true or false, not {raw!r}. Example: true")
    return words[raw.lower()]


def path_of(label: str, raw: str) -> Path:
    """A path as people write it. Raises `SettingsError` for the home of somebody unknown."""
    try:
        return Path(raw).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"{label} names a home folder that is not known: {raw!r}. Example: ~/documents"
        ) from None


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - Path's raises for one that is closed or too long


def _folder(label: str, raw: str) -> Path:
    folder = path_of(label, raw)
    if not _is_folder(folder):
        raise SettingsError(
            f"{label} must be an existing folder, not {raw!r}. Example: ~/documents"
        )
    return folder.resolve()


def _file(label: str, raw: str) -> Path:
    path = path_of(label, raw)
    if not os.path.isfile(path):  # noqa: PTH113 - as `_is_folder`
        raise SettingsError(f"{label} must be an existing file, not {raw!r}. Example: policy.toml")
    return path


def _writable(label: str, raw: str) -> Path:
    path = path_of(label, raw)
    if _is_folder(path) or not _is_folder(path.parent):
        raise SettingsError(
            f"{label} must be a file in an existing folder, not {raw!r}. Example: audit.jsonl"
        )
    return path


def _mode(label: str, raw: str) -> str:
    from famulor_mcp.guard.confirm import MODES

    if raw.lower() not in MODES:
        raise SettingsError(
            f"{label} must be one of {', '.join(MODES)}, not {raw!r}. Example: auto"
        )
    return raw.lower()


def _window(label: str, raw: str) -> float:
    try:
        seconds = float(raw)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_WINDOW:
        raise SettingsError(
            f"{label} must be a number of seconds from 0 (off) to {LONGEST_WINDOW:g}, not {raw!r}. "
            "Example: 60"
        )
    return seconds


def _secrets(label: str, raw: str) -> tuple[Secret, ...]:
    if PLACEHOLDER.fullmatch(raw):
        return ()
    words = list(dict.fromkeys(raw.replace(",", " ").split()))
    if any(len(word) < SHORTEST_SECRET for word in words):
        raise SettingsError(
            f"{label} must be secrets of at least {SHORTEST_SECRET} characters, commas between "
            "them. Make one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return tuple(map(Secret, words))


def _store(label: str, raw: str) -> Secret | None:
    """The address of a Redis. It may hold a password, so no error shows it."""
    if PLACEHOLDER.fullmatch(raw):
        return None
    example = "Example: redis://localhost:6379/0"
    try:
        parts = urlsplit(raw)
        whole = parts.path if parts.scheme == "unix" else parts.hostname
        _port = parts.port
    except ValueError:
        raise SettingsError(f"{label} is not a URL. {example}") from None
    if parts.scheme not in STORES or not whole:
        raise SettingsError(
            f"{label} must be the URL of a Redis, beginning with redis://, rediss:// (with TLS) or "
            f"unix:///. {example}"
        )
    if parts.path.strip("/") and parts.scheme != "unix" and not parts.path.strip("/").isdigit():
        raise SettingsError(f"{label} must end with the number of a database, or none. {example}")
    others = {name for name in parse_qs(parts.query) if not name.startswith("ssl_")} - {"db"}
    if others or parts.fragment:
        raise SettingsError(
            f"{label} must hold nothing after a ? but db and what begins with ssl_, such as "
            f"ssl_ca_certs. {example}"
        )
    return Secret(raw)


def _level(label: str, raw: str) -> str:
    if raw.lower() not in LEVELS:
        raise SettingsError(
            f"{label} must be one of {', '.join(LEVELS)}, not {raw!r}. Example: info"
        )
    return raw.lower()


READERS: Readers = {
    "api_key": _key,
    "base_url": _url,
    "timeout": _seconds,
    "preset": _name,
    "toolsets": _names,
    "tools": _names,
    "exclude": _names,
    "read_only": flag,
    "aliases": flag,
    "dynamic": flag,
    "sandbox": flag,
    "keyring": flag,
    "files": _folder,
    "max_result": _tokens,
    "output_schemas": _outputs,
    "log_level": _level,
    "confirm": _mode,
    "repeat_window": _window,
    "policy": _file,
    "dry_run": flag,
    "audit": _writable,
    "audit_full": flag,
    "mcp_secret": _secrets,
    "store": _store,
}
