"""The resource that tokens are for, and the documents that describe it and this server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp.server.auth.handlers.metadata import MetadataHandler, ProtectedResourceMetadataHandler
from mcp.server.auth.routes import cors_middleware, validate_issuer_url
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.routing import Route

from famulor_mcp.hosted.signin.fields import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from starlette.types import ASGIApp

    from famulor_mcp.hosted.signin.fields import Fields

SCOPE = "tools"
"""The one scope: to call the tools that the server offers."""

METHODS = ["none", "client_secret_post"]
UNQUOTABLE = re.compile(r'[^\x20-\x7e]|["\\]')
URL = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))


def canonical(url: str) -> str:
    """`url` as all documents write it, without a slash at the end. Raises `ValueError`."""
    found = URL.validate_python(url.rstrip("/"))
    validate_issuer_url(found)
    return str(found)


def folded(uri: str) -> str:
    """`uri` with scheme and host in lower case, which say the same (RFC 3986 section 6.2.2.1).

    MCP wants them taken so from clients (authorization, "Canonical Server URI").
    """
    scheme, mark, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


class Resource:
    """The MCP endpoints below `issuer`. A token is for all of them; its audience is the first."""

    def __init__(self, issuer: str, paths: Sequence[str]) -> None:
        self._issuer = issuer
        self._paths = paths
        self.audience = self._at(paths[0])

    def _at(self, path: str) -> str:
        """The identifier of the endpoint at `path`; the bare address has no slash at its end."""
        return self._issuer + path.rstrip("/")

    def check(self, fields: Fields) -> None:
        """Raise `Refusal` if tokens are asked for anything else (RFC 8707 section 2)."""
        ours = {self._at(path) for path in self._paths}
        if any(folded(one).rstrip("/") not in ours for one in fields.all("resource")):
            raise Refusal("invalid_target", f"resource must be {self.audience}")

    def challenge(self, error: str, description: str, path: str) -> str:
        """`WWW-Authenticate` for a request to `path` (RFC 6750 section 3, RFC 9728 section 5.1)."""
        place = path if path in self._paths else self._paths[0]
        values = {
            "error": error,
            "error_description": description,
            "scope": SCOPE,
            "resource_metadata": self._origin() + self._document(place),
        }
        shown = (
            f'{name}="{UNQUOTABLE.sub(" ", value)}"' for name, value in values.items() if value
        )
        return f"Bearer {', '.join(shown)}"

    def routes(self) -> Iterator[Route]:
        """The documents of RFC 9728 and RFC 8414, readable from any web page.

        Each endpoint has one of its own, because clients compare the `resource` in it with the
        address they were given. The server's own is only where RFC 8414 section 3.1 puts it for
        this issuer: at `/.well-known/oauth-authorization-server/mcp` strict clients would expect
        the issuer `…/mcp` (section 3.3), and the others ask at the root next.
        """
        for path in self._paths:
            document = ProtectedResourceMetadata(
                resource=URL.validate_python(self._at(path)),
                authorization_servers=[URL.validate_python(self._issuer)],
                scopes_supported=[SCOPE],
                resource_name="Famulor",
            )
            handler = ProtectedResourceMetadataHandler(document)
            yield readable(self._document(path), cors_middleware(handler.handle, ["GET"]))
        server = cors_middleware(MetadataHandler(self._server()).handle, ["GET"])
        for place in self._places():
            yield readable(place, server)

    def _server(self) -> OAuthMetadata:
        return OAuthMetadata(
            issuer=URL.validate_python(self._issuer),
            authorization_endpoint=URL.validate_python(f"{self._issuer}/authorize"),
            token_endpoint=URL.validate_python(f"{self._issuer}/token"),
            registration_endpoint=URL.validate_python(f"{self._issuer}/register"),
            revocation_endpoint=URL.validate_python(f"{self._issuer}/revoke"),
            scopes_supported=[SCOPE],
            response_types_supported=["code"],
            response_modes_supported=["query"],
            grant_types_supported=["authorization_code", "refresh_token"],
            token_endpoint_auth_methods_supported=METHODS,
            revocation_endpoint_auth_methods_supported=METHODS,
            code_challenge_methods_supported=["S256"],
            client_id_metadata_document_supported=True,
            authorization_response_iss_parameter_supported=True,
        )

    def _origin(self) -> str:
        parts = urlsplit(self._issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def _document(self, path: str) -> str:
        """Where RFC 9728 section 3.1 puts the document of the endpoint at `path`."""
        return "/.well-known/oauth-protected-resource" + urlsplit(self._at(path)).path

    def _places(self) -> Iterable[str]:
        """Where RFC 8414 sections 3.1 and 5 put the server's document.

        For an issuer with a path also where a proxy that takes the path away sends requests.
        """
        known = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
        below = urlsplit(self._issuer).path
        return dict.fromkeys([*known, *(place + below for place in known)])


def readable(path: str, app: ASGIApp) -> Route:
    return Route(path, app, methods=["GET", "OPTIONS"])
