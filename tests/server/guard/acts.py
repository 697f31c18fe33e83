"""A clock that stands still, and a few tools of an API that does not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.server.tables import INTEGER, STRING, tool

from famulor_mcp.guard.intent import Intent

PHONE = {"type": "string", "pattern": "^\\+[1-9][0-9]{1,14}$"}


class ManualClock:
    """Stands still until it is moved; by default at noon in Berlin on Tuesday, 23 June 2026."""

    def __init__(self, start: datetime = datetime(2026, 6, 23, 10, tzinfo=UTC)) -> None:
        self.start = start
        self.passed = timedelta()

    def now(self) -> datetime:
        return self.start + self.passed

    def monotonic(self) -> float:
        return 1000 + self.passed.total_seconds()

    def advance(self, seconds: float) -> None:
        self.passed += timedelta(seconds=seconds)


RING = tool(
    "ring",
    "POST",
    "/ring",
    effect="contact",
    properties={"number": PHONE, "helper_id": INTEGER, "words": STRING},
    required=["number"],
    verify="list_rings",
    destinations=(("number",),),
)
PAY = tool("pay", "POST", "/pay", effect="spend", properties={"amount": INTEGER}, verify="bills")
NOTE = tool(
    "note",
    "POST",
    "/note",
    properties={
        "number": PHONE,
        "others": {
            "type": "array",
            "items": {"type": "object", "properties": {"number": PHONE, "name": STRING}},
        },
        "kind": {"type": "string", "enum": ["short", "long"]},
        "text": STRING,
        "extra": {"type": "object", "additionalProperties": True},
        "password": STRING,
        "headers": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": STRING, "value": STRING}},
        },
    },
    secret_arguments=(("password",), ("headers", "*", "value")),
    destinations=(("number",), ("others", "*", "number")),
)
LOOK = tool("look", "GET", "/look", properties={"number": PHONE})
DROP = tool("drop", "DELETE", "/drop/{id}", effect="delete", properties={"id": INTEGER})
TOOLS = (RING, PAY, NOTE, LOOK, DROP)

NUMBER = "+4915112345678"


def ring(account: str = "ada", **arguments: Any) -> Intent:
    """A call that rings somebody."""
    return Intent.of(RING, {"number": NUMBER, **arguments}, account)
