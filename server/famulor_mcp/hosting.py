"""What the operator of the hosted server chose: where it listens, who may come in, how it tells.

The rules that stand between two choices are here as well (`consistent`): each is refused before
anything listens, with the reason and an example.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from famulor_mcp import settings as common
from famulor_mcp.hosts import is_loopback
from famulor_mcp.settings import SettingsError, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_mcp.settings import Readers, Settings

Auth = Literal["oauth", "key", "none"]
Format = Literal["text", "json"]

PORT = 8787
MOST_WORKERS = 64
LONGEST_GRACE = 600.0
MEGABYTE = 1024 * 1024
LARGEST_BODY = 256
HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Hosting:
    """Everything that only the hosted server has to be told.

    `grace` is in seconds, `max_body` in megabytes. `allowed_host` are names with or without a port;
    without one, any port will do. `trusted_proxy` are the addresses and networks of those who may
    say where a request came from.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    workers: int = 1
    public_url: str = ""
    allowed_host: tuple[str, ...] = ()
    allowed_origin: tuple[str, ...] = ()
    trusted_proxy: tuple[str, ...] = ("127.0.0.1", "::1")
    auth: Auth = "oauth"
    public_discovery: bool = False
    log_format: Format = "text"
    grace: float = 30.0
    max_body: int = 32

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def load(options: Mapping[str, Any], environment: Mapping[str, str]) -> Hosting:
    """The choices. `options` holds what stands on the command line. Raises `SettingsError`."""
    chosen, faults = common.read(READERS, options, environment)
    if faults:
        raise faults[0]
    return Hosting(**chosen)


def consistent(hosting: Hosting, settings: Settings) -> None:
    """Raise `SettingsError` where two choices do not go together."""
    if hosting.auth == "none":
        _only_here(hosting, settings)
    elif settings.files:
        raise SettingsError(
            f"{label('files')} would let every user of this server upload files of its machine. "
            "Clients of a hosted server send the content of a file with the call."
        )
    _reachable(hosting)
    if hosting.workers > 1:
        _shared(settings)


def _reachable(hosting: Hosting) -> None:
    if hosting.local or hosting.public_url:
        return
    if hosting.auth == "oauth":
        raise SettingsError(
            f"{label('host')} {hosting.host} is not this machine alone, so people sign in by the "
            f"address that they know: {label('public_url')} is needed. "
            "Example: --public-url https://mcp.example.com"
        )
    if not hosting.allowed_host:
        raise SettingsError(
            f"{label('host')} {hosting.host} is not this machine alone: say under which name it is "
            f"reached, with {label('public_url')} or {label('allowed_host')}; requests for others "
            "are refused. Example: --allowed-host mcp.internal:8787"
        )


def _only_here(hosting: Hosting, settings: Settings) -> None:
    if not hosting.local:
        raise SettingsError(
            f"{label('auth')} none lets everyone who reaches {hosting.host} use the one API key: "
            "it is for this machine alone. Example: --auth none --host 127.0.0.1"
        )
    for option, urls in {
        "public_url": [hosting.public_url] if hosting.public_url else [],
        "allowed_host": [f"//{host}" for host in hosting.allowed_host],
    }.items():
        if not all(is_loopback(urlsplit(url).hostname or "") for url in urls):
            raise SettingsError(
                f"{label('auth')} none does not go with a {label(option)} that others reach: "
                "everyone could use the one API key. Example: --auth oauth"
            )
    if not (settings.api_key or settings.keyring or settings.sandbox):
        raise SettingsError(
            f"{label('auth')} none uses the key of the operator, and {label('api_key')} is not "
            "set. Example: FAMULOR_API_KEY=… famulor-mcp http --auth none"
        )


def _shared(settings: Settings) -> None:
    """What several processes need in common."""
    many = f"{label('workers')} above 1"
    if sys.platform == "win32":
        raise SettingsError(f"{many} does not work on Windows. Run several servers there.")
    if settings.sandbox:
        raise SettingsError(
            f"{many} does not go with --sandbox: each would have a made-up account of its own. "
            "Example: famulor-mcp sandbox, and --base-url http://127.0.0.1:8686"
        )
    if settings.store is None:
        raise SettingsError(
            f"{many} needs {label('store')}: without it a sign-in code is good once per process, "
            "rate limits are kept by each alone, and a call could be made twice. "
            "Example: --store redis://127.0.0.1:6379/0"
        )
    if not settings.mcp_secret:
        raise SettingsError(
            f"{many} needs {label('mcp_secret')}: what one process sealed another must open. Make "
            "one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )


def _host(label: str, raw: str) -> str:
    name = raw.strip("[]")
    try:
        return str(ip_address(name))
    except ValueError:
        if re.fullmatch(r"[A-Za-z0-9.-]+", name):
            return name.lower()
    raise SettingsError(f"{label} must be an address or a name, not {raw!r}. Example: 0.0.0.0")


def _number(least: int, most: int, example: int) -> Any:
    def read(label: str, raw: str) -> int:
        text = str(raw)
        if not (common.whole(text) and least <= int(text) <= most):
            raise SettingsError(
                f"{label} must be a number from {least} to {most}, not {raw!r}. Example: {example}"
            )
        return int(text)

    return read


def _one_of(kind: Any) -> Any:
    def read(label: str, raw: str) -> str:
        words: tuple[str, ...] = get_args(kind)
        if raw.lower() not in words:
            raise SettingsError(f"{label} must be one of {', '.join(words)}, not {raw!r}.")
        return raw.lower()

    return read


def _public(label: str, raw: str) -> str:
    example = "Example: https://mcp.example.com"
    url = origin_of(label, raw, example)
    host = urlsplit(url).hostname or ""
    if url.startswith("http:") and not is_loopback(host):
        raise SettingsError(
            f"{label} must be https: API keys would be readable on their way to {host}. {example}"
        )
    return url


def origin_of(label: str, raw: str, example: str) -> str:
    """Scheme, host and port of `raw`, as browsers write an origin. Raises `SettingsError`."""
    try:
        parts = urlsplit(raw)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise SettingsError(f"{label} holds what is no address: {raw!r}. {example}") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise SettingsError(f"{label} must begin with https:// and a host, not {raw!r}. {example}")
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise SettingsError(
            f"{label} must have its host as DNS has it, in ASCII (xn--…), not {raw!r}. {example}"
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise SettingsError(f"{label} must end with host and port, not {raw!r}. {example}")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != default else "")


def _origins(label: str, raw: str) -> tuple[str, ...]:
    example = "Example: https://app.example.com"
    return tuple(origin_of(label, word, example) for word in _words(raw))


def _hosts(label: str, raw: str) -> tuple[str, ...]:
    words = _words(raw)
    if not words or not all(HOST.fullmatch(word) for word in words):
        raise SettingsError(
            f"{label} must be host names, with or without a port, not {raw!r}. "
            "Example: mcp.example.com,10.0.0.5:8787"
        )
    return tuple(word.lower() for word in words)


def _networks(label: str, raw: str) -> tuple[str, ...]:
    words = _words(raw)
    try:
        return tuple(str(ip_network(word, strict=False)) for word in words)
    except ValueError:
        raise SettingsError(
            f"{label} must be addresses or networks, not {raw!r}. Example: 10.0.0.0/8"
        ) from None


def _words(raw: str) -> list[str]:
    return [word for word in raw.replace(",", " ").split() if word]


def _grace(label: str, raw: str) -> float:
    try:
        seconds = float(raw)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_GRACE:
        raise SettingsError(
            f"{label} must be a number of seconds from 0 to {LONGEST_GRACE:g}, not {raw!r}. "
            "Example: 30"
        )
    return seconds


READERS: Readers = {
    "host": _host,
    "port": _number(0, 65_535, PORT),
    "workers": _number(1, MOST_WORKERS, 2),
    "public_url": _public,
    "allowed_host": _hosts,
    "allowed_origin": _origins,
    "trusted_proxy": _networks,
    "auth": _one_of(Auth),
    "public_discovery": common.flag,
    "log_format": _one_of(Format),
    "grace": _grace,
    "max_body": _number(1, LARGEST_BODY, 32),
}
