"""Mid-call tools: web requests that an assistant may make while it talks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import Answer, message
from .clock import iso
from .rules import Check
from .store import find

if TYPE_CHECKING:
    from datetime import datetime

    from .store import Account, Request, Row, World

PLAN_LIMIT = 20
FIELDS = {
    "name": "required|string|regex:^[a-z][a-z_]*$",
    "description": "required|string|max:255",
    "endpoint": "required|url",
    "method": "required|string|in:GET,POST,PUT,PATCH,DELETE",
    "timeout": "integer|min:1|max:30",
    "headers": "array",
    "headers.*.name": "required|string",
    "headers.*.value": "required|string",
    "schema": "array",
    "schema.*.name": r"required|string|min:2|max:32|regex:^[A-Za-z][A-Za-z_]*$",
    "schema.*.type": "required|string|in:string,number,boolean",
    "schema.*.description": "required|string|min:3|max:255",
}
CHANGES = FIELDS | {"schema.*.name": "required|string|min:2|max:32"}


def index(request: Request) -> Answer:
    """All tools, bare, with their headers."""
    return Answer([view(row) for row in request.account.tools.values()])


def show(request: Request) -> Answer:
    """One tool, bare."""
    return Answer(view(_find(request)))


def create(request: Request) -> Answer:
    """A new tool; attach it by the tool_ids of an assistant."""
    given = Check(request.body, FIELDS).done()
    if len(request.account.tools) >= PLAN_LIMIT:
        raise message(422, "You have reached the maximum number of tools for your plan.")
    row = build(request.world, request.account, given, request.now)
    return Answer({"message": "Tool created successfully", "data": view(row)}, 201)


def build(world: World, account: Account, given: Row, when: datetime) -> Row:
    """Store a tool."""
    number = world.next_id("tool")
    row = {"id": number, "timeout": 10, "headers": [], "schema": [], "created": when}
    account.tools[number] = row | {"updated": when} | given
    return account.tools[number]


def update(request: Request) -> Answer:
    """Change what is given; headers and schema replace what is stored."""
    row = _find(request)
    row |= Check(request.body, CHANGES, partial=True).done() | {"updated": request.now}
    return Answer({"message": "Tool updated successfully", "data": view(row)})


def delete(request: Request) -> Answer:
    """Remove a tool, also from the assistants that had it."""
    row = _find(request)
    del request.account.tools[row["id"]]
    for assistant in request.account.assistants.values():
        assistant["tool_ids"] = [each for each in assistant["tool_ids"] if each != row["id"]]
    return Answer({"message": "Tool deleted successfully"})


def view(row: Row) -> Row:
    """The tool as the API shows it."""
    names = ("id", "name", "description", "endpoint", "method", "timeout", "headers", "schema")
    shown = {name: row[name] for name in names}
    return shown | {"created_at": iso(row["created"]), "updated_at": iso(row["updated"])}


def _find(request: Request) -> Row:
    missing = message(404, "Tool not found")
    row: Row = find(request.account.tools, request.path["id"], missing)
    return row
