"""What people paste, type or click leads their client to this server, as the client reads it."""

import json
import shlex
from base64 import b64decode
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.requests import Request

from famulor_mcp.hosted.pages import Pages, Site
from famulor_mcp.hosted.pages.clients import HEADER, Client, clients

SITE = Site("https://mcp.example.com", "1.0", signin=True, sandbox=False)
KEYED = Site("http://127.0.0.1:8787", "1.0", signin=False, sandbox=False)


def named(site: Site) -> dict[str, Client]:
    """The clients by name."""
    return {client.title: client for client in clients(site)}


def test_every_client_is_given_the_address_of_the_server() -> None:
    for site in (SITE, KEYED):
        assert all(site.mcp in client.text for client in clients(site))


def test_the_files_are_json_in_the_words_of_each_client() -> None:
    found = named(SITE)
    url = SITE.mcp
    assert json.loads(found["Cursor"].text) == {"mcpServers": {"famulor": {"url": url}}}
    assert json.loads(found["Windsurf"].text) == {"mcpServers": {"famulor": {"serverUrl": url}}}
    assert json.loads(found["Zed"].text) == {"context_servers": {"famulor": {"url": url}}}


def test_the_links_carry_the_same_configuration() -> None:
    found = named(SITE)
    cursor = parse_qs(urlsplit(found["Cursor"].link).query)
    assert cursor["name"] == ["famulor"]
    assert json.loads(b64decode(cursor["config"][0])) == {"url": SITE.mcp}
    start, _, config = found["VS Code"].link.partition("?")
    assert start == "vscode:mcp/install"
    assert json.loads(unquote(config)) == {"name": "famulor", "type": "http", "url": SITE.mcp}


def test_the_commands_are_what_a_shell_reads() -> None:
    found = named(SITE)
    add = shlex.split(found["Claude Code"].text)
    assert add == ["claude", "mcp", "add", "--transport", "http", "famulor", SITE.mcp]
    code = shlex.split(found["VS Code"].text)
    assert json.loads(code[2])["url"] == SITE.mcp
    curl = shlex.split(found["curl"].text)
    assert f"{HEADER}: $FAMULOR_API_KEY" in curl
    assert json.loads(curl[-1])["method"] == "tools/call"


def test_without_sign_in_only_clients_that_can_send_a_header_are_named() -> None:
    found = named(KEYED)
    assert found.keys() == {"Claude Code", "Cursor", "VS Code", "Windsurf", "Zed", "curl"}
    assert all(HEADER in client.text for client in found.values())
    asked = json.loads(found["VS Code"].text)
    assert asked["inputs"][0]["password"] is True
    assert asked["servers"]["famulor"]["headers"] == {HEADER: "${input:famulor}"}


def test_a_server_that_only_this_machine_reaches_knows_it() -> None:
    assert SITE.reachable
    assert not KEYED.reachable
    assert not Site("https://localhost:8443", "1.0", signin=True, sandbox=False).reachable
    assert not Site("http://mcp.example.com", "1.0", signin=True, sandbox=False).reachable


def test_a_server_with_its_operators_key_asks_for_none() -> None:
    site = Site("http://127.0.0.1:8787", "1.0", signin=False, sandbox=False, keyless=True)
    found = named(site)
    assert found.keys() == {"Claude Code", "Cursor", "VS Code", "Windsurf", "Zed", "curl"}
    assert not [client for client in found.values() if HEADER in client.text]
    page = bytes(Pages(site).landing(Request({"type": "http", "headers": []})).body).decode()
    assert "there is nothing to sign in to" in page
    assert HEADER not in page
