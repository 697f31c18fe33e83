"""Make docs/architecture.svg: the folders, the ways in, and the path of a call.

Run `python docs/architecture.py`, or `make pictures`. Words and places stand here; the look is CSS,
dark where the reader's screen is.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

PICTURE = Path(__file__).with_name("architecture.svg")
WIDTH, HEIGHT = 960, 640
STYLE = """
  text { font: 14px ui-sans-serif, system-ui, Helvetica, Arial, sans-serif; fill: #1f2328 }
  .small { font-size: 12px; fill: #59636e }
  .title { font-weight: 600 }
  .box { fill: #ffffff; stroke: #8c959f; rx: 8 }
  .room { fill: #f6f8fa; stroke: #d1d9e0; rx: 12 }
  .step { fill: #ddf4ff; stroke: #54aeff; rx: 6 }
  .line { stroke: #59636e; fill: none; stroke-width: 1.5; marker-end: url(#tip) }
  #tip path { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 }
    .box { fill: #0d1117; stroke: #656c76 } .room { fill: #151b23; stroke: #3d444d }
    .step { fill: #0c2d4a; stroke: #1f6feb } .line { stroke: #9198a1 } #tip path { fill: #9198a1 }
  }
"""
FOLDERS = (
    ("spec/", "one OpenAPI document", "people edit"),
    ("codegen/", "a pure function of it", "refuses what it cannot do"),
    ("generated/", "tools, schemas, validators", "people review the diff"),
    ("server/", "small and generic", "knows no endpoint"),
)
STEPS = (
    ("find", "the tool, by its name"),
    ("translate", "older names, names for ids"),
    ("validate", "the whole documented rule set"),
    ("guard", "limits, once, ask, record: for what acts"),
    ("build", "method, path, query, body"),
    ("send", "pace, retry what is safe"),
    ("read", "data, or what went wrong"),
    ("shape", "small, and says what is left"),
)


def box(x: int, y: int, wide: int, high: int, words: tuple[str, ...]) -> str:
    """A box with a title and smaller lines below it."""
    lines = [f'<rect class="box" x="{x}" y="{y}" width="{wide}" height="{high}"/>']
    for index, text in enumerate(words):
        look = "title" if index == 0 else "small"
        lines.append(
            f'<text class="{look}" x="{x + 12}" y="{y + 22 + 18 * index}">{escape(text)}</text>'
        )
    return "\n".join(lines)


def line(*points: tuple[int, int]) -> str:
    """An arrow along points."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="line" points="{path}"/>'


def folders() -> list[str]:
    """The four folders, in the direction of the data."""
    parts = []
    for index, words in enumerate(FOLDERS):
        x = 20 + 236 * index
        parts.append(box(x, 20, 196, 74, words))
        if index:
            parts.append(line((x - 40, 57), (x - 6, 57)))
    return parts


def path() -> list[str]:
    """The steps of a call, in the room of the server."""
    parts = ['<rect class="room" x="270" y="130" width="440" height="490"/>']
    parts.append('<text class="title" x="290" y="156">server/: the path of a call</text>')
    for index, (name, words) in enumerate(STEPS):
        y = 172 + 54 * index
        parts.append(f'<rect class="step" x="290" y="{y}" width="400" height="36"/>')
        parts.append(f'<text class="title" x="304" y="{y + 23}">{name}</text>')
        parts.append(f'<text class="small" x="400" y="{y + 23}">{escape(words)}</text>')
        if index:
            parts.append(line((490, y - 18), (490, y - 3)))
    return parts


def around() -> list[str]:
    """Who is on either side of the path."""
    return [
        box(20, 150, 190, 74, ("Local client", "Claude Desktop, Cursor,", "VS Code and others")),
        box(
            20, 264, 190, 74, ("famulor-mcp stdio", "one person, one key,", "started by the client")
        ),
        line((115, 224), (115, 258)),
        line((210, 300), (264, 300)),
        box(20, 398, 190, 74, ("Remote client", "claude.ai, ChatGPT,", "programs of yours")),
        box(
            20,
            512,
            190,
            92,
            ("famulor-mcp http", "many people, a key each:", "sign-in, pages, bounds,", "health"),
        ),
        line((115, 472), (115, 506)),
        line((210, 556), (264, 556)),
        box(770, 315, 170, 74, ("Store", "memory, or a Redis that", "processes share")),
        line((690, 352), (764, 352)),
        box(770, 430, 170, 56, ("Famulor API", "HTTPS, one header")),
        line((690, 456), (764, 456)),
        box(770, 526, 170, 74, ("Sandbox", "the API imitated,", "in the process")),
        line((690, 464), (730, 464), (730, 563), (764, 563)),
    ]


def picture() -> str:
    """The whole."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="Data flows from spec to codegen to generated to server. A client reaches the '
        'server by stdio or HTTP; a call passes eight steps on its way to the Famulor API.">'
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
    )
    down = line((826, 94), (826, 112), (600, 112), (600, 128))
    parts = [head, f"<style>{STYLE}</style>", tip, *folders(), *path(), *around(), down, "</svg>"]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
