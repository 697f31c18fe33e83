"""The review for machines: JSON, and the annotations of GitHub Actions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_codegen.review.classes import Class, Cost, Difference, Review, shown
from famulor_codegen.review.schemas import plain
from famulor_codegen.review.wording import marked, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.review.report import Verdict


def as_json(verdict: Verdict) -> str:
    """Everything as JSON with keys in one order; a later version may add keys."""
    review = verdict.review
    reasons = {id(each): entry.reason for each, entry in verdict.accepted}
    return json.dumps(
        {
            "fails": bool(verdict.failing),
            "counts": {kind.value: len(review.of(kind)) for kind in Class},
            "tokens": {
                "total": _cost(review.total),
                "presets": {cost.name: _cost(cost) for cost in review.presets},
                "tools": {cost.name: _cost(cost) for cost in review.tools},
            },
            "differences": [
                {
                    "tool": each.tool,
                    "class": each.kind.value,
                    "place": each.place,
                    "reason": each.reason,
                    "before": each.before,
                    "after": each.after,
                    "snapshot": review.snapshots.get(each.tool),
                    "fails": any(each is other for other in verdict.failing),
                    "accepted": reasons.get(id(each)),
                }
                for each in review.differences
            ],
            "unused": [{"tool": each.tool, "line": each.line} for each in verdict.unused],
        },
        ensure_ascii=False,
        indent=2,
        default=plain,
    )


def _cost(cost: Cost) -> dict[str, int | None]:
    return {"before": cost.before, "after": cost.after}


def commands(verdict: Verdict, file: str) -> Iterator[str]:
    """A workflow command for each difference that fails, and for each that was accepted."""
    for each in verdict.failing:
        yield _command("error", each, verdict.review, file, _said(each))
    for each, entry in verdict.accepted:
        yield _command("warning", each, verdict.review, file, f"{_said(each)} ({entry.reason})")


def _said(each: Difference) -> str:
    """The reason, with what stood there and what stands there."""
    sides = (each.before, each.after)
    if words := texts(*sides):
        return f"{each.reason}: {marked(*words, ('[-', '-]'), ('{+', '+}'))}"
    if sides == (None, None):
        return each.reason
    values = " → ".join("nothing" if side is None else shown(side) for side in sides)
    return f"{each.reason}: {values}"


def _command(level: str, each: Difference, review: Review, file: str, words: str) -> str:
    line = review.lines.get(each.tool, 1)
    title = _property(f"{each.kind.title}: {each.tool}")
    return f"::{level} file={_property(file)},line={line},title={title}::{_data(words)}"


def _data(text: str) -> str:
    """GitHub's escapes of a command's text."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: Any) -> str:
    return _data(str(text)).replace(":", "%3A").replace(",", "%2C")
