"""Who the clients are: registered here (RFC 7591), or described at their own address.

A registration is kept nowhere. The client id that it answers with holds all of it, sealed, so it
survives restarts, is known to every process, and cannot be altered.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Any

from mcp.server.auth.errors import stringify_pydantic_error
from mcp.shared.auth import OAuthClientMetadata
from pydantic import ValidationError
from pydantic_core import from_json

from famulor_mcp.hosted.signin.client import LONGEST_NAME, Client
from famulor_mcp.hosted.signin.documents import Unusable, is_address
from famulor_mcp.hosted.signin.fields import Refusal
from famulor_mcp.hosted.signin.redirects import RULE, allowed

if TYPE_CHECKING:
    from starlette.requests import Request

    from famulor_mcp.guard.clock import Clock
    from famulor_mcp.hosted.signin.documents import Documents
    from famulor_mcp.hosted.signin.fields import Fields
    from famulor_mcp.hosted.signin.limits import Limits
    from famulor_mcp.hosted.signin.seal import Sealer

MOST_REDIRECTS = 10
MOST_CHARACTERS = 2000
"""Of all redirect URIs together: they travel in every address that the client opens."""


class Clients:
    """Registers clients and finds them again."""

    def __init__(self, sealer: Sealer, documents: Documents, limits: Limits, clock: Clock) -> None:
        self._sealer = sealer
        self._documents = documents
        self._limits = limits
        self._clock = clock

    def register(self, body: bytes, scope: str) -> dict[str, Any]:
        """The answer to a registration (RFC 7591 section 3.2.1). Raises `Refusal`."""
        data = metadata(body)
        redirects = data["redirect_uris"]
        secret = "" if data.get("token_endpoint_auth_method") == "none" else secrets.token_hex(32)
        name = data.get("client_name") or ""
        claims = {"name": name, "redirects": redirects, "secret": secret}
        issued = {
            "client_id": self._sealer.seal("client", claims),
            "client_id_issued_at": int(self._clock.now().timestamp()),
            "redirect_uris": redirects,
            "token_endpoint_auth_method": "client_secret_post" if secret else "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": scope,
        }
        if name:
            issued["client_name"] = name
        if secret:
            issued |= {"client_secret": secret, "client_secret_expires_at": 0}
        return issued

    async def find(self, client_id: str, address: str) -> Client:
        """The client, for a browser at `address`. Raises `Unusable`, `Crowded`, `StoreFault`."""
        if not is_address(client_id):
            client = self._registered(client_id)
            if client is None:
                raise Unusable("it is not registered")
            return client
        if kept := self._documents.kept(client_id):
            return kept
        await self._limits.fetch(address)
        return await self._documents.fetch(client_id)

    def authenticate(self, request: Request, fields: Fields) -> Client:
        """Who asks for tokens (RFC 6749 section 3.2.1). Raises `Refusal`.

        A client with a document is public, and its grants name it: the document is not needed.
        """
        if "authorization" in request.headers:
            advice = "send client_id, and client_secret if there is one, in the form"
            raise Refusal("invalid_client", f"the Authorization header is not read: {advice}", 401)
        client_id = fields.need("client_id")
        if is_address(client_id):
            return Client(client_id, document=True)
        client = self._registered(client_id)
        if client is None:
            raise Refusal("invalid_client", "the client is not registered: register again", 401)
        given = fields.one("client_secret")
        if client.secret and not hmac.compare_digest(given.encode(), client.secret.encode()):
            raise Refusal("invalid_client", "client_secret is missing or wrong", 401)
        return client

    def _registered(self, client_id: str) -> Client | None:
        claims = self._sealer.open("client", client_id)
        if claims is None:
            return None
        return Client(client_id, claims["name"], tuple(claims["redirects"]), claims["secret"])


def metadata(body: bytes) -> dict[str, Any]:
    """What a client tells of itself. Raises `Refusal` with a code of RFC 7591 section 3.2.2.

    Addresses are taken as they are written: they are compared character by character.
    """
    try:
        data = from_json(body)
        if not isinstance(data, dict):
            raise Refusal("invalid_client_metadata", "the body must be a JSON object")
        check_redirects(data.get("redirect_uris"))
        sent = OAuthClientMetadata.model_validate(data)
    except ValidationError as error:
        raise Refusal("invalid_client_metadata", stringify_pydantic_error(error)) from None
    except ValueError:
        raise Refusal("invalid_client_metadata", "the body is not JSON") from None
    check_metadata(sent)
    return data


def check_redirects(uris: Any) -> None:
    """Raise `Refusal` unless `uris` may be registered."""
    if not isinstance(uris, list) or not 0 < len(uris) <= MOST_REDIRECTS:
        raise Refusal("invalid_redirect_uri", f"redirect_uris must list 1 to {MOST_REDIRECTS}")
    for place, uri in enumerate(uris):
        if not isinstance(uri, str) or not allowed(uri):
            raise Refusal("invalid_redirect_uri", f"redirect_uris[{place}] {RULE}")
    if sum(map(len, uris)) > MOST_CHARACTERS:
        raise Refusal("invalid_redirect_uri", f"redirect_uris exceed {MOST_CHARACTERS} characters")


def check_metadata(sent: OAuthClientMetadata) -> None:
    """Raise `Refusal` for what this server cannot do. What it can do otherwise, it replaces."""
    fault = ""
    if sent.token_endpoint_auth_method == "private_key_jwt":  # noqa: S105 - the name of a method
        fault = "token_endpoint_auth_method must be none or client_secret_post"
    elif "authorization_code" not in sent.grant_types:
        fault = "grant_types must include authorization_code"
    elif "code" not in sent.response_types:
        fault = "response_types must include code"
    elif len(sent.client_name or "") > LONGEST_NAME:
        fault = f"client_name must have at most {LONGEST_NAME} characters"
    if fault:
        raise Refusal("invalid_client_metadata", fault)
