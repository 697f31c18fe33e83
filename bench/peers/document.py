"""The document in the form that the peers take: JSON, without `x-mcp`, which is ours alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SPEC = Path(__file__).parents[2] / "spec" / "famulor.yaml"


def write(file: Path) -> None:
    """Write the document to this file."""
    raw = YAML(typ="safe", pure=True).load(SPEC.read_text("utf-8"))
    file.write_text(json.dumps(plain(raw), default=str), "utf-8")


def plain(node: Any) -> Any:
    """The same without `x-mcp`: a peer would show it to the model, and pay for it in tokens."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items() if key != "x-mcp"}
    return [plain(value) for value in node] if isinstance(node, list) else node
