"""Knowledge bases and their documents, which take a while to process."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .answer import Answer, error
from .clock import iso
from .rules import Check
from .store import Upload, find

if TYPE_CHECKING:
    from .store import Account, Request, Row, World

PROCESSING = timedelta(seconds=6)
"""How long a document is processed. One without content, or of a host in `.invalid`, then fails."""

FILE_LIMIT = 20 * 1024 * 1024
FIELDS = {"name": "required|string|max:255", "description": "string|max:255"}
DOCUMENT = FIELDS | {
    "type": "required|string|in:website,pdf,txt,docx",
    "url": "url",
    "links": "array",
    "links.*.link": "required|url",
    "relative_links_limit": "integer|min:1|max:50",
    "file": "required_if:type,pdf,txt,docx",
}
TYPE_LABELS = {"website": "Website", "pdf": "PDF", "txt": "Text", "docx": "Word"}


def index(request: Request) -> Answer:
    """All knowledge bases, under data."""
    rows = request.account.knowledgebases.values()
    return Answer({"data": [view(request, row) for row in rows]})


def show(request: Request) -> Answer:
    """One knowledge base, under data."""
    return Answer({"data": view(request, _base(request, "id"))})


def create(request: Request) -> Answer:
    """An empty knowledge base."""
    row = build(request.world, request.account, Check(request.body, FIELDS).done(), request.now)
    shown = _without(view(request, row), "documents_count", "assistants_count")
    return Answer({"message": "Knowledgebase created successfully", "data": shown}, 201)


def build(world: World, account: Account, given: Row, when: datetime) -> Row:
    """Store a knowledge base."""
    number = world.next_id("knowledgebase")
    row = {"id": number, "description": None, "created": when, "updated": when} | given
    account.knowledgebases[number] = row
    return row


def update(request: Request) -> Answer:
    """Change name or description."""
    row = _base(request, "id")
    row |= Check(request.body, FIELDS, partial=True).done() | {"updated": request.now}
    shown = _without(view(request, row), "documents_count", "assistants_count", "created_at")
    return Answer({"message": "Knowledgebase updated successfully", "data": shown})


def delete(request: Request) -> Answer:
    """Remove a knowledge base with its documents; assistants lose it."""
    account, row = request.account, _base(request, "id")
    for document in _documents(account, row):
        del account.documents[document["id"]]
    for assistant in account.assistants.values():
        if assistant["knowledgebase_id"] == row["id"]:
            assistant["knowledgebase_id"] = None
    del account.knowledgebases[row["id"]]
    return Answer({"message": "Knowledgebase deleted successfully"})


def view(request: Request, row: Row) -> Row:
    """The knowledge base with its counts; its status follows from its documents."""
    documents = _documents(request.account, row)
    states = {_status(document, request.now) for document in documents}
    order = ("processing", "active", "failed")
    status = next((state for state in order if state in states), "empty")
    assistants = request.account.assistants.values()
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "status": status,
        "status_label": status.capitalize(),
        "documents_count": len(documents),
        "assistants_count": sum(each["knowledgebase_id"] == row["id"] for each in assistants),
        "created_at": iso(row["created"]),
        "updated_at": iso(row["updated"]),
    }


def index_documents(request: Request) -> Answer:
    """All documents of a knowledge base, under data."""
    documents = _documents(request.account, _base(request, "knowledgebaseId"))
    return Answer({"data": [view_document(row, request.now) for row in documents]})


def show_document(request: Request) -> Answer:
    """One document, under data."""
    return Answer({"data": view_document(_document(request), request.now)})


def create_document(request: Request) -> Answer:
    """A document that is processed from now on: a website by JSON, a file as multipart."""
    base = _base(request, "knowledgebaseId")
    check = Check(request.body, DOCUMENT)
    _content(check)
    given = check.done() | {"base": base["id"]}
    row = build_document(request.world, request.account, given, request.now)
    shown = _without(view_document(row, request.now), "updated_at")
    return Answer({"message": "Document created successfully", "data": shown}, 201)


def build_document(world: World, account: Account, given: Row, when: datetime) -> Row:
    """Store a document of the knowledge base `base`."""
    number = world.next_id("document")
    file = given.get("file")
    urls = [given.get("url") or "", *(each["link"] for each in given.get("links") or [])]
    account.documents[number] = {
        "id": number,
        "base": given["base"],
        "name": given["name"],
        "description": given.get("description"),
        "type": given["type"],
        "broken": any(".invalid" in url for url in urls)
        or (isinstance(file, Upload) and not file.content.strip()),
        "created": when,
        "updated": when,
    }
    return account.documents[number]


def _content(check: Check) -> None:
    """A website needs an address, the other types a file of their kind and of at most 20 MB."""
    kind, file = check.data.get("type"), check.data.get("file")
    if kind == "website":
        if not check.data.get("url") and not check.data.get("links"):
            check.fail("url", "The url field is required when links is not present.")
    elif file is not None and kind in TYPE_LABELS:
        if not isinstance(file, Upload):
            check.fail("file", "The file field must be a file.")
        elif not file.name.lower().endswith(f".{kind}"):
            check.fail("file", f"The file field must be a file of type: {kind}.")
        elif len(file.content) > FILE_LIMIT:
            check.fail("file", "The file field must not be greater than 20480 kilobytes.")


def update_document(request: Request) -> Answer:
    """Change a document's name or description."""
    row = _document(request)
    row |= Check(request.body, FIELDS, partial=True).done() | {"updated": request.now}
    shown = _without(view_document(row, request.now), "created_at")
    return Answer({"message": "Document updated successfully", "data": shown})


def delete_document(request: Request) -> Answer:
    """Remove a document."""
    del request.account.documents[_document(request)["id"]]
    return Answer({"message": "Document deleted successfully"})


def view_document(row: Row, now: datetime) -> Row:
    """The document without its content."""
    status = _status(row, now)
    return {
        **{name: row[name] for name in ("id", "name", "description", "type")},
        "type_label": TYPE_LABELS[row["type"]],
        "status": status,
        "status_label": status.capitalize(),
        "created_at": iso(row["created"]),
        "updated_at": iso(max(row["updated"], min(now, row["created"] + PROCESSING))),
    }


def _status(row: Row, now: datetime) -> str:
    if now < row["created"] + PROCESSING:
        return "processing"
    return "failed" if row["broken"] else "active"


def _base(request: Request, name: str) -> Row:
    missing = error(404, "Knowledgebase not found")
    row: Row = find(request.account.knowledgebases, request.path[name], missing)
    return row


def _document(request: Request) -> Row:
    base = _base(request, "knowledgebaseId")
    missing = error(404, "Document not found")
    row: Row = find(request.account.documents, request.path["documentId"], missing)
    if row["base"] != base["id"]:
        raise missing
    return row


def _documents(account: Account, base: Row) -> list[Row]:
    return [row for row in account.documents.values() if row["base"] == base["id"]]


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
