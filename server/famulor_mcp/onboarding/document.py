"""Changes one entry in the bytes of a file, whichever form it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_mcp.onboarding import dotenv, jsonedit, yamledit
from famulor_mcp.onboarding.errors import TextError

if TYPE_CHECKING:
    from famulor_mcp.onboarding.clients import Slot, Syntax

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and where it belongs. `value` may hold a key: it is not shown."""

    syntax: Syntax
    slot: Slot
    value: Any = None

    def __repr__(self) -> str:
        return f"Entry({self.syntax}, {'.'.join([*self.slot.path, self.slot.name])})"


def read(data: bytes, entry: Entry) -> Any:
    """What stands in the entry's slot, or None. Raises `TextError`."""
    text = _text(data)
    if entry.syntax == "dotenv":
        return dotenv.read(text, entry.slot.name)
    if entry.syntax == "yaml":
        return yamledit.read(text, entry.slot)
    return jsonedit.read(text, entry.syntax, entry.slot)


def put(data: bytes, entry: Entry) -> bytes:
    """The file with the entry. Raises `TextError`."""
    text = _text(data)
    if entry.syntax == "dotenv":
        text = dotenv.put(text, entry.slot.name, entry.value)
    elif entry.syntax == "yaml":
        text = yamledit.put(text, entry.slot, entry.value)
    else:
        text = jsonedit.put(text, entry.syntax, entry.slot, entry.value)
    return _bytes(data, text)


def take(data: bytes, entry: Entry, origin: bytes | None) -> bytes:
    """The file without the entry, and without what leads to it unless `origin` had it."""
    text, before = _text(data), None if origin is None else _text(origin)
    if entry.syntax == "dotenv":
        text = dotenv.take(text, entry.slot.name)
    elif entry.syntax == "yaml":
        text = yamledit.take(text, entry.slot, before)
    else:
        text = jsonedit.take(text, entry.syntax, entry.slot, before)
    return _bytes(data, text)


def fragment(entry: Entry) -> str:
    """A file of nothing but the entry."""
    if entry.syntax == "dotenv":
        return dotenv.put("", entry.slot.name, entry.value)
    if entry.syntax == "yaml":
        return yamledit.fragment(entry.slot, entry.value)
    return jsonedit.fragment(entry.slot, entry.value)


def _text(data: bytes) -> str:
    """Raises `TextError`: clients read UTF-8, and a byte is not to be guessed."""
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        raise TextError(before, len(before), "a byte that is not UTF-8") from None


def _bytes(data: bytes, text: str) -> bytes:
    """Half a surrogate pair, which was escaped in the file, is so again."""
    written = text.encode("utf-8", "backslashreplace")
    return (_BOM if data.startswith(_BOM) else b"") + written
