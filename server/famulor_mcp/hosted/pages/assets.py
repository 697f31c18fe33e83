"""Style, scripts and the icon, under names that change with their content."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEPT = "public, max-age=31536000, immutable"
"""A year, the most that is of use (RFC 9111 section 5.2.2.1), and never asked for again."""


class Assets:
    """The packaged files, read once, by the names that pages link to."""

    def __init__(self) -> None:
        found = sorted(
            (path for path in (files(__package__) / "assets").iterdir()), key=lambda path: path.name
        )
        self._names: dict[str, str] = {}
        self._files: dict[str, bytes] = {}
        for path in found:
            content = path.read_bytes()
            plain = PurePath(path.name)
            name = f"{plain.stem}.{sha256(content).hexdigest()[:12]}{plain.suffix}"
            self._names[path.name] = name
            self._files[name] = content

    def name(self, plain: str) -> str:
        """The hashed name of a file."""
        return self._names[plain]

    async def serve(self, request: Request) -> Response:
        """One file, for ever."""
        name = request.path_params["name"]
        if name not in self._files:
            return Response(status_code=404)
        headers = {
            "Cache-Control": KEPT,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        kind = TYPES[PurePath(name).suffix]
        return Response(self._files[name], media_type=kind, headers=headers)
