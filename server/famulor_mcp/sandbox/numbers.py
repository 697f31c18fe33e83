"""Phone numbers: own ones, those on offer, and the end of both a number and a SIP trunk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import dice
from .answer import Answer, error
from .clock import iso
from .rules import E164, Check
from .seed.numbers import OFFERS, add
from .store import find

if TYPE_CHECKING:
    from .store import Account, Request, Row, World

SHOWN = (
    "id", "phone_number", "nickname", "country_code", "type", "type_label", "sms_capable", "region",
    "has_active_subscription",
)  # fmt: skip
BILLING_PERIOD = timedelta(days=30)
SEARCH = {
    "country_code": "string|in:DE,US,CA,GB,AU,IL,PL,FI,NL,DK,IT",
    "contains": r"string|max:10|regex:^\d{1,10}$",
}


def index(request: Request) -> Answer:
    """All numbers, SIP and caller ids included, under data."""
    rows = request.account.numbers.values()
    return Answer({"data": [view(row) for row in rows]})


def view(row: Row) -> Row:
    """The number as the API shows it."""
    return {name: row[name] for name in SHOWN} | {"created_at": iso(row["created"])}


def search(request: Request) -> Answer:
    """Numbers on offer in a country (default DE), under data; prices per month in USD."""
    asked = Check(request.query, SEARCH).done()
    offers = _offers(request.world, asked.get("country_code", "DE"))
    return Answer(
        {"data": [row for row in offers if asked.get("contains", "") in row["phone_number"]]}
    )


def _offers(world: World, country: str) -> list[Row]:
    held = {row["phone_number"] for each in world.accounts for row in each.numbers.values()}
    shelf = OFFERS.get(country)
    if shelf is None:
        return []
    numbers = (f"{shelf.prefix}{ending}" for ending in range(30, 42))
    return [
        {
            "phone_number": number,
            "phone_number_formatted": f"{shelf.formatted}{number[-2:]}",
            "country_code": country,
            "price": shelf.price,
            "stripe_price_id": f"price_{dice.token(14, country)}",
            "address_requirements": shelf.address,
            "sms_capable": shelf.sms,
        }
        for number in numbers
        if number not in held
    ]


def purchase(request: Request) -> Answer:
    """Rent a number by the month, on the payment method and not on the balance."""
    number = request.body.get("phone_number")
    if not isinstance(number, str) or not E164.fullmatch(number):
        raise error(422, "The phone number must be in E.164 format.")
    offers = (offer for country in OFFERS for offer in _offers(request.world, country))
    offer = next((each for each in offers if each["phone_number"] == number), None)
    if offer is None:
        raise error(400, "This phone number is not available.")
    if not request.account.payment_method:
        raise error(402, "No payment method found. Please add one in the dashboard.")
    facts = {name: offer[name] for name in ("phone_number", "country_code", "sms_capable")}
    facts |= {"created": request.now, "region": OFFERS[offer["country_code"]].region}
    row = add(request.world, request.account, facts)
    names = ("id", "phone_number", "country_code", "type", "sms_capable")
    data = {name: row[name] for name in names}
    return Answer({"message": "Phone number purchased successfully", "data": data}, 201)


def update(request: Request) -> Answer:
    """Give a number a nickname, or none (null)."""
    row = _find(request)
    row |= Check(request.body, {"nickname": "nullable|string|max:50"}).done()
    names = ("id", "phone_number", "nickname", "country_code", "type")
    data = {name: row[name] for name in names}
    return Answer({"message": "Phone number updated successfully", "data": data})


def release(request: Request) -> Answer:
    """Give a number back: a rented one at the end of its period, any other at once."""
    row = _find(request)
    if row["ends"] is not None:
        raise error(400, "This phone number is already scheduled for release.")
    _detach(request.account, row["id"])
    if row["type"] != "normal":
        del request.account.numbers[row["id"]]
        return Answer({"message": "Phone number deleted successfully"})
    periods = (request.now - row["created"]) // BILLING_PERIOD + 1
    end = row["created"] + periods * BILLING_PERIOD
    row["ends"] = end
    until = end.date().isoformat()
    return Answer({"message": f"Phone number will be released at the end of the period ({until})"})


def expire(account: Account, now: datetime) -> None:
    """Remove the rented numbers whose last period is over."""
    for row in list(account.numbers.values()):
        if row["ends"] is not None and now >= row["ends"]:
            del account.numbers[row["id"]]


def _detach(account: Account, number: int) -> None:
    for assistant in account.assistants.values():
        if assistant["phone_number_id"] == number:
            assistant["phone_number_id"] = None
    for campaign in account.campaigns.values():
        kept = [each for each in campaign["phone_number_ids"] if each != number]
        campaign["phone_number_ids"] = kept


def _find(request: Request) -> Row:
    missing = error(404, "Phone number not found")
    row: Row = find(request.account.numbers, request.path["id"], missing)
    return row
