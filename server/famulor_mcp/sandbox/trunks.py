"""SIP trunks: own telephone systems as numbers. They are deleted like a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import dice
from .answer import Answer, error
from .clock import iso
from .rules import Check
from .seed.numbers import add
from .store import find

if TYPE_CHECKING:
    from .store import Request, Row, World

SETTINGS = {
    "nickname": "nullable|string|max:50",
    "sip_username": "required|string|min:3|max:128",
    "sip_password": "required|string|min:3",
    "sip_address": "required|string",
    "sip_calling_format": "required|string|in:+e164,e164,national",
    "inbound_authorization_type": "required|string|in:auth,ip",
    "allowed_inbound_ips": "array|required_if:inbound_authorization_type,ip",
    "allowed_inbound_ips.*": "string",
    "country_code": "required|string|regex:^[A-Z]{2}$",
    "outbound_proxy": "boolean",
}
KIND = {"sip_trunk_type": "required|string|in:extension,number"}
PHONE = {"extension": "required|string|min:1|max:15", "number": "required|string|e164"}
CHANGES = {"phone_number": "string|min:1|max:15"} | SETTINGS
SHOWN = (
    "id", "phone_number", "nickname", "sip_username", "sip_address", "sip_calling_format",
    "inbound_authorization_type", "allowed_inbound_ips", "outbound_proxy", "country_code",
)  # fmt: skip
CARRIER = (
    "phone_number", "sip_username", "sip_password", "sip_address", "outbound_proxy",
    "inbound_authorization_type", "allowed_inbound_ips",
)  # fmt: skip
"""A change of these makes new trunks at the carrier."""


def index(request: Request) -> Answer:
    """All trunks without the carrier's ids, under data."""
    rows = (row for row in request.account.numbers.values() if row["type"] == "sip")
    return Answer({"data": [_brief(row) for row in rows]})


def show(request: Request) -> Answer:
    """One trunk, under data; never with its password."""
    return Answer({"data": view(_find(request))})


def create(request: Request) -> Answer:
    """A new trunk, provisioned at the carrier; an address in `.invalid` cannot be."""
    kind = request.body.get("sip_trunk_type")
    phone = PHONE.get(str(kind), "required|string")
    given = Check(request.body, KIND | {"phone_number": phone} | SETTINGS).done()
    own = request.account.numbers.values()
    if any(row["phone_number"] == given["phone_number"] for row in own):
        raise error(409, "A SIP trunk with this phone number already exists.")
    facts = {"outbound_proxy": False, "allowed_inbound_ips": None, "type": "sip"} | given
    facts |= {"type_label": "SIP trunk", "created": request.now, "updated": request.now}
    facts |= _provisioned(request.world, given["sip_address"])
    row = add(request.world, request.account, facts)
    return Answer({"message": "SIP trunk created successfully", "data": view(row)}, 201)


def update(request: Request) -> Answer:
    """Change what is given; `auth` clears the list of addresses, `ip` needs one."""
    row = _find(request)
    given = Check(request.body, CHANGES, partial=True).done()
    if given.get("inbound_authorization_type") == "auth":
        given["allowed_inbound_ips"] = None
    if any(given.get(name, row.get(name)) != row.get(name) for name in CARRIER):
        given |= _provisioned(request.world, str(given.get("sip_address", row["sip_address"])))
    row |= given | {"updated": request.now}
    return Answer({"message": "SIP trunk updated successfully", "data": view(row)})


def view(row: Row) -> Row:
    """The trunk with the carrier's ids."""
    return _brief(row) | {name: row[name] for name in ("inbound_trunk_id", "outbound_trunk_id")}


def _brief(row: Row) -> Row:
    times = {"created_at": iso(row["created"]), "updated_at": iso(row["updated"])}
    return {name: row[name] for name in SHOWN} | times


def _provisioned(world: World, address: str) -> Row:
    if address.endswith(".invalid"):
        raise error(500, "The SIP trunk could not be provisioned.")
    run = world.next_id("trunk")
    return {
        f"{way}_trunk_id": f"ST_{dice.token(12, world.seed, way, run)}"
        for way in ("inbound", "outbound")
    }


def _find(request: Request) -> Row:
    missing = error(404, "SIP trunk not found")
    row: Row = find(request.account.numbers, request.path["id"], missing)
    if row["type"] != "sip":
        raise missing
    return row
