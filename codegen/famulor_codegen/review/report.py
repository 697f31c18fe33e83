"""The review as Markdown for a comment: a line, a table, and the details folded.

What the document says is text of a stranger: it is escaped, so that it can neither mention people
nor add markup to a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from famulor_codegen.review.classes import DOCUMENT, Class, Cost, Difference, Review, shown
from famulor_codegen.review.wording import marked, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.review.accepted import Entry

MARK = "<!-- famulor-review -->"
"""The first line of the comment, by which it is found and updated."""
_LONGEST = 58_000  # bytes; a forge takes 65,536 in a comment
_GRAVE = frozenset({Class.BREAKING, Class.COST})
_COUNTED = {
    Class.BREAKING: "breaking",
    Class.COST: "of cost or risk",
    Class.WIDENED: "widened",
    Class.WIRE: "on the wire",
    Class.WORDS: "in words",
    Class.TOKENS: "in tokens",
}
_MARKUP = re.compile(r"([\\*_\[\]()#|~!>{}$])")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What fails, what is accepted, and which entries are about nothing.

    `earlier` are entries about what fails that stood there before the change.
    """

    review: Review
    failing: tuple[Difference, ...]
    accepted: tuple[tuple[Difference, Entry], ...]
    unused: tuple[Entry, ...]
    link: str = ""
    earlier: tuple[Entry, ...] = ()


def markdown(verdict: Verdict) -> str:
    """The comment. What is too much for one is counted instead of listed."""
    for most in (500, 100, 25, 5):
        text = "\n".join(_lines(verdict, most)) + "\n"
        if len(text.encode()) <= _LONGEST:
            break
    return text


def _lines(verdict: Verdict, most: int) -> Iterator[str]:
    yield MARK
    yield f"### {summary(verdict)}"
    yield ""
    if verdict.failing:
        yield (
            "Make it compatible (an alias, a retirement, an optional argument), or accept it in "
            "`spec/CHANGES.md`:"
        )
        yield ""
        wanted = dict.fromkeys((each.tool, each.kind) for each in verdict.failing)
        yield from (f"    - `{tool}` {kind.value}: why" for tool, kind in wanted)
        yield ""
    if verdict.review.differences:
        yield from _table(verdict)
        for kind in Class:
            yield from _details(verdict, kind, most)
    yield from _costs(verdict.review)
    for entry in verdict.unused:
        yield f"- `spec/CHANGES.md` line {entry.line} is about nothing that changed: `{entry.tool}`"
    for entry in verdict.earlier:
        begin = f"- `spec/CHANGES.md` line {entry.line} stood there before this change"
        yield f"{begin}, and accepts nothing of it: `{entry.tool}`"


def summary(verdict: Verdict) -> str:
    """One line: may it be merged, and what is in it."""
    review = verdict.review
    if not review.differences:
        return "Tools: no difference"
    counts = [f"{len(found)} {_COUNTED[k]}" for k in Class if (found := review.of(k))]
    begin = "Tools: stop" if verdict.failing else "Tools: fine"
    return f"{begin}. {', '.join(counts)}; {_moved(review.total)} tokens"


def _table(verdict: Verdict) -> Iterator[str]:
    yield "| | | Tools |"
    yield "|---|---|---|"
    for kind in Class:
        found = verdict.review.of(kind)
        if found:
            names = list(dict.fromkeys(each.tool for each in found))
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            listed = ", ".join(_linked(name, verdict) for name in names[:6])
            yield f"| **{kind.title}** | {len(found)} | {listed}{more} |"
    yield ""


def _details(verdict: Verdict, kind: Class, most: int) -> Iterator[str]:
    found = verdict.review.of(kind)
    if not found:
        return
    yield f"<details{' open' if kind is Class.BREAKING else ''}><summary>{kind.title}</summary>"
    yield ""
    reasons = {id(each): entry.reason for each, entry in verdict.accepted}
    tool = ""
    for each in found[:most]:
        if each.tool != tool:
            if tool:  # or the name would be a line of the last item
                yield ""
            tool = each.tool
            yield f"**{_linked(tool, verdict)}**"
        yield f"- {prose(each.reason)}{_values(each)}"
        if id(each) in reasons:
            yield f"  - accepted: {prose(reasons[id(each)])}"
    if len(found) > most:
        yield f"- … and {len(found) - most} more; `--format json` has them all"
    yield ""
    yield "</details>"
    yield ""


def _values(each: Difference) -> str:
    """What stood there and what stands there; a word diff of texts; the place where it is grave."""
    sides = (each.before, each.after)
    if words := texts(*sides):
        return f": {marked(_plain(words[0]), _plain(words[1]), ('~~', '~~'), ('**', '**'))}"
    place = f" ({_code(each.place)})" if each.place and each.kind in _GRAVE else ""
    if each.kind is Class.TOKENS or sides == (None, None):
        return place
    values = " → ".join("nothing" if side is None else _code(shown(side)) for side in sides)
    return f": {values}{place}"


def _costs(review: Review) -> Iterator[str]:
    """Tokens of presets and of all tools, where they changed."""
    changed = [cost for cost in (*review.presets, review.total) if cost.before != cost.after]
    if not changed:
        return
    yield "<details><summary>Tokens in a model's context</summary>"
    yield ""
    for cost in changed:
        yield f"- {prose(cost.name)}: {_moved(cost)}"
    yield ""
    yield "</details>"
    yield ""


def _moved(cost: Cost) -> str:
    before, after = cost.before or 0, cost.after or 0
    return f"{before:,} → {after:,} ({after - before:+,})" if before != after else f"{after:,}"


def _linked(tool: str, verdict: Verdict) -> str:
    file = verdict.review.snapshots.get(tool)
    if tool == DOCUMENT:
        return "all tools"
    return f"[`{tool}`]({verdict.link}{file})" if file else f"`{tool}`"


def prose(text: str) -> str:
    """A sentence whose words in backticks stay code and whose other words are no markup."""
    parts = re.sub("`+", "`", " ".join(text.split())).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}'{parts[-1]}"]
    return "`".join(part if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    return _escaped(" ".join(text.replace("`", "'").split()))


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u200b")
    text = text.replace("://", ":\u200b//")
    return _MARKUP.sub(r"\\\1", text)


def _code(text: str) -> str:
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"
