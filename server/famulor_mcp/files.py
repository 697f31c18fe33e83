"""Files that a call uploads: by content, or by path below a folder that the operator named."""

from __future__ import annotations

import asyncio
import base64
import binascii
import mimetypes
import os
import stat
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from famulor_mcp.arguments import short
from famulor_mcp.build import Part
from famulor_mcp.errors import InvalidArguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_tools.table import Tool

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that may be uploaded."""


async def load(tool: Tool, arguments: Mapping[str, Any], folder: Path | None) -> dict[str, Part]:
    """The files of a call by argument name. Raises `InvalidArguments` for one it may not read."""
    given = [
        place.name
        for place in tool.parameters
        if place.place == "file" and arguments.get(place.name) is not None
    ]
    return {name: await asyncio.to_thread(part, name, arguments[name], folder) for name in given}


def part(name: str, value: Mapping[str, Any], folder: Path | None) -> Part:
    """One file, from `{path}` or `{name, base64}`."""
    if "path" in value:
        filename, content = from_folder(name, value["path"], folder)
    else:
        filename, content = basename(value["name"]), decoded(name, value["base64"])
    if not filename:
        raise InvalidArguments(f"{name}.name must be a file name. Nothing was sent.")
    media_type, _ = mimetypes.guess_type(filename)
    return Part(filename, content, media_type or "application/octet-stream")


def from_folder(name: str, path: str, folder: Path | None) -> tuple[str, bytes]:
    """Name and content of a file below `folder`, links resolved first."""
    if folder is None:
        raise InvalidArguments(
            f"{name}.path cannot be used: this server was given no folder to read files from "
            "(its operator can name one with --files). Give the content instead, as "
            '{"name": "file.pdf", "base64": "…"}. Nothing was sent.'
        )
    root = folder.resolve()
    try:
        resolved = (root / path).resolve(strict=True)
        if not resolved.is_relative_to(root):
            raise InvalidArguments(
                f"{name}.path must lie below the folder that this server may read. "
                "Nothing was sent."
            )
        return resolved.name, content_of(name, resolved)
    except (OSError, ValueError, RuntimeError):
        raise InvalidArguments(
            f"{name}.path: there is no readable file {short(path)} in the folder that this server "
            "may read. Nothing was sent."
        ) from None


def content_of(name: str, path: Path) -> bytes:
    """The bytes of a regular file that is not too large."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError
        content = file.read(LARGEST + 1)
    return bounded(name, content)


def decoded(name: str, text: str) -> bytes:
    """The bytes of a base64 text; line breaks in it do no harm."""
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArguments(f"{name}.base64 is not valid base64. Nothing was sent.") from None
    return bounded(name, content)


def bounded(name: str, content: bytes) -> bytes:
    """`content`, unless it is too large or empty."""
    if len(content) > LARGEST:
        raise InvalidArguments(
            f"{name} is larger than {LARGEST // 1024 // 1024} MB, the most that can be uploaded. "
            "Nothing was sent."
        )
    if not content:
        raise InvalidArguments(f"{name} is empty. Nothing was sent.")
    return content


def basename(name: str) -> str:
    """The last part of a file name, whatever system it came from, control characters removed."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    return "".join(character for character in last if character.isprintable())[:255]
