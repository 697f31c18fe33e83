"""The seeded world: a small German and British business, and a second account to tell apart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from famulor_mcp.sandbox.store import Account, World

from . import assistants, calls, campaigns, chats, material, numbers

if TYPE_CHECKING:
    from famulor_mcp.sandbox.clock import Clock

KEY = "sandbox-key"
"""Opens the seeded account."""

SECOND_KEY = "sandbox-key-two"
"""Opens a second, almost empty account."""


def make_world(seed: int, clock: Clock) -> World:
    """Both accounts as they are at the clock's time."""
    first = Account(
        1, "Lindenhof Haustechnik GmbH", "buero@lindenhof.example", KEY, Decimal("48.75")
    )
    other = Account(2, "Northgate Dental", "desk@northgate.example", SECOND_KEY, Decimal("5.00"))
    other.payment_method = False
    world = World(seed, clock, [first, other])
    for family in (numbers, material, assistants, campaigns, calls, chats):
        family.stock(world, first)
    assistants.second(world, other)
    _age_assistants(world)
    return world


def _age_assistants(world: World) -> None:
    """When each assistant was made and last changed."""
    for account in world.accounts:
        for place, row in enumerate(account.assistants.values()):
            created = world.clock.now() - timedelta(days=180 - 15 * place)
            row |= {"created": created, "updated": created + timedelta(days=12)}
