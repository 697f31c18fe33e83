"""The result that a client gets: the same facts as data and as text, no larger than a model wants.

What a tool keeps of a heavy answer stands in the table; what of it a caller wants, in the controls.
Secrets that the table names are masked, and the key as well, should the API have echoed it. Where
nothing is masked nothing is copied. No value is ever changed: one is there, or said to be cut.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from famulor_mcp.guard.hostile import clean as harmless
from famulor_mcp.guard.hostile import suspicious
from famulor_mcp.shape import cap, pages, pick, table
from famulor_mcp.shape.secrets import Names, mask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from famulor_mcp.account import Account
    from famulor_mcp.read import Reading
    from famulor_tools.table import Tool

TOKENS = 20_000
"""The most that a result may cost, unless the operator says otherwise."""
CHARACTERS = 4
"""Of one token, as a rule of thumb."""
MORE, CUT = "more", "cut"


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gives. `data` is None exactly where `is_error`.

    `refused` where the API surely did not take the key.
    """

    text: str
    data: dict[str, Any] | None
    is_error: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants to see: the arguments that were sent, and the controls.

    `limit` is the most characters of JSON that a result may have.
    """

    sent: Mapping[str, Any]
    controls: Mapping[str, Any]
    limit: int = TOKENS * CHARACTERS


PLAIN = Ask({}, {})
NOTHING = Names()


def shape(
    tool: Tool, reading: Reading, account: Account, ask: Ask = PLAIN, names: Names = NOTHING
) -> Result:
    """The result of a successful call. What has one of `names` is masked wherever it stands."""
    if reading.sentence:
        return Result(reading.sentence, {"result": reading.sentence})
    data: dict[str, Any] = wrapped(reading.value)
    for secret in tool.secret_results:
        data = masked(data, secret)
    asked = ask.sent if reading.asked is None else reading.asked
    following = pages.following(tool, data, asked)
    data, text = bounded(tool, reading, pick.pick(tool, data, ask.controls), following, ask)
    if text is None or account.conceal(text) != text:
        data = clean(data, account.conceal)
        text = plain_text(data)
    if names.occur(text) and (hidden := names.hidden(data)) != data:
        data = hidden
        text = plain_text(data)
    if suspicious(text):
        data = harmless(data)
        text = plain_text(data)
    return Result(table.shortest(data, tool.rows, text), data)


def bounded(
    tool: Tool,
    reading: Reading,
    data: dict[str, Any],
    following: Mapping[str, Any] | None,
    ask: Ask,
) -> tuple[dict[str, Any], str | None]:
    """The answer within the limit, with how to get what is not in it, and its JSON text.

    `more` holds the arguments that continue the call; it is null where a list has ended.
    """
    offset = ask.controls.get("offset", 0)
    added: dict[str, Any] = dict(reading.added)
    if following is not None:
        added[MORE] = {**following, "offset": 0} if following and offset else following or None
    if not offset and reading.size <= ask.limit * CHARACTERS:
        whole = joined(added, data)
        text = compact(whole)
        if text is not None and len(text) <= ask.limit:
            return whole, text
    resumable = "offset" in tool.controls
    kept, cut = cap.cap(data, tool.rows, offset, ask.limit - cap.size(added), resumable=resumable)
    if cut:
        added = {CUT: cut.words, **added}
        if cut.following is not None:
            added[MORE] = pages.at(reading.starts, cut.following)
    whole = joined(added, kept)
    return whole, compact(whole)


def joined(added: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The gateway's facts before those of the API, under names that the API does not use."""
    if not added:
        return data
    return {**{free(name, data): value for name, value in added.items()}, **data}


def weight(tool: Tool, ask: Ask, rows: list[Any]) -> int:
    """Characters that these items of a list would have in the result."""
    return cap.size(pick.pick(tool, {tool.rows: rows}, ask.controls).get(tool.rows))


def free(name: str, data: Mapping[str, Any]) -> str:
    """A name for a fact of the gateway that takes none from the API."""
    while name in data:
        name += "_"
    return name


def wrapped(value: Any) -> dict[str, Any]:
    """An answer as an object: arrays are `items`, anything else that is no object is `result`."""
    if isinstance(value, dict):
        return value
    return {"items" if isinstance(value, list) else "result": value}


def compact(data: Mapping[str, Any]) -> str | None:
    """JSON text, or None for what orjson refuses: half a surrogate pair, integers over 64 bits."""
    try:
        return orjson.dumps(data).decode()
    except TypeError:
        return None


def plain_text(data: Mapping[str, Any]) -> str:
    """JSON text of anything that JSON can hold."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def masked(value: Any, path: Sequence[str]) -> Any:
    """`value` with what lies at `path` hidden; only what leads there is copied. "*" is any item."""
    if not path:
        return mask(value)
    step, *rest = path
    if isinstance(value, list):
        return [masked(item, rest if step == "*" else path) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: masked(item, rest) if step in ("*", name) else item for name, item in value.items()
    }


def clean(value: Any, conceal: Callable[[str], str]) -> Any:
    """A copy without the key, and without what UTF-8 cannot hold."""
    if isinstance(value, str):
        return conceal(value).encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [clean(item, conceal) for item in value]
    if isinstance(value, dict):
        return {clean(name, conceal): clean(item, conceal) for name, item in value.items()}
    return value
