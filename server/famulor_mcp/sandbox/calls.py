"""Calls: placed, ringing, talking, ended, billed. A call's state is a function of the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import dice, talk
from .answer import Answer, message
from .clock import iso
from .page import RULES as PAGING
from .page import cut, full
from .rules import E164, Check
from .seed.scripts import FALLBACK, SCRIPTS, VOICEMAIL
from .store import Call, find

if TYPE_CHECKING:
    from .store import Account, Request, Row, World

STATUSES = (
    "initiated,ringing,busy,in-progress,ended,completed,ended_by_customer,ended_by_assistant,"
    "no-answer,failed"
)
FATES = {"96": "voicemail", "97": "no-answer", "98": "busy", "99": "failed"}
"""What becomes of a call to a number that ends so; any other number is answered by a person."""

PRICE = Decimal("0.12")
CARRIER_PRICE = Decimal("0.018")
"""USD per minute talked, by the second; the carrier's share is part of the price."""

CENT_PARTS = Decimal("0.0001")

FILTERS = {
    "status": f"string|in:{STATUSES}",
    "type": "string|in:inbound,outbound,web",
    "phone_number": "string",
    "assistant_id": "integer",
    "campaign_id": "integer",
    "date_from": "date",
    "date_to": "date",
}


def create(request: Request) -> Answer:
    """Place a call now; the answer comes before it rings."""
    rules = {"phone_number": "required", "assistant_id": "required|integer", "variables": "map"}
    asked = Check(request.body, rules).done()
    account = request.account
    if not isinstance(asked["phone_number"], str) or not E164.fullmatch(asked["phone_number"]):
        raise message(400, "The phone number must be in E.164 format, for example +4915123456789.")
    assistant = account.assistants.get(asked["assistant_id"])
    if assistant is None or assistant["type"] != "outbound":
        raise message(404, "Outbound assistant not found.")
    if account.balance < PRICE:
        raise message(422, "Insufficient balance. Please top up your account to make calls.")
    variables = (assistant["variables"] or {}) | (asked.get("variables") or {})
    number = asked["phone_number"]
    call = place(request.world, account, assistant, number, request.now, variables=variables)
    return Answer(
        {"message": "Call initiated successfully", "call_id": call.id, "status": "initiated"}
    )


def place(
    world: World, account: Account, assistant: Row, number: str, when: datetime, **facts: Any
) -> Call:
    """A new outbound call of an account, planned to its end; `facts` are further fields of Call."""
    call = Call(
        id=world.next_id("call"),
        assistant=dict(assistant),
        type="outbound",
        client_number=number,
        created=when,
        **{"own_number": _caller(account, assistant)} | facts,
    )
    account.calls[call.id] = planned(world.seed, call)
    return account.calls[call.id]


def planned(seed: int, call: Call) -> Call:
    """The call with its outcome, script, duration and cost decided."""
    fate = FATES.get(call.client_number[-2:], "completed")
    if fate not in {"completed", "voicemail"}:
        return replace(call, outcome=fate)
    script = VOICEMAIL if fate == "voicemail" else call.script or _script(seed, call)
    seconds = talk.length(talk.lines(script, call.assistant["initial_message"], call.variables))
    seconds = min(seconds, call.assistant["max_duration"])
    return replace(
        call,
        script=script,
        duration=seconds,
        cost=(PRICE * seconds / 60).quantize(CENT_PARTS),
        carrier_cost=(CARRIER_PRICE * seconds / 60).quantize(CENT_PARTS),
        machine=fate == "voicemail",
    )


def _script(seed: int, call: Call) -> talk.Script:
    language = call.assistant["language"]
    topic = call.assistant.get("topic")
    fitting = [each for each in SCRIPTS if each.language == language and each.topic == topic]
    general = FALLBACK.get(language, FALLBACK["en"])
    return dice.pick(fitting or [general], seed, call.id)


def _caller(account: Account, assistant: Row) -> str:
    own = account.numbers.get(assistant["phone_number_id"] or 0)
    rest = (row for row in account.numbers.values() if row["type"] == "normal")
    chosen = own or next(rest, None)
    return chosen["phone_number"] if chosen else ""


def answered(call: Call) -> datetime:
    """When the call is taken, or given up."""
    return call.created + timedelta(seconds=call.dial + call.ring)


def ended(call: Call) -> datetime:
    """When the call is over."""
    end = answered(call) + timedelta(seconds=call.talk if call.script else 0)
    return min(end, call.aborted) if call.aborted else end


def status(call: Call, now: datetime) -> str:
    """The status at a time."""
    if now >= ended(call):
        return "failed" if call.aborted and call.aborted <= answered(call) else call.outcome
    if now >= answered(call):
        return "in-progress"
    ringing = call.created + timedelta(seconds=call.dial)
    return "ringing" if now >= ringing else "initiated"


def settle(account: Account, now: datetime) -> None:
    """Bill the calls that have ended."""
    for call in account.calls.values():
        if not call.settled and now >= ended(call):
            call.settled = True
            _stop_at_abort(call)
            account.charge(call.cost)


def _stop_at_abort(call: Call) -> None:
    """A call cut short is reported and billed for the share that took place."""
    if call.aborted is None or call.script is None:
        return
    share = max(0.0, (call.aborted - answered(call)).total_seconds() / call.talk)
    part = Decimal(str(min(1.0, share)))
    call.duration = round(call.duration * float(part))
    call.cost = (call.cost * part).quantize(CENT_PARTS)
    call.carrier_cost = (call.carrier_cost * part).quantize(CENT_PARTS)


def view(call: Call, now: datetime) -> Row:
    """The call as the API shows it at a time."""
    over = now >= ended(call)
    talking = call.script is not None and now >= answered(call)
    billed = over and talking
    schema = call.assistant["post_call_schema"] if call.assistant["post_call_evaluation"] else []
    recorded = billed and call.assistant["record"]
    token = dice.token(16, "recording", call.id)
    return {
        "id": call.id,
        "assistant_name": call.assistant["name"],
        "campaign_name": call.campaign["name"] if call.campaign else None,
        "type": call.type,
        "duration": call.duration if over else 0,
        "assistant_phone_number": call.own_number,
        "client_phone_number": call.client_number,
        "status": status(call, now),
        "transcript": _transcript(call, now) if talking else [],
        "variables": call.variables or [],
        "evaluation": _evaluation(call, schema) if billed else [],
        "webhook_response": None,
        "carrier_cost": str(call.carrier_cost if billed else Decimal("0.0000")),
        "total_cost": str(call.cost if billed else Decimal("0.0000")),
        "answered_by": ("machine" if call.machine else "human") if talking else None,
        "recording_url": f"https://recordings.example.com/{token}.mp3" if recorded else None,
        "created_at": iso(call.created),
        "updated_at": iso(min(now, ended(call))),
    }


def _transcript(call: Call, now: datetime) -> list[Row]:
    if call.script is None:
        return []
    until = min(now, ended(call))
    share = (until - answered(call)).total_seconds() / call.talk
    spoken = talk.lines(call.script, call.assistant["initial_message"], call.variables)
    return talk.transcript(spoken, answered(call), min(1.0, share))


def _evaluation(call: Call, schema: list[Row]) -> list[Row]:
    return talk.evaluation(call.script, schema, call.id) if call.script else []


def show(request: Request) -> Answer:
    """One call, bare."""
    call = find(request.account.calls, request.path["id"], message(404, "Call not found"))
    return Answer(view(call, request.now))


def index(request: Request) -> Answer:
    """Calls that pass the filters, newest first, as FullPage."""
    asked = Check(request.query, FILTERS | PAGING).done()
    rows = sorted(request.account.calls.values(), key=lambda call: (call.created, call.id))
    rows = [call for call in reversed(rows) if _passes(call, asked, request.now)]
    page = cut(request, rows)
    return Answer(full(request, replace(page, rows=[view(c, request.now) for c in page.rows])))


def _passes(call: Call, asked: dict[str, Any], now: datetime) -> bool:
    day = call.created.date()
    facts = {
        "status": status(call, now),
        "type": call.type,
        "assistant_id": call.assistant["id"],
        "campaign_id": call.campaign["id"] if call.campaign else None,
    }
    return (
        all(asked.get(name, fact) == fact for name, fact in facts.items())
        and asked.get("phone_number", "") in call.client_number
        and asked.get("date_from", day) <= day <= asked.get("date_to", day)
    )


def delete(request: Request) -> Answer:
    """Remove a call with its transcript and recording."""
    call = find(request.account.calls, request.path["call"], message(404, "Call not found"))
    del request.account.calls[call.id]
    return Answer({"message": "Call deleted successfully"})
