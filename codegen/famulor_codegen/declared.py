"""What an operation and its `x-mcp` say of a tool outright, before anything is worked out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from famulor_codegen import effects, retire
from famulor_codegen.budget import BUDGET
from famulor_codegen.table import BLANK, RateLimit, Retired, Until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_codegen.document import Operation
    from famulor_codegen.table import Tool

_IDEMPOTENT = {"GET", "HEAD", "PUT", "DELETE"}
_READING = {"GET", "HEAD"}


def tool(operation: Operation, hints: Mapping[str, Any]) -> Tool:
    """A tool that is named, described and classified, and knows no argument and no answer."""
    raw = operation.raw
    name = hints.get("tool", raw.get("operationId", ""))
    description = hints.get("description", raw.get("description", raw.get("summary", "")))
    effect = hints.get("effect", "read" if operation.method in _READING else "")
    idempotent = hints.get("idempotent", operation.method in _IDEMPOTENT)
    retired = _retired(hints)
    return replace(
        BLANK,
        name=name,
        title=words(hints.get("title", raw.get("summary", name))),
        description=retire.said(words(description), retired),
        toolset=hints.get("toolset", next(iter(raw.get("tags", [])), "")),
        effect=effect,
        idempotent=idempotent,
        method=operation.method,
        path=operation.path,
        annotations=_annotations(effect, idempotent=idempotent),
        rate_limits=rate_limits(hints),
        cost=words(hints.get("cost", "")),
        preview=words(hints.get("preview", "")),
        verify=hints.get("verify", ""),
        concise=tuple(hints.get("concise", ())),
        until=_until(hints),
        effect_when=effects.conditions(hints),
        audience=effects.audience(hints),
        older=tuple(hints.get("aliases", ())),
        retired=retired,
        keywords=tuple(hints.get("keywords", ())),
        budget=hints.get("budget", BUDGET),
    )


def words(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def rate_limits(hints: Mapping[str, Any]) -> tuple[RateLimit, ...]:
    """The limits of a tool or of the document, by its x-mcp."""
    return tuple(
        RateLimit(limit["requests"], limit["seconds"]) for limit in hints.get("rate_limits", ())
    )


def _annotations(effect: str, *, idempotent: bool) -> dict[str, bool]:
    return {
        "readOnlyHint": effect == "read",
        "destructiveHint": effect in {"delete", "spend", "contact"},
        "idempotentHint": idempotent,
        "openWorldHint": effect == "contact",
    }


def _until(hints: Mapping[str, Any]) -> Until | None:
    until = hints.get("until")
    return Until(until["field"], tuple(until["values"]), until["interval"]) if until else None


def _retired(hints: Mapping[str, Any]) -> Retired | None:
    said = hints.get("deprecated")
    return Retired(said["since"], said["instead"]) if said else None
