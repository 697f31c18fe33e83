"""From the wheel in `dist/` to `dist/famulor-mcp.mcpb`.

The bundle is of the type `uv`: Claude Desktop brings uv, and uv brings Python and the dependencies
that fit the machine. Bundled dependencies would have to be compiled for each system, processor and
version of Python, and Windows has no Python to run them with. What the bundle installs is fixed to
the versions in `pins.txt`, so that what was tested is what runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bundle.icon import drawn
from famulor_tools import PROMPTS, TOOLS

HERE = Path(__file__).parent
ROOT = HERE.parent
MCPB = ROOT / "tests" / "interop" / "node_modules" / ".bin" / "mcpb"
PROJECT = """\
[project]
name = "famulor-mcp-bundle"
version = "{version}"
requires-python = ">=3.11,<3.15" # for these the pinned versions have wheels
dependencies = [
{pins}
]

[tool.uv]
package = false
"""


def main() -> int:
    """Make the bundle."""
    target = ROOT / "dist" / "famulor-mcp.mcpb"
    wheels = sorted(target.parent.glob("famulor_mcp-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"dist/ must hold one wheel, not {len(wheels)}: run `make bundle`")
    stage = ROOT / "build" / "bundle"
    lay(wheels[0], stage)
    for step in ((MCPB, "validate", stage), (MCPB, "pack", stage, target)):
        subprocess.run(step, check=True, stdout=subprocess.DEVNULL)
    settle(target, int(os.environ.get("SOURCE_DATE_EPOCH", "1580601600")))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KiB")
    return 0


def lay(wheel: Path, folder: Path) -> None:
    """Lay out the files of the bundle in `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    server = folder / "server"
    with ZipFile(wheel) as packed:
        packed.extractall(server)
    (found,) = server.glob("*.dist-info")
    version = Distribution.at(found).version
    texts = {
        "manifest.json": json.dumps(manifest(version), ensure_ascii=False, indent=2) + "\n",
        "pyproject.toml": project(version),
        "server/main.py": (HERE / "launch.py").read_text(encoding="utf-8"),
        "LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    (folder / "icon.png").write_bytes(drawn())


def manifest(version: str) -> dict[str, Any]:
    """The manifest with everything in it that is made from the tool table."""
    fixed = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    tools = [{"name": tool.name, "description": sentence(tool.description)} for tool in TOOLS]
    prompts = [
        {
            "name": prompt.name,
            "description": prompt.description,
            "arguments": [argument.name for argument in prompt.arguments],
            "text": re.sub(r"\{([a-z_]+)\}", r"${arguments.\1}", prompt.text),
        }
        for prompt in PROMPTS
    ]
    return {**fixed, "version": version, "tools": tools, "prompts": prompts}


def sentence(text: str) -> str:
    """The first sentence of a description, which says what the tool does."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def project(version: str) -> str:
    """What uv reads: the exact versions to install, on any system."""
    pins = (HERE / "pins.txt").read_text(encoding="utf-8").splitlines()
    listed = "\n".join(f"    {json.dumps(pin)}," for pin in pins if not pin.startswith("#"))
    return PROJECT.format(version=version, pins=listed)


def settle(archive: Path, moment: int) -> None:
    """Write the archive again with one time and one mode, for the tool takes clock and umask."""
    with ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in sorted(packed.namelist())}
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in files.items():
            entry = ZipInfo(name, time.gmtime(moment)[:6])
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            packed.writestr(entry, content, ZIP_DEFLATED)


if __name__ == "__main__":
    sys.exit(main())
