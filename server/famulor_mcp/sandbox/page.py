"""The API's three paginators, over a list that is already filtered and sorted."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .rules import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .store import Request

RULES = {"per_page": "integer|min:1|max:100", "page": "integer|min:1"}


@dataclass(frozen=True)
class Cut:
    """One page of rows: its number, size, rows, and how many rows and pages there are."""

    page: int
    size: int
    rows: list[Any]
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))


def cut(request: Request, rows: Sequence[Any], size: int = 15) -> Cut:
    """The page that the query asks for."""
    asked = Check(request.query, RULES).done()
    page, size = asked.get("page", 1), asked.get("per_page", size)
    return Cut(page, size, list(rows[(page - 1) * size : page * size]), len(rows))


def short(this: Cut, *, last_page: bool = False) -> dict[str, Any]:
    """ShortPage: data, current_page, per_page, total, and last_page for the assistants."""
    shown = {"data": this.rows, "current_page": this.page, "per_page": this.size}
    return shown | {"total": this.total} | ({"last_page": this.last} if last_page else {})


def full(request: Request, this: Cut) -> dict[str, Any]:
    """FullPage: everything the framework's paginator has."""

    def url(page: int) -> str | None:
        if not 1 <= page <= this.last:
            return None
        kept = {key: value for key, value in request.query.items() if key != "page"}
        return f"{request.url}?{urlencode(kept | {'page': page})}"

    first = (this.page - 1) * this.size + 1
    before, after = url(this.page - 1), url(this.page + 1)
    numbered = [(url(n), str(n), n == this.page) for n in range(1, this.last + 1)]
    links = [(before, "&laquo; Previous", False), *numbered, (after, "Next &raquo;", False)]
    return {
        "current_page": this.page,
        "data": this.rows,
        "first_page_url": url(1),
        "from": first if this.rows else None,
        "last_page": this.last,
        "last_page_url": url(this.last),
        "links": [{"url": link, "label": text, "active": active} for link, text, active in links],
        "next_page_url": after,
        "path": request.url,
        "per_page": this.size,
        "prev_page_url": before,
        "to": first + len(this.rows) - 1 if this.rows else None,
        "total": this.total,
    }


def cursor(request: Request, rows: Sequence[Any], size: int) -> dict[str, Any]:
    """CursorPage: data, path, per_page and opaque cursors; no totals."""
    start = _offset(request.query.get("cursor"))
    return {
        "data": list(rows[start : start + size]),
        "path": request.url,
        "per_page": size,
        "next_cursor": _cursor(start + size) if start + size < len(rows) else None,
        "prev_cursor": _cursor(max(0, start - size)) if start else None,
    }


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"offset": offset}).encode()).decode().rstrip("=")


def _offset(text: str | None) -> int:
    """The place a cursor names; one that cannot be read starts over, as the framework does."""
    if not text:
        return 0
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))["offset"]
    except (ValueError, KeyError, TypeError, binascii.Error):
        return 0
    return max(0, found) if isinstance(found, int) else 0
