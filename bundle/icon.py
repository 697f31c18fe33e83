"""The extension's icon: a voice in a speech bubble. Drawn here, so that no picture is kept."""

from __future__ import annotations

import math
import struct
import zlib

SIZE = 512
"""Pixels each way, as Claude Desktop recommends."""

TOP, BOTTOM = (92, 70, 196), (38, 28, 104)
WHITE = (255, 255, 255)
BARS = ((152, 34), (204, 72), (256, 104), (308, 60), (360, 30))
"""Of the voice: middle, and half the height."""

Colour = tuple[int, int, int]


def drawn() -> bytes:
    """The icon as PNG."""
    middles = [number + 0.5 for number in range(SIZE)]
    rows = (b"\0" + b"".join(bytes(pixel(x, y)) for x in middles) for y in middles)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file (RFC 2083, section 3.2)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel(x: float, y: float) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity at a point."""
    ground = mixed(TOP, BOTTOM, y / SIZE)
    colour = mixed(ground, WHITE, covered(bubble(x, y)))
    bar = min(box(x - middle, y - 232, 14, half, 14) for middle, half in BARS)
    colour = mixed(colour, ground, covered(bar))
    return *colour, round(255 * covered(box(x - 256, y - 256, 256, 256, 112)))


def bubble(x: float, y: float) -> float:
    """How far a point is outside the speech bubble; negative inside."""
    tail = max(abs(x - 200) - (440 - y) * 0.55, y - 440, 340 - y)
    return min(box(x - 256, y - 232, 176, 146, 72), tail)


def box(x: float, y: float, width: float, height: float, radius: float) -> float:
    """How far a point is outside a box of these half sizes about the origin, corners rounded."""
    across, down = abs(x) - width + radius, abs(y) - height + radius
    return math.hypot(max(across, 0), max(down, 0)) + min(max(across, down), 0) - radius


def covered(distance: float) -> float:
    """How much of a pixel a shape covers whose edge is this far away."""
    return min(max(0.5 - distance, 0.0), 1.0)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
