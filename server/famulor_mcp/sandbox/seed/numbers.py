"""The seeded account's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from famulor_mcp.sandbox.store import Account, World

_NUMBERS: tuple[dict[str, Any], ...] = (
    {"phone_number": "+493023125001", "nickname": "Zentrale Berlin", "region": "Berlin"},
    {
        "phone_number": "+442079460001",
        "nickname": "London line",
        "country_code": "GB",
        "region": "London",
        "sms_capable": True,
    },
    {"phone_number": "+493023125002", "nickname": "Notdienst", "region": "Berlin"},
    {
        "phone_number": "+493023125010",
        "nickname": "Mobil Lindner",
        "type": "caller_id",
        "type_label": "Caller ID",
        "has_active_subscription": False,
        "region": "Berlin",
    },
)


def stock(world: World, account: Account) -> None:
    """Store four numbers: three rented, one a verified caller id."""
    for place, given in enumerate(_NUMBERS):
        created = world.clock.now() - timedelta(days=200 - 30 * place)
        add(world, account, given | {"created": created})


def add(world: World, account: Account, given: dict[str, Any]) -> dict[str, Any]:
    """Store a number, rented in Germany and without SMS unless said otherwise."""
    number = world.next_id("number")
    account.numbers[number] = {
        "id": number,
        "nickname": None,
        "country_code": "DE",
        "type": "normal",
        "type_label": "Phone number",
        "sms_capable": False,
        "region": "",
        "has_active_subscription": True,
        "ends": None,
    } | given
    return account.numbers[number]


@dataclass(frozen=True)
class Shelf:
    """Numbers on offer in a country: two digits follow the prefix; price per month in USD."""

    prefix: str
    formatted: str
    region: str
    price: float
    address: str
    sms: bool


OFFERS = {
    "DE": Shelf("+4930231259", "030 23125 9", "Berlin", 4.0, "local", sms=False),
    "US": Shelf("+121255501", "(212) 555-01", "New York", 1.5, "none", sms=True),
    "CA": Shelf("+141655501", "(416) 555-01", "Toronto", 1.5, "none", sms=True),
    "GB": Shelf("+4420794609", "020 7946 09", "London", 2.0, "foreign", sms=True),
    "AU": Shelf("+612555001", "(02) 5550 01", "Sydney", 3.5, "local", sms=True),
}
"""Only countries that keep numbers free for fiction; the others have none on offer here."""
