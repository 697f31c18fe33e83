"""How each client is told of the server: what to paste, what to type, what to click."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from famulor_tools import ACCOUNT

if TYPE_CHECKING:
    from famulor_mcp.hosted.pages.site import Site

NAME = "famulor"
HEADER = "X-Famulor-Api-Key"


@dataclass(frozen=True, slots=True)
class Client:
    """One client. Its words stand in the tables under `key`.

    `text` is pasted into it, or typed in a terminal; `link` opens it with everything filled in.
    `remote` clients call from elsewhere, so that they need a server that the net can reach.
    """

    key: str
    title: str
    text: str
    link: str = ""
    remote: bool = False


def clients(site: Site) -> tuple[Client, ...]:
    """The clients that can use the server as it takes people in."""
    if site.keyless:
        return _open(site)
    return _signed(site) if site.signin else _keyed(site)


def _signed(site: Site) -> tuple[Client, ...]:
    plain = {"url": site.mcp}
    code = {"name": NAME, "type": "http", **plain}
    return (
        Client("claude", "Claude", site.mcp, remote=True),
        Client("terminal", "Claude Code", f"claude mcp add --transport http {NAME} {site.mcp}"),
        Client("chatgpt", "ChatGPT", site.mcp, remote=True),
        Client("cursor", "Cursor", _json({"mcpServers": {NAME: plain}}), _cursor(plain)),
        Client("code", "VS Code", f"code --add-mcp '{json.dumps(code)}'", _code(code)),
        _windsurf({"serverUrl": site.mcp}),
        _zed(plain),
        _script(site),
    )


def _keyed(site: Site) -> tuple[Client, ...]:
    """Those that send a header of the person's choice."""
    headers = {"headers": {HEADER: "your-key"}}
    keyed = {"url": site.mcp, **headers}
    add = f"claude mcp add --transport http {NAME} {site.mcp} --header"
    return (
        Client("terminal_keyed", "Claude Code", f'{add} "{HEADER}: your-key"'),
        Client("cursor_keyed", "Cursor", _json({"mcpServers": {NAME: keyed}})),
        Client("asking", "VS Code", _json(_asking(site))),
        _windsurf({"serverUrl": site.mcp, **headers}),
        _zed(keyed),
        _script(site),
    )


def _open(site: Site) -> tuple[Client, ...]:
    """Those on this machine, the only ones that a server without keys takes in."""
    signed = [client for client in _signed(site) if not client.remote]
    own = {"terminal": "terminal_keyless", "script": "script_keyless"}
    return tuple(replace(client, key=own.get(client.key, client.key)) for client in signed)


def _windsurf(server: dict[str, Any]) -> Client:
    return Client("windsurf", "Windsurf", _json({"mcpServers": {NAME: server}}))


def _zed(server: dict[str, Any]) -> Client:
    return Client("zed", "Zed", _json({"context_servers": {NAME: server}}))


def _script(site: Site) -> Client:
    name = ACCOUNT.tool if ACCOUNT else ""
    call = {"name": name, "arguments": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    lines = [
        f"curl {site.mcp}",
        *([] if site.keyless else [f'-H "{HEADER}: $FAMULOR_API_KEY"']),
        '-H "Content-Type: application/json"',
        f"-d '{json.dumps(message)}'",
    ]
    return Client("script", "curl", " \\\n  ".join(lines))


def _asking(site: Site) -> dict[str, Any]:
    """VS Code asks for the key, and keeps it out of the file."""
    asked = {"id": NAME, "type": "promptString", "description": "Famulor API key", "password": True}
    headers = {HEADER: f"${{input:{NAME}}}"}
    server = {"type": "http", "url": site.mcp, "headers": headers}
    return {"inputs": [asked], "servers": {NAME: server}}


def _cursor(config: dict[str, Any]) -> str:
    """Cursor's install link: the entry of its file in Base64 (see its page "Install Links")."""
    packed = b64encode(json.dumps(config).encode()).decode()
    query = urlencode({"name": NAME, "config": packed})
    return f"cursor://anysphere.cursor-deeplink/mcp/install?{query}"


def _code(config: dict[str, Any]) -> str:
    """VS Code's install link: the entry of its file, in percent encoding."""
    return f"vscode:mcp/install?{quote(json.dumps(config), safe='')}"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2)
