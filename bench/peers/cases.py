"""Where a gateway can be wrong: each case looks at what arrived and at what the client got.

A case is a function of a room. Its first line of words says what holds when it is right; it answers
None then, and else what happened instead. The facts are those of the API's reference: it knows no
idempotency key, answers loosely, and sends a request without a valid key to its login page.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.peers.peer import KEY, Ask
from bench.peers.recorder import Answer
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.peers.room import Outcome, Room

    Judge = Callable[[Room], Awaitable[str | None]]

CALL = Ask("make_call", body={"phone_number": "+4915112345678", "assistant_id": 7})
READ = Ask("get_call", path={"id": 4711})
PLACED = Answer(200, {"message": "Call initiated", "call_id": 4711, "status": "initiated"})
FILE = b"Preise: 5 \xe2\x82\xac"


class Case(NamedTuple):
    words: str
    judge: Judge
    declining: bool = False


CASES: list[Case] = []


def case(words: str, *, declining: bool = False) -> Callable[[Judge], Judge]:
    """Put a function on the list."""

    def put(judge: Judge) -> Judge:
        CASES.append(Case(words, judge, declining))
        return judge

    return put


def sent(outcome: Outcome) -> str | None:
    """What arrived and changes something. To look up a name or a balance first is no fault."""
    seen = [
        f"{one.method} {one.path} {one.body.decode(errors='replace')}"
        for one in outcome.seen
        if one.method != "GET"
    ]
    return f"sent {seen[0][:110]}" if seen else None


@case("a missing required argument: nothing is sent")
async def missing(room: Room) -> str | None:
    return sent(await room.call(Ask("make_call", body={"assistant_id": 7})))


@case("an argument of the wrong type: nothing is sent")
async def wrong_type(room: Room) -> str | None:
    body = {"phone_number": "+4915112345678", "campaign_id": "many"}
    return sent(await room.call(Ask("create_lead", body=body)))


@case("a value against a documented rule: nothing is sent")
async def against_rule(room: Room) -> str | None:
    body = {"phone_number": "call mum", "assistant_id": 7}
    return sent(await room.call(Ask("make_call", body=body)))


@case("arguments against a rule between them: nothing is sent")
async def between(room: Room) -> str | None:
    body = {"name": "Prices", "type": "website"}
    return sent(await room.call(Ask("create_document", path={"knowledgebaseId": 3}, body=body)))


@case("a misspelt argument is refused or understood, never dropped")
async def misspelt(room: Room) -> str | None:
    body = {"phone_number": "+4915112345678", "campaign_id": 5, "allow_duplicate": True}
    outcome = await room.call(Ask("create_lead", body=body))
    if not outcome.seen or (outcome.seen[0].json or {}).get("allow_dupplicate") is True:
        return None
    return sent(outcome)


@case("an argument that is newer than the document is passed on")
async def newer(room: Room) -> str | None:
    ask = Ask("update_assistant", path={"id": 3}, body={"name": "Anna", "barge_in": "soft"})
    outcome = await room.call(ask)
    if any((one.json or {}).get("barge_in") == "soft" for one in outcome.seen):
        return None
    return sent(outcome) or outcome.text[:110]


@case("a path argument with `..`, `/`, `?` or `%2e` stays one segment")
async def path(room: Room) -> str | None:
    for value in ("..", "../user/me", "a/b", "x?y=1", "%2e%2e", "."):
        outcome = await room.call(Ask("get_conversation", path={"uuid": value}))
        for one in outcome.seen:
            rest = one.path.removeprefix("/api/conversations/")
            if rest == one.path or "/" in rest or rest in {".", "..", "%2e%2e"} or one.query:
                return f"{value!r} went to {one.path}"
    return None


@case("a `+` in a query arrives as `+`")
async def plus(room: Room) -> str | None:
    ask = Ask("list_conversations", query={"customer_phone": "+4915112345678"})
    return queried(ask, await room.call(ask))


def queried(ask: Ask, outcome: Outcome) -> str | None:
    """The query that arrived, unless it is the one that was asked for."""
    found = outcome.seen[0].query if outcome.seen else {}
    return None if ask.query.items() <= found.items() else f"query {found}"


@case("a documented filter of a list is sent")
async def filtered(room: Room) -> str | None:
    ask = Ask("list_calls", query={"status": "completed"})
    return queried(ask, await room.call(ask))


@case("true, numbers, lists, null and umlauts arrive in a body as they were given")
async def body(room: Room) -> str | None:
    inner = {"name": "Jürgen Groß", "net": 0.1, "tags": ["a", 1], "none": None}
    given = {"phone_number": "+4915112345678", "campaign_id": 5, "variables": inner}
    outcome = await room.call(Ask("create_lead", body={**given, "allow_dupplicate": True}))
    found = outcome.seen[0].json if outcome.seen else outcome.text[:110]
    return None if found == {**given, "allow_dupplicate": True} else f"body {found}"


@case("an argument that was not given is not sent as null")
async def omitted(room: Room) -> str | None:
    outcome = await room.call(Ask("update_phone_number", path={"id": 7}))
    return sent(outcome) if any("nickname" in (one.json or {}) for one in outcome.seen) else None


@case("null, where it clears a field, is sent")
async def null(room: Room) -> str | None:
    ask = Ask("update_phone_number", path={"id": 7}, body={"nickname": None})
    outcome = await room.call(ask)
    found = outcome.seen[0].json if outcome.seen else outcome.text[:110]
    return None if found == {"nickname": None} else f"body {found}"


@case("a file is uploaded")
async def upload(room: Room) -> str | None:
    given: Any = {"name": "prices.txt", "base64": base64.b64encode(FILE).decode()}
    given = given if room.peer.name == "gateway" else FILE.decode()
    body = {"name": "Prices", "type": "txt", "file": given}
    outcome = await room.call(Ask("create_document", path={"knowledgebaseId": 3}, body=body))
    if any(one.kind == "multipart/form-data" and FILE in one.body for one in outcome.seen):
        return None
    return sent(outcome) or outcome.text[:110]


@case("429 with Retry-After is waited for, and the call succeeds")
async def limited(room: Room) -> str | None:
    refused = Answer(429, {"message": "Too many", "retry_after": 1}, {"Retry-After": "1"})
    outcome = await room.call(READ, refused, Answer(200, {"id": 4711}))
    return told(outcome, "4711", 2)


@case("503 on a read is tried again")
async def unavailable(room: Room) -> str | None:
    outcome = await room.call(READ, Answer(503, {"message": "Busy"}), Answer(200, {"id": 4711}))
    return told(outcome, "4711", 2)


def told(outcome: Outcome, text: str, requests: int) -> str | None:
    """Nothing if the call succeeded with this text, after so many requests."""
    if not outcome.failed and text in outcome.text and len(outcome.seen) == requests:
        return None
    return f"{len(outcome.seen)} sent, the client got: {outcome.text[:110]}"


@case("a paid call that the API answers with 500, 502 or 503, or not at all, is sent once")
async def once(room: Room) -> str | None:
    for number, status in enumerate((500, 502, 503, 0)):
        ask = replace(CALL, body={**CALL.body, "phone_number": f"+491511234560{number}"})
        outcome = await room.call(ask, Answer(status, {"message": "Server Error"}))
        if len(outcome.seen) != 1:
            return f"{status or 'no answer'}: sent {len(outcome.seen)} times"
    return None


@case("the same paid call twice in a row is placed once")
async def twice(room: Room) -> str | None:
    requests = [len((await room.call(CALL, PLACED)).seen) for _ in range(2)]
    return None if sum(requests) == 1 else f"placed {sum(requests)} times"


@case("two different paid calls are both placed")
async def different(room: Room) -> str | None:
    other = replace(CALL, body={**CALL.body, "phone_number": "+4915199999999"})
    requests = [len((await room.call(ask, PLACED)).seen) for ask in (CALL, other)]
    return None if requests == [1, 1] else f"placed {sum(requests)} times"


@case("the same paid call is placed twice where that is said to be meant")
async def meant(room: Room) -> str | None:
    said = {"repeat": True} if room.peer.name == "gateway" else {}
    again = replace(CALL, body={**CALL.body, **said})
    requests = [len((await room.call(ask, PLACED)).seen) for ask in (CALL, again)]
    return None if requests == [1, 1] else f"placed {sum(requests)} times"


@case("a person who can be asked, and says no, stops a paid call", declining=True)
async def declined(room: Room) -> str | None:
    return sent(await room.call(CALL, PLACED))


@case("404, 422, 500 and a refused argument are marked as errors")
async def marked(room: Room) -> str | None:
    for status in (404, 422, 500):
        outcome = await room.call(READ, *[Answer(status, {"message": "No"})] * 9)
        if not outcome.failed:
            return f"{status} is a success: {outcome.text[:90]}"
    refused = Answer(422, {"message": "The phone number field is required."})
    outcome = await room.call(Ask("make_call", body={"assistant_id": 7}), refused)
    return None if outcome.failed else f"a success: {outcome.text[:90]}"


@case("every field error of a 422 reaches the model")
async def fields(room: Room) -> str | None:
    errors = {f"variables.{n}": [f"The field number {n} is not what is needed."] for n in range(9)}
    body = {"phone_number": "+4915112345678", "campaign_id": 5}
    refused = Answer(422, {"message": "The given data was invalid.", "errors": errors})
    outcome = await room.call(Ask("create_lead", body=body), refused)
    lost = [n for n in range(9) if f"number {n} is not" not in outcome.text]
    return f"{len(lost)} of 9 are lost: {outcome.text[:90]}" if lost else None


@case("a redirect to the login page is an error")
async def login(room: Room) -> str | None:
    away = Answer(302, "", {"Location": "/login"})
    outcome = await room.call(READ, away, Answer(200, "<html><title>Log in</title></html>"))
    return None if outcome.failed else f"a success: {outcome.text[:90]}"


@case("204 without a body is a success")
async def empty(room: Room) -> str | None:
    outcome = await room.call(Ask("delete_call", path={"id": 4711}), Answer(204, None))
    return outcome.text[:110] if outcome.failed or len(outcome.seen) != 1 else None


@case("an answer whose types are not those of the document is a success, with its data")
async def loose(room: Room) -> str | None:
    answer = {"id": 4711, "duration": "184", "status": None, "variables": [], "new_field": [1]}
    outcome = await room.call(READ, Answer(200, answer))
    good = not outcome.failed and "184" in outcome.text
    return None if good else f"the client got: {outcome.text[:110]}"


@case("an answer that is a bare list is a success, with its data")
async def bare(room: Room) -> str | None:
    answer = [{"id": 1, "name": "Deutsch"}, {"id": 2, "name": "Suomi"}]
    outcome = await room.call(Ask("get_languages"), Answer(200, answer))
    good = not outcome.failed and "Suomi" in outcome.text
    return None if good else f"the client got: {outcome.text[:110]}"


@case("a long list stays within the 25,000 tokens that Claude Code takes of a result")
async def long(room: Room) -> str | None:
    turns = [{"sender": "bot", "text": "Guten Tag. " * 9, "timestamp": 1.5}] * 40
    calls = [{"id": n, "status": "completed", "transcript": turns} for n in range(100)]
    page = {"data": calls, "current_page": 1, "last_page": 1, "per_page": 100, "total": 100}
    outcome = await room.call(Ask("list_calls", query={"per_page": 100}), Answer(200, page))
    size = outcome.size // 4
    return f"{size:,} tokens" if size > 25_000 or outcome.failed else None


@case("a list comes with all that the API sent, without asking for it")
async def whole(room: Room) -> str | None:
    row = {"id": 4711, "status": "completed", "transcript": [{"sender": "bot", "text": "Moin"}]}
    page = {"data": [row], "current_page": 1, "last_page": 1, "per_page": 15, "total": 1}
    outcome = await room.call(Ask("list_calls"), Answer(200, page))
    return None if "Moin" in outcome.text else f"the client got: {outcome.text[:110]}"


@case("the key is in no result and no log: the API answers, fails, hangs up")
async def secret(room: Room) -> str | None:
    for status in (200, 401, 500, 0):
        if KEY in (await room.call(READ, *[Answer(status)] * 9)).text:
            return f"in the result of a {status or 'lost answer'}"
    return "in the log" if KEY in room.log() else None


@case("the key is in no result and no log, even if the API sends it back in an error")
async def echoed(room: Room) -> str | None:
    answer = Answer(500, "<p>bad header {authorization}</p>")
    if KEY in (await room.call(READ, *[answer] * 9)).text:
        return "in the result"
    return "in the log" if KEY in room.log() else None


@case("every tool that only reads says so")
async def reads(room: Room) -> str | None:
    listed = await room.tools()
    names = [tool.name for tool in TOOLS if tool.effect == "read" and tool.name in listed]
    hints = [listed[name].annotations for name in names]
    quiet = sum(not (hint and hint.read_only_hint) for hint in hints)
    return f"{quiet} of {len(names)} do not" if quiet else None


@case("no tool that costs, contacts or deletes says that it is harmless")
async def harmful(room: Room) -> str | None:
    listed = await room.tools()
    effects = {"spend", "contact", "delete"}
    names = [tool.name for tool in TOOLS if tool.effect in effects and tool.name in listed]
    hints = {name: listed[name].annotations for name in names}
    wrong = [n for n, h in hints.items() if h and (h.read_only_hint or h.destructive_hint is False)]
    return f"{len(wrong)} of {len(names)} do, as {wrong[0]}" if wrong else None
