"""Leads: the people whom a campaign calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .answer import Answer, message
from .clock import iso
from .page import RULES as PAGING
from .page import cut, full
from .rules import Check
from .store import find

if TYPE_CHECKING:
    from datetime import datetime

    from .store import Account, Request, Row, World

STATUSES = "created,scheduled,processing,completed,rescheduled,reached-max-retries,blacklisted"
FILTERS = {
    "status": f"string|in:{STATUSES}",
    "campaign_id": "integer",
    "phone_number": "string",
    "date_from": "date",
    "date_to": "date",
}
FIELDS = {
    "phone_number": "required|string|e164",
    "campaign_id": "required|integer",
    "variables": "map",
    "allow_dupplicate": "boolean",
    "secondary_contacts": "array",
    "secondary_contacts.*.phone_number": "required|string|e164",
    "secondary_contacts.*.variables": "map",
}
CHANGES = {
    "phone_number": "string|e164",
    "campaign_id": "integer",
    "status": "string|in:created,completed,reached-max-retries",
    "variables": "map",
}


def index(request: Request) -> Answer:
    """Leads that pass the filters, newest first, as FullPage."""
    asked = Check(request.query, FILTERS | PAGING).done()
    rows = sorted(request.account.leads.values(), key=lambda row: (row["created"], row["id"]))
    rows = [row for row in reversed(rows) if _passes(row, asked)]
    page = cut(request, rows)
    return Answer(
        full(request, replace(page, rows=[view(request.account, row) for row in page.rows]))
    )


def _passes(row: Row, asked: Row) -> bool:
    day = row["created"].date()
    return (
        all(asked.get(name, row[name]) == row[name] for name in ("status", "campaign_id"))
        and asked.get("phone_number", "") in row["phone_number"]
        and bool(asked.get("date_from", day) <= day <= asked.get("date_to", day))
    )


def create(request: Request) -> Answer:
    """A lead with its secondary contacts; a number twice in a campaign only if that is meant."""
    account = request.account
    check = Check(request.body, FIELDS)
    if not check.errors and not check.data.get("allow_dupplicate"):
        campaign, number = check.data["campaign_id"], check.data["phone_number"]
        if any(
            row["campaign_id"] == campaign and row["phone_number"] == number
            for row in account.leads.values()
        ):
            check.fail("phone_number", "A lead with this phone number exists in the campaign.")
    given = check.done()
    if given["campaign_id"] not in account.campaigns:
        raise message(404, "Campaign not found")
    row = build(request.world, account, given, request.now)
    return Answer({"message": "Lead created successfully", "data": view(account, row)})


def build(world: World, account: Account, given: Row, when: datetime) -> Row:
    """Store a lead, and each secondary contact as a lead linked to it."""
    row = _add(world, account, given, when)
    for contact in given.get("secondary_contacts") or []:
        linked = contact | {"campaign_id": given["campaign_id"], "primary": row["id"]}
        _add(world, account, linked, when)
    return row


def _add(world: World, account: Account, given: Row, when: datetime) -> Row:
    number = world.next_id("lead")
    account.leads[number] = {
        "id": number,
        "campaign_id": given["campaign_id"],
        "phone_number": given["phone_number"],
        "variables": given.get("variables") or {},
        "status": given.get("status", "created"),
        "primary": given.get("primary"),
        "attempts": 0,
        "call": None,
        "due": when,
        "created": when,
        "updated": when,
    }
    return account.leads[number]


def view(account: Account, row: Row) -> Row:
    """The lead with its campaign and its secondary contacts."""
    campaign = account.campaigns[row["campaign_id"]]
    linked = (other for other in account.leads.values() if other["primary"] == row["id"])
    return {
        **_contact(row),
        "campaign_id": row["campaign_id"],
        "campaign": {"id": campaign["id"], "name": campaign["name"]},
        "secondary_contacts": [_contact(other) for other in linked],
    }


def _contact(row: Row) -> Row:
    shown = {name: row[name] for name in ("id", "phone_number", "variables", "status")}
    return shown | {"created_at": iso(row["created"]), "updated_at": iso(row["updated"])}


def update(request: Request) -> Answer:
    """Change what is given; variables are merged, and status created queues the lead again."""
    account = request.account
    row = find(account.leads, request.path["id"], message(404, "Lead not found"))
    given = Check(request.body, CHANGES).done()
    if given.get("campaign_id", row["campaign_id"]) not in account.campaigns:
        raise message(404, "Campaign not found")
    given["variables"] = row["variables"] | given.get("variables", {})
    if given.get("status") == "created":
        row |= {"due": request.now, "attempts": 0}
    row |= given | {"updated": request.now}
    return Answer({"message": "Lead updated successfully"})


def delete(request: Request) -> Answer:
    """Remove a lead and its secondary contacts."""
    leads = request.account.leads
    row = find(leads, request.path["id"], message(404, "Lead not found"))
    linked = [other["id"] for other in leads.values() if other["primary"] == row["id"]]
    for number in (row["id"], *linked):
        del leads[number]
    return Answer({"message": "Lead deleted successfully"})
