"""The document as JSON, for the server to hand out without reading YAML.

It is made and not committed: a change of the spec is read once, in the spec. `make generate` makes
it, and so does every build of the package, in an environment that has PyYAML and nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from famulor_codegen.load import Source

NAME = "famulor_tools/openapi.json"
"""Below the output folder."""


def put(source: Source, out: Path) -> None:
    """Write the document below `out`, where it is not there already."""
    path = out / NAME
    content = f"{json.dumps(source.raw, ensure_ascii=False, indent=2)}\n".encode()
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
