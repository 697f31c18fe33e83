"""What a probe found, as Markdown for an issue. No value of the account is in it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from famulor_mcp.probe.walk import Visit


def differs(visits: Sequence[Visit]) -> bool:
    """Whether anything is otherwise than documented."""
    return any(visit.differences for visit in visits)


def report(visits: Sequence[Visit], title: str, version: str, digest: str) -> str:
    """The report. `digest` tells which document exactly was compared with."""
    return "\n".join(_lines(visits, title, version, digest))


def _lines(visits: Sequence[Visit], title: str, version: str, digest: str) -> Iterator[str]:
    called = [visit for visit in visits if visit.statuses]
    other = [visit for visit in called if visit.differences]
    yield f"# {title} against its document\n"
    exact = sha256(digest.encode()).hexdigest()[:12]
    yield f"Version {version} of the document (`{exact}`). Values are left out."
    yield (
        f"{len(called)} of {len(visits)} tools called, {len(other)} answered otherwise than"
        " documented.\n"
    )
    for visit in other:
        yield f"## {visit.tool}\n"
        yield from (f"- {_place(one.path)}{one.words}" for one in visit.differences)
        yield ""
    if refused := [visit for visit in called if min(visit.statuses) >= 400]:
        yield "## Refused, so that only the refusal was compared\n"
        yield from (f"- {visit.tool}: {', '.join(map(str, visit.statuses))}" for visit in refused)
        yield ""
    if skipped := [visit for visit in visits if not visit.statuses]:
        yield "## Not called\n"
        yield from (f"- {visit.tool}: {visit.skipped}" for visit in skipped)
        yield ""
    if not other:
        yield "Nothing differs."


def _place(path: str) -> str:
    return f"`{path}` " if path else ""
