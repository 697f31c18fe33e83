"""Knowledge bases, mid-call tools, folders and labels of the seeded account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from famulor_mcp.sandbox import knowledge, midcall
from famulor_mcp.sandbox.groups import FOLDERS, LABELS

if TYPE_CHECKING:
    from famulor_mcp.sandbox.store import Account, World

_BASES = (
    ("Leistungen und Preise", "Wartung, Notdienst, Solar: was wir tun und was es kostet", (
        ("Preisliste 2026", "pdf"), ("Häufige Fragen", "docx"), ("Website", "website"),
    )),
    ("Service handbook", "Services, prices and opening hours, in English", (
        ("Price list (English)", "pdf"), ("Opening hours", "txt"),
    )),
)  # fmt: skip
_TOOLS: tuple[dict[str, Any], ...] = (
    {
        "name": "check_free_slots",
        "description": "Free visiting times of a day",
        "endpoint": "https://api.lindenhof.example/slots",
        "method": "GET",
        "headers": [{"name": "X-Api-Key", "value": "fictitious-key"}],
        "schema": [{"name": "day", "type": "string", "description": "The day, as YYYY-MM-DD"}],
    },
    {
        "name": "open_ticket",
        "description": "Open a ticket for a technician",
        "endpoint": "https://api.lindenhof.example/tickets",
        "method": "POST",
        "timeout": 15,
        "schema": [
            {"name": "address", "type": "string", "description": "Street and number"},
            {"name": "urgent", "type": "boolean", "description": "Whether it cannot wait"},
        ],
    },
)
_FOLDERS = (("Eingehend", "blue"), ("Ausgehend", "green"), ("Archiv", None))
_LABELS = (("Deutsch", "amber"), ("English", "teal"), ("Wartung", "slate"), ("Solar", "orange"))


def stock(world: World, account: Account) -> None:
    """Store them all, made a few months ago."""
    made = world.clock.now() - timedelta(days=120)
    for name, description, documents in _BASES:
        given = {"name": name, "description": description}
        base = knowledge.build(world, account, given, made)
        for title, kind in documents:
            knowledge.build_document(
                world, account, {"name": title, "type": kind, "base": base["id"]}, made
            )
    for tool in _TOOLS:
        midcall.build(world, account, tool, made)
    for name, color in _FOLDERS:
        FOLDERS.build(world, account, {"name": name, "color": color})
    for name, color in _LABELS:
        LABELS.build(world, account, {"name": name, "color": color})
