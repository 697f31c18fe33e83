"""Campaigns: once started they dial their leads, as many at a time as they may, while it may be."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import calls
from .answer import Answer, message, unsuccessful
from .clock import plain
from .rules import Check
from .store import find

if TYPE_CHECKING:
    from .store import Account, Request, Row, World

DAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
PLAN_LIMIT = 10
FIELDS = {
    "name": "required|string|max:255",
    "assistant_id": "required|integer",
    "timezone": "string|timezone",
    "max_calls_in_parallel": "integer|min:1|max:10",
    "allowed_hours_start_time": "string|time",
    "allowed_hours_end_time": "string|time",
    "allowed_days": "array",
    "allowed_days.*": f"string|in:{DAYS}",
    "max_retries": "integer|min:1|max:5",
    "retry_interval": "integer|min:10|max:4320",
    "retry_on_voicemail": "boolean",
    "retry_on_goal_incomplete": "boolean",
    "goal_completion_variable": "string|max:255",
    "mark_complete_when_no_leads": "boolean",
    "phone_number_ids": "array|distinct",
    "phone_number_ids.*": "integer",
}
DEFAULTS: dict[str, Any] = {
    "timezone": "UTC",
    "max_calls_in_parallel": 3,
    "allowed_hours_start_time": "00:00",
    "allowed_hours_end_time": "23:59",
    "allowed_days": DAYS.split(","),
    "max_retries": 3,
    "retry_interval": 60,
    "retry_on_voicemail": False,
    "retry_on_goal_incomplete": False,
    "goal_completion_variable": None,
    "mark_complete_when_no_leads": True,
    "phone_number_ids": [],
}
SHOWN = (
    "id", "name", "status", "max_calls_in_parallel", "mark_complete_when_no_leads",
    "allowed_hours_start_time", "allowed_hours_end_time", "allowed_days", "max_retries",
    "retry_interval",
)  # fmt: skip
WAITING = ("created", "rescheduled")


def index(request: Request) -> Answer:
    """All campaigns, bare."""
    return Answer([view(row) for row in request.account.campaigns.values()])


def create(request: Request) -> Answer:
    """A new campaign, a draft that calls nobody yet."""
    account = request.account
    check = Check(request.body, FIELDS)
    numbers = [] if check.errors else check.data.get("phone_number_ids") or []
    for place, number in enumerate(numbers):
        if number not in account.numbers:
            name = f"phone_number_ids.{place}"
            check.fail(name, f"The selected {name} is invalid.")
    given = check.done()
    assistant = account.assistants.get(given["assistant_id"])
    if assistant is None or assistant["type"] != "outbound":
        raise message(404, "Outbound assistant not found")
    if len(account.campaigns) >= PLAN_LIMIT:
        raise message(403, "You have reached the maximum number of campaigns for your plan.")
    row = build(request.world, account, given, request.now)
    return Answer({"message": "Campaign created successfully", "data": view(row)}, 201)


def build(world: World, account: Account, given: Row, when: datetime) -> Row:
    """Store a campaign with the defaults for what was not given."""
    number = world.next_id("campaign")
    own = {"id": number, "status": "draft", "created": when, "updated": when, "started": None}
    account.campaigns[number] = DEFAULTS | own | given
    return account.campaigns[number]


def view(row: Row) -> Row:
    """The campaign as the API shows it; retry_interval in minutes."""
    times = {"created_at": plain(row["created"]), "updated_at": plain(row["updated"])}
    return {name: row[name] for name in SHOWN} | times


def switch(request: Request) -> Answer:
    """Start or stop a campaign."""
    body, account = request.body, request.account
    action = body.get("action")
    if action not in {"start", "stop"}:
        raise unsuccessful(400, "Invalid action. Use 'start' or 'stop'.")
    given = str(body.get("campaign_id"))
    row: Row = find(account.campaigns, given, unsuccessful(404, "Campaign not found"))
    if action == "start":
        _start(account, row, request.now)
        dial(request.world, account, request.now)
    else:
        _stop(account, row, request.now)
    data = {"campaign_id": row["id"], "status": row["status"]}
    done = "started" if action == "start" else "stopped"
    return Answer({"message": f"Campaign {done} successfully", "success": True, "data": data})


def _start(account: Account, row: Row, now: datetime) -> None:
    if row["status"] == "in-progress":
        raise unsuccessful(400, "Campaign is already in progress")
    if row["assistant_id"] not in account.assistants:
        raise unsuccessful(400, "The assistant of this campaign does not exist any more")
    if not any(lead["status"] in WAITING for lead in _leads(account, row)):
        raise unsuccessful(400, "Campaign has no leads to call")
    if account.balance < calls.PRICE:
        data = {"campaign_id": row["id"], "status": row["status"]}
        raise unsuccessful(400, "Insufficient balance to start the campaign", data)
    row |= {"status": "in-progress", "started": now, "updated": now}


def _stop(account: Account, row: Row, now: datetime) -> None:
    if row["status"] != "in-progress":
        raise unsuccessful(400, "Campaign is not in progress")
    abort(account, row, now)
    row |= {"status": "stopped", "updated": now}


def abort(account: Account, row: Row, now: datetime) -> None:
    """Hang up the calls of a campaign; the leads wait again."""
    for lead in _leads(account, row):
        if lead["status"] == "processing":
            lead["call"].aborted = now
            lead |= {"status": "created", "due": now, "attempts": lead["attempts"] - 1}
    calls.settle(account, now)


def delete(request: Request) -> Answer:
    """Stop a campaign and remove it with its leads."""
    account = request.account
    row = find(account.campaigns, request.path["id"], message(404, "Campaign not found"))
    abort(account, row, request.now)
    for lead in _leads(account, row):
        del account.leads[lead["id"]]
    del account.campaigns[row["id"]]
    return Answer({"message": "Campaign deleted successfully"})


def dial(world: World, account: Account, now: datetime) -> None:
    """Bring the running campaigns of an account up to a time."""
    for row in account.campaigns.values():
        if row["status"] == "in-progress":
            _run(world, account, row, now)


def _run(world: World, account: Account, row: Row, now: datetime) -> None:
    assistant = account.assistants.get(row["assistant_id"])
    leads = _leads(account, row)
    while True:
        calls.settle(account, now)
        for lead in leads:
            _conclude(row, lead, now)
        waiting = [lead for lead in leads if lead["status"] in WAITING]
        if not waiting or assistant is None or account.balance < calls.PRICE:
            break
        lead = min(waiting, key=lambda each: (each["due"], each["id"]))
        when = opens(row, max(lead["due"], _free(account, row)))
        if when > now:
            break
        lead |= {"status": "processing", "attempts": lead["attempts"] + 1, "updated": when}
        facts = {"campaign": row, "lead": lead} | _own_number(account, row, lead)
        facts["variables"] = (assistant["variables"] or {}) | (lead["variables"] or {})
        number = lead["phone_number"]
        lead["call"] = calls.place(world, account, assistant, number, when, **facts)
    over = not any(lead["status"] in {*WAITING, "processing"} for lead in leads)
    if over and row["mark_complete_when_no_leads"]:
        row |= {"status": "completed", "updated": now}


def _conclude(row: Row, lead: Row, now: datetime) -> None:
    """What a lead's ended call means for it."""
    call = lead["call"]
    if lead["status"] != "processing" or now < calls.ended(call):
        return
    end = calls.ended(call)
    missed = call.script is not None and not call.script.goal
    again = (
        call.outcome != "completed"
        or (call.machine and row["retry_on_voicemail"])
        or (missed and not call.machine and row["retry_on_goal_incomplete"])
    )
    if not again:
        lead["status"] = "completed"
    elif lead["attempts"] > row["max_retries"]:
        lead["status"] = "reached-max-retries"
    else:
        lead |= {"status": "rescheduled", "due": end + timedelta(minutes=row["retry_interval"])}
    lead["updated"] = end


def _free(account: Account, row: Row) -> datetime:
    """When the next of the campaign's lines is free."""
    own = (call for call in account.calls.values() if call.campaign is row)
    ends = sorted((calls.ended(call) for call in own), reverse=True)
    parallel = row["max_calls_in_parallel"]
    began: datetime = row["started"]
    return max(began, ends[parallel - 1]) if len(ends) >= parallel else began


def _own_number(account: Account, row: Row, lead: Row) -> Row:
    numbers = [account.numbers[n] for n in row["phone_number_ids"] if n in account.numbers]
    if not numbers:
        return {}
    return {"own_number": numbers[lead["id"] % len(numbers)]["phone_number"]}


def opens(row: Row, moment: datetime) -> datetime:
    """The first time from a moment on at which the campaign may call."""
    begin = time.fromisoformat(row["allowed_hours_start_time"])
    end = time.fromisoformat(row["allowed_hours_end_time"]).replace(second=59)
    local = moment.astimezone(_zone(row["timezone"]))
    for _ in range(15):
        allowed = DAYS.split(",")[local.weekday()] in row["allowed_days"]
        if allowed and begin <= local.time() <= end:
            break
        if not allowed or local.time() > end:
            local = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            local = local.replace(hour=begin.hour, minute=begin.minute, second=0, microsecond=0)
    return local.astimezone(UTC)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return UTC


def _leads(account: Account, row: Row) -> list[Row]:
    return [lead for lead in account.leads.values() if lead["campaign_id"] == row["id"]]
