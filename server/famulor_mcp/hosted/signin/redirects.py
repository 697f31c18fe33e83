"""Where a browser may be sent with a code: which addresses a client may register, and which match.

https on any host; http on this machine only; and the private-use scheme of an app. RFC 8252
section 7.1 wants such a scheme to be a domain name turned round, so one with a dot is taken;
of the others only those in `APPS`, which programs that speak MCP are known to use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from famulor_mcp.hosts import is_loopback

APPS = frozenset({
    "antigravity",
    "claude",
    "cursor",
    "goose",
    "kiro",
    "lmstudio",
    "raycast",
    "trae",
    "vscode",
    "vscode-insiders",
    "vscodium",
    "warp",
    "windsurf",
    "zed",
})  # fmt: skip

LONGEST = 500
PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
"""What RFC 3986 allows in an address; no fragment, which RFC 6749 section 3.1.2 forbids."""
PLACE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
PORT = re.compile(r"(?i)^(http://(?:\[[^\]]*\]|[^:/?]*)):\d{1,5}")

RULE = (
    "must be an https address, an http address on localhost or a loopback IP, or an address with "
    "the private-use scheme of an app such as com.example.app:/callback; without a fragment and "
    f"user, at most {LONGEST} characters"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a redirect URI leads to.

    `host` is as a person reads it: claude.ai, 127.0.0.1, or the scheme of an app. `local` is
    true for this machine and for an app.
    """

    host: str
    local: bool


def allowed(uri: str) -> bool:
    """Whether a client may register `uri`. See `RULE`."""
    if len(uri) > LONGEST or not PLAIN.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        _in_range = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return "." in parts.scheme or parts.scheme in APPS
    if not PLACE.fullmatch(parts.netloc):
        return False
    return parts.scheme == "https" or is_loopback(host)


def matches(registered: str, asked: str) -> bool:
    """Whether they are the same, character by character; on this machine any port may be asked.

    RFC 8252 section 7.3 says so of loopback addresses, because an app takes the port that is
    free. `localhost` counts as one: programs register it, and it leads nowhere else.
    """
    if registered == asked:
        return True
    return is_local(registered) and allowed(asked) and portless(registered) == portless(asked)


def is_local(uri: str) -> bool:
    """Whether `uri` is http on this machine."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def portless(uri: str) -> str:
    """`uri`, which is http, without the port of its host."""
    return PORT.sub(r"\1", uri)


def target(uri: str) -> Target:
    """What `uri`, which is `allowed`, leads to."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return Target(parts.scheme, local=True)
    local = is_loopback(parts.hostname or "")
    return Target((parts.hostname or "") if local else parts.netloc.lower(), local)


def extended(uri: str, **values: str) -> str:
    """`uri` with `values` added to its query, which is kept as it is (RFC 6749 section 3.1.2)."""
    query = urlencode({name: value for name, value in values.items() if value}, quote_via=quote)
    join = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return f"{uri}{join}{query}"
