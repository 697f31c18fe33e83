"""Text messages: sent at once, billed by segment and country."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from . import dice
from .answer import Answer, message, unsaid
from .rules import Check

if TYPE_CHECKING:
    from .store import Request

RULES = {
    "from": "required|integer",
    "to": "required|string|e164",
    "body": "required|string|max:300",
}
PRICES = {"+49": Decimal("0.095"), "+44": Decimal("0.045"), "+1": Decimal("0.012")}
"""EUR per segment by the recipient's country."""

ELSEWHERE = Decimal("0.08")
UNDELIVERABLE = "99"
"""A number that ends so makes the carrier fail, with 500."""

PLAIN = re.compile(r"[\n\r !-_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ]*")
"""About the alphabet that packs 160 characters into a segment; anything else makes it 70."""


def create(request: Request) -> Answer:
    """Send a message from an own number; every refusal is a 400 with a message."""
    account = request.account
    check = Check(request.body, RULES)
    if check.errors:
        raise message(400, next(iter(check.errors.values()))[0])
    given = check.data
    number = account.numbers.get(given["from"])
    if number is None:
        raise message(400, "The sender phone number was not found.")
    if not number["sms_capable"] or not number["has_active_subscription"]:
        raise message(400, "The sender phone number cannot send SMS.")
    parts = segments(given["body"])
    cost = parts * _price(given["to"])
    if account.balance < cost:
        raise message(400, "Insufficient balance to send this SMS.")
    if given["to"].endswith(UNDELIVERABLE):
        raise unsaid(500, "Failed to send SMS", "The carrier refused the message (30008).")
    account.charge(cost)
    data = {
        "sms_id": f"SM{dice.token(32, request.world.seed, request.world.next_id('sms'))}",
        "from": number["phone_number"],
        "to": given["to"],
        "body": given["body"],
        "segments": parts,
        "cost": float(cost),
        "currency": "EUR",
        "status": "queued",
    }
    return Answer({"message": "SMS sent successfully", "data": data})


def segments(body: str) -> int:
    """How many messages a text takes."""
    single, joined = (160, 153) if PLAIN.fullmatch(body) else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // joined)


def _price(number: str) -> Decimal:
    return next((cost for prefix, cost in PRICES.items() if number.startswith(prefix)), ELSEWHERE)
