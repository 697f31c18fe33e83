"""WhatsApp: senders, templates, the 24-hour window, and messages with their error codes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import calls, conversations, dice
from .answer import Answer, coded
from .clock import plain
from .limits import WHATSAPP_SEND
from .rules import E164, Check
from .store import find

if TYPE_CHECKING:
    from .answer import Refusal
    from .store import Account, Request, Row, World

WINDOW = timedelta(hours=24)
ANSWER_AFTER = timedelta(seconds=10)
"""A recipient writes back so long after a template, but not one whose number is unreachable."""

TEMPLATE_PRICE = Decimal("0.09")
FREEFORM_PRICE = Decimal("0.01")
RECIPIENT = {"sender_id": "required|integer", "recipient_phone": "required"}
TEMPLATE = RECIPIENT | {
    "template_id": "required|integer",
    "recipient_name": "string|max:255",
    "variables": "map",
}
FREEFORM = RECIPIENT | {"message": "required|string|max:4096"}
SENDER = (
    "id", "phone_number", "display_name", "status", "quality_rating", "messaging_limit",
    "messaging_limit_formatted",
)  # fmt: skip


def senders(request: Request) -> Answer:
    """Senders, the online ones unless all are asked for, under data."""
    asked = Check(request.query, {"status": "string|in:online,all"}).done()
    rows = request.account.senders.values()
    every = asked.get("status") == "all"
    return Answer(
        {
            "data": [
                {name: row[name] for name in SENDER}
                for row in rows
                if every or row["status"] == "online"
            ]
        }
    )


def templates(request: Request) -> Answer:
    """A sender's templates, the approved ones unless all are asked for, under data."""
    sender = find(request.account.senders, request.path["senderId"], _no_sender())
    asked = Check(request.query, {"status": "string|in:approved,all"}).done()
    every = asked.get("status") == "all"
    shown = [
        {name: value for name, value in row.items() if name != "sender_id"}
        | {"has_variables": bool(row["variables"])}
        for row in request.account.templates.values()
        if row["sender_id"] == sender["id"] and (every or row["status"] == "approved")
    ]
    return Answer({"data": shown})


def session(request: Request) -> Answer:
    """Whether free text may be sent to a recipient now."""
    given = _checked(request.query, RECIPIENT)
    sender = _sender(request.account, given)
    thread = _thread(request.account, sender, given["recipient_phone"])
    status = window(thread, request.now)
    known: dict[str, Any] = {"success": True, "has_conversation": thread is not None}
    if thread is None:
        return Answer(known | {"session_status": status})
    last = _heard(thread, request.now)
    known |= {
        "conversation_id": thread["id"],
        "customer_name": thread["name"],
        "last_customer_message_at": plain(last) if last else None,
    }
    return Answer(known | {"session_status": status})


def window(thread: Row | None, now: datetime) -> dict[str, Any]:
    """SessionStatus: only a message of the customer opens the window, for 24 hours."""
    last = _heard(thread, now) if thread else None
    open_now = last is not None and now < last + WINDOW
    state: dict[str, Any] = {
        "is_open": open_now,
        "can_send_freeform": open_now,
        "requires_template": not open_now,
    }
    if last is None:
        return state | {"message": "No message of the customer yet. Send a template first."}
    if open_now:
        left = int((last + WINDOW - now).total_seconds() // 60)
        state |= {"message": "Session is open.", "minutes_remaining": left}
        return state | {"expires_at": plain(last + WINDOW)}
    return state | {
        "message": "Session expired. Send a template.",
        "expired_at": plain(last + WINDOW),
    }


def _heard(thread: Row, now: datetime) -> datetime | None:
    """When the customer wrote last, an answer that is due by now included."""
    if thread["answers"] is not None and thread["answers"] <= now:
        thread |= {"last": thread["answers"], "answers": None}
    last: datetime | None = thread["last"]
    return last


def send_template(request: Request) -> Answer:
    """Send an approved template; a recipient who is reached writes back and opens the window."""
    account, given, sender = _admitted(request, TEMPLATE)
    template = account.templates.get(given["template_id"])
    if template is None or template["sender_id"] != sender["id"]:
        raise coded(404, "TEMPLATE_NOT_FOUND", "Template not found")
    if template["status"] != "approved":
        raise coded(422, "TEMPLATE_NOT_APPROVED", "The template is not approved by Meta.")
    variables = given.get("variables") or {}
    absent = [name for name in template["variables"] if name not in variables]
    if absent:
        text = f"The template needs these variables: {', '.join(absent)}."
        raise coded(422, "TEMPLATE_MISMATCH", text)
    if sender["status"] != "online":
        raise coded(422, "SENDER_OFFLINE", "The sender is offline.")
    thread = _opened(request, sender, given)
    if given["recipient_phone"][-2:] not in calls.FATES:
        thread["answers"] = request.now + ANSWER_AFTER
    values = [str(variables[name]) for name in template["variables"]]
    text = re.sub(r"\{\{(\d+)\}\}", lambda found: values[int(found[1]) - 1], template["body_text"])
    sent = _sent(request, thread, text, TEMPLATE_PRICE)
    return Answer(sent | {"status": "queued"})


def send_freeform(request: Request) -> Answer:
    """Send free text, only while the window is open."""
    account, given, sender = _admitted(request, FREEFORM)
    thread = _thread(account, sender, given["recipient_phone"])
    status = window(thread, request.now)
    if thread is None or not status["is_open"]:
        text = "The 24-hour session has expired. Send a template message first."
        raise coded(403, "SESSION_EXPIRED", text, session_status=status)
    if sender["status"] != "online":
        raise coded(503, "SENDER_OFFLINE", "The sender is offline.")
    sent = _sent(request, thread, given["message"], FREEFORM_PRICE)
    return Answer(sent | {"session_status": status})


def _admitted(request: Request, rules: dict[str, str]) -> tuple[Account, Row, Row]:
    account = request.account
    request.world.limiter.take(f"{account.key} whatsapp", [WHATSAPP_SEND], request.now)
    given = _checked(request.body, rules)
    sender = _sender(account, given)
    if sender["assistant_id"] not in account.assistants:
        raise coded(422, "NO_ASSISTANT_CONFIGURED", "The sender has no assistant.")
    if account.balance < TEMPLATE_PRICE:
        raise coded(402, "INSUFFICIENT_BALANCE", "Insufficient balance")
    return account, given, sender


def _checked(body: Any, rules: dict[str, str]) -> Row:
    check = Check(body, rules)
    phone = check.data.get("recipient_phone")
    if "recipient_phone" not in check.errors and not E164.fullmatch(str(phone)):
        raise coded(422, "INVALID_PHONE", "The recipient phone must be in E.164 format.")
    if check.errors:
        raise coded(422, "UNKNOWN_ERROR", next(iter(check.errors.values()))[0])
    return check.data


def _sender(account: Account, given: Row) -> Row:
    row = account.senders.get(given["sender_id"])
    if row is None:
        raise _no_sender()
    return row


def _no_sender() -> Refusal:
    return coded(404, "SENDER_NOT_FOUND", "Sender not found")


def _thread(account: Account, sender: Row, phone: str) -> Row | None:
    own = (
        row
        for row in account.threads.values()
        if row["sender_id"] == sender["id"] and row["phone"] == phone
    )
    return next(own, None)


def _opened(request: Request, sender: Row, given: Row) -> Row:
    """The thread with a recipient, which is new if there is none."""
    account, phone = request.account, given["recipient_phone"]
    thread = _thread(account, sender, phone)
    if thread is None:
        name = given.get("recipient_name")
        customer = {"phone": phone, "name": name}
        thread = start(request.world, account, sender, customer, request.now)
    return thread


def start(world: World, account: Account, sender: Row, customer: Row, when: datetime) -> Row:
    """Store a thread and the conversation that lists it."""
    number = world.next_id("thread")
    facts = {
        "type": "whatsapp",
        "variables": {},
        "whatsapp_sender": {"name": sender["display_name"], "phone": sender["phone_number"]},
        "customer": {"name": customer["name"], "phone": customer["phone"]},
    }
    assistant = account.assistants[sender["assistant_id"]]
    row = conversations.build(world, account, assistant, when, facts)
    row["history"].clear()
    account.threads[number] = {
        "id": number,
        "sender_id": sender["id"],
        "conversation": row["id"],
        "last": None,
        "answers": None,
        **customer,
    }
    return account.threads[number]


def _sent(request: Request, thread: Row, text: str, price: Decimal) -> Row:
    """Add the message to the conversation and bill it."""
    row = request.account.conversations[thread["conversation"]]
    row["history"].append({"role": "assistant", "content": text})
    row |= {"updated": request.now, "cost": row["cost"] + price}
    request.account.charge(price)
    number = request.world.next_id("whatsapp")
    return {
        "success": True,
        "conversation_id": thread["id"],
        "message_id": 5000 + number,
        "whatsapp_message_id": number,
        "message_sid": f"MM{dice.token(32, request.world.seed, number)}",
    }
