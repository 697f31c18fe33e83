"""Text conversations: widget and test chats, AI replies, and who answers them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from . import dice
from .answer import Answer, chat, coded
from .clock import iso
from .limits import AI_REPLY
from .page import cursor
from .rules import Check
from .seed.replies import reply
from .talk import filled

if TYPE_CHECKING:
    from datetime import datetime

    from .store import Account, Request, Row, World

MESSAGE_PRICE = Decimal("0.01")
"""USD per message of a customer, in all but test conversations."""

FILTERS = {
    "type": "string|in:test,widget,whatsapp,api",
    "assistant_id": "integer",
    "customer_phone": "string",
    "whatsapp_sender_phone": "string",
    "external_identifier": "string",
    "per_page": "integer|min:1|max:100",
    "cursor": "string",
}
REPLY = {
    "assistant_id": "required|integer",
    "customer_identifier": "required|string|max:255",
    "message": "required|string",
    "variables": "map",
}


def index(request: Request) -> Answer:
    """Conversations that pass the filters, newest first, as CursorPage."""
    asked = Check(request.query, FILTERS).done()
    rows = sorted(request.account.conversations.values(), key=lambda row: row["created"])
    shown = [view(row) for row in reversed(rows) if _passes(row, asked)]
    return Answer(cursor(request, shown, asked.get("per_page", 15)))


def _passes(row: Row, asked: Row) -> bool:
    facts = {
        "type": row["type"],
        "assistant_id": row["assistant"]["id"],
        "customer_phone": row.get("customer", {}).get("phone"),
        "whatsapp_sender_phone": row.get("whatsapp_sender", {}).get("phone"),
        "external_identifier": row.get("external_identifier"),
    }
    return all(asked.get(name, fact) == fact for name, fact in facts.items())


def view(row: Row) -> Row:
    """The listed conversation; the last fields only where the type has them."""
    return {
        "id": row["id"],
        "assistant_id": row["assistant"]["uuid"],
        "assistant_name": row["assistant"]["name"],
        "type": row["type"],
        "variables": row["variables"] or None,
        "message_count": len(row["history"]),
        "total_cost": float(row["cost"]),
        "ai_enabled": row["ai_enabled"],
        "created_at": iso(row["created"]),
        "updated_at": iso(row["updated"]),
        **_extra(row),
    }


def _extra(row: Row) -> Row:
    names = ("whatsapp_sender", "customer", "external_identifier")
    return {name: row[name] for name in names if name in row}


def show(request: Request) -> Answer:
    """A conversation's whole history."""
    _, row = _anywhere(request)
    shown = {"status": True, "history": row["history"], "variables": row["variables"] or None}
    return Answer(shown | _extra(row))


def create(request: Request) -> Answer:
    """A widget or test conversation with an assistant, named by its uuid."""
    rules = {
        "assistant_id": "required|string",
        "type": "string|in:widget,test",
        "variables": "map",
    }
    check = Check(request.body, rules)
    if check.errors:
        raise chat(422, next(iter(check.errors.values()))[0])
    given = check.data
    for account in request.world.accounts:
        for assistant in account.assistants.values():
            if assistant["uuid"] == given["assistant_id"]:
                kind = given.get("type", "widget")
                if kind == "widget" and account.balance < MESSAGE_PRICE:
                    raise chat(400, "Insufficient balance")
                facts = {"type": kind, "variables": given.get("variables") or {}}
                row = build(request.world, account, assistant, request.now, facts)
                return Answer(
                    {"status": True, "conversation_id": row["id"], "history": row["history"]}
                )
    raise chat(404, "Assistant not found")


def build(world: World, account: Account, assistant: Row, when: datetime, facts: Row) -> Row:
    """Store a conversation that begins with the assistant's opening message."""
    number = dice.uuid(world.seed, "conversation", world.next_id("conversation"))
    variables = (assistant["variables"] or {}) | facts.get("variables", {})
    opening = filled(assistant["initial_message"] or "", variables)
    account.conversations[number] = {
        "id": number,
        "assistant": assistant,
        "history": [{"role": "assistant", "content": opening}] if opening else [],
        "cost": Decimal(0),
        "ai_enabled": True,
        "created": when,
        "updated": when,
        **facts,
    }
    return account.conversations[number]


def send(request: Request) -> Answer:
    """A customer's message and what the assistant answers."""
    account, row = _anywhere(request)
    check = Check(request.body, {"message": "required|string|max:2000"})
    if check.errors:
        raise chat(422, check.errors["message"][0])
    if row["type"] != "test" and account.balance < MESSAGE_PRICE:
        raise chat(400, "Insufficient balance")
    said = say(account, row, check.data["message"], request.now)
    return Answer(
        {"status": True, "message": said["content"], "function_calls": said["function_calls"]}
    )


def say(account: Account, row: Row, text: str, now: datetime) -> Row:
    """Add a message, bill it, and add the assistant's answer unless a human has taken over."""
    row["history"].append({"role": "user", "content": text})
    row["updated"] = now
    if row["type"] != "test":
        account.charge(MESSAGE_PRICE)
        row["cost"] += MESSAGE_PRICE
    if not row["ai_enabled"]:
        return {"content": "", "function_calls": []}
    content, function_calls = reply(row["assistant"]["language"], text)
    said = {"role": "assistant", "content": content}
    row["history"].append(said | ({"function_calls": function_calls} if function_calls else {}))
    return {"content": content, "function_calls": function_calls}


def generate(request: Request) -> Answer:
    """An assistant's reply to a customer of an outside channel; nothing is delivered."""
    account = request.account
    request.world.limiter.take(f"{account.key} ai", [AI_REPLY], request.now)
    given = Check(request.body, REPLY).done()
    assistant = account.assistants.get(given["assistant_id"])
    if assistant is None:
        raise coded(404, "ASSISTANT_NOT_FOUND", "Assistant not found")
    if account.balance < MESSAGE_PRICE:
        raise coded(402, "INSUFFICIENT_BALANCE", "Insufficient balance")
    customer = given["customer_identifier"]
    row = _continued(account, assistant, customer)
    if row is None:
        variables = given.get("variables") or {}
        facts = {"type": "api", "external_identifier": customer, "variables": variables}
        row = build(request.world, account, assistant, request.now, facts)
        row["history"].clear()
    said = say(account, row, given["message"], request.now)
    return Answer(
        {
            "success": True,
            "conversation_id": row["id"],
            "customer_identifier": customer,
            "reply": said["content"],
            "function_calls": said["function_calls"],
            "ai_disabled": not row["ai_enabled"],
        }
    )


def _continued(account: Account, assistant: Row, customer: str) -> Row | None:
    own = (
        row
        for row in account.conversations.values()
        if row["assistant"]["id"] == assistant["id"] and row.get("external_identifier") == customer
    )
    return next(own, None)


def enable(request: Request) -> Answer:
    """Let the AI answer again."""
    return _switched(request, on=True)


def disable(request: Request) -> Answer:
    """A human takes over: messages are kept but not answered."""
    return _switched(request, on=False)


def _switched(request: Request, *, on: bool) -> Answer:
    row = request.account.conversations.get(request.path["uuid"])
    if row is None:
        raise chat(404, "Conversation not found")
    row |= {"ai_enabled": on, "updated": request.now}
    return Answer({"status": True, "ai_enabled": on})


def _anywhere(request: Request) -> tuple[Account, Row]:
    """A conversation by its UUID, which is all that a widget knows."""
    for account in request.world.accounts:
        row = account.conversations.get(request.path["uuid"])
        if row is not None:
            return account, row
    raise chat(404, "Conversation not found")
