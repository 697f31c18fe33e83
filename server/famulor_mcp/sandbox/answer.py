"""Answers and refusals. The API has eight error shapes; each refusal below is one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A JSON body with its status."""

    body: Any
    status: int = 200


@dataclass
class Refusal(Exception):  # noqa: N818 (a refusal is an answer of the API, not a fault of ours)
    """Ends a request with an error answer."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def message(status: int, text: str) -> Refusal:
    """Shape M: `{message}`."""
    return Refusal(status, {"message": text})


def invalid(errors: dict[str, list[str]]) -> Refusal:
    """Shape V: 422 `{message, errors}`; the message is the first error and how many follow."""
    texts = [text for field_texts in errors.values() for text in field_texts]
    rest = len(texts) - 1
    more = f" (and {rest} more error{'s' if rest > 1 else ''})" if rest else ""
    return Refusal(422, {"message": texts[0] + more, "errors": errors})


def error(status: int, text: str) -> Refusal:
    """Shape E: `{error}`."""
    return Refusal(status, {"error": text})


def unsaid(status: int, text: str, why: str) -> Refusal:
    """Shape ME: `{message, error}`."""
    return Refusal(status, {"message": text, "error": why})


def chat(status: int, text: str) -> Refusal:
    """Shape T: `{status: false, error}`, the conversations' own."""
    return Refusal(status, {"status": False, "error": text})


def unsuccessful(status: int, text: str, data: dict[str, Any] | None = None) -> Refusal:
    """Shape S: `{message, success: false, data?}`, the campaigns' switch's own."""
    return Refusal(
        status, {"message": text, "success": False} | ({} if data is None else {"data": data})
    )


def coded(status: int, code: str, text: str, **more: Any) -> Refusal:
    """Shape C: `{success: false, error, error_code}`, of AI replies and WhatsApp."""
    return Refusal(status, {"success": False, "error": text, "error_code": code} | more)


def limited(seconds: int) -> Refusal:
    """Shape L: 429 `{message, retry_after}`."""
    return Refusal(
        429,
        {"message": "Too Many Attempts.", "retry_after": seconds},
        {"Retry-After": str(seconds)},
    )
