"""The result that a client gets: the same facts as data and as compact JSON text.

Secrets that the table names are masked, and the key as well, should the API have echoed it. Where
nothing is masked nothing is copied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from famulor_mcp.arguments import HIDDEN
from famulor_mcp.guard.hostile import clean as harmless
from famulor_mcp.guard.hostile import suspicious

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from famulor_mcp.account import Account
    from famulor_mcp.read import Reading
    from famulor_tools.table import Tool


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gives. `data` is None exactly where `is_error`."""

    text: str
    data: dict[str, Any] | None
    is_error: bool = False


def shape(tool: Tool, reading: Reading, account: Account) -> Result:
    """The result of a successful call."""
    if reading.sentence:
        return Result(reading.sentence, {"result": reading.sentence})
    data: dict[str, Any] = joined(reading.added, wrapped(reading.value))
    for secret in tool.secret_results:
        data = masked(data, secret)
    text = compact(data)
    if text is None or account.conceal(text) != text:
        data = clean(data, account.conceal)
        text = plain_text(data)
    if suspicious(text):
        data = harmless(data)
        text = plain_text(data)
    return Result(text, data)


def joined(added: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The gateway's facts before those of the API, under names that the API does not use."""
    return {**{free(name, data): value for name, value in added.items()}, **data} if added else data


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
        return value if value in (None, "", [], {}) else HIDDEN
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
