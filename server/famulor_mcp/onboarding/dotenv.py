"""Changes one variable of a `.env` file. Every other line stays as it is."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=|*-]+")


def read(text: str, name: str) -> str | None:
    """The value of a variable, without its quotes and the comment behind it; None without one."""
    found = list(_line(name).finditer(text))
    if not found:
        return None
    value = found[-1]["value"]
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def put(text: str, name: str, value: str) -> str:
    """The text with the variable set. A key has no quote, no space and no line end in it."""
    if read(text, name) == value:
        return text
    written = value if _PLAIN.fullmatch(value) else _quoted(value)
    newline = "\r\n" if "\r\n" in text else "\n"
    found = list(_line(name).finditer(text))
    if found:
        return text[: found[-1].start("value")] + written + text[found[-1].end("value") :]
    between = newline if text and not text.endswith("\n") else ""
    return text + between + f"{name}={written}" + newline


def take(text: str, name: str) -> str:
    """The text without the variable."""
    return re.sub(_line(name).pattern + r"(?:\r?\n|\Z)", "", text, flags=re.MULTILINE)


def _quoted(value: str) -> str:
    quote = '"' if "'" in value else "'"
    return f"{quote}{value}{quote}"


def _line(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"^[ \t]*(?:export[ \t]+)?{re.escape(name)}[ \t]*=[ \t]*"
        r"""(?P<value>"[^"\r\n]*"|'[^'\r\n]*'|[^#\r\n]*?)[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)""",
        re.MULTILINE,
    )
