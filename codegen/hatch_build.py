"""What hatchling runs before it packs a wheel, or installs the checkout itself (editable)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Handout(BuildHookInterface[Any]):
    """Makes the file of the package that is not committed: the document as JSON."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's own
        """Raises SpecError, with file and line, where the spec cannot be read."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "codegen"))
        from famulor_codegen import handout
        from famulor_codegen.load import decoded, load

        spec = root / "spec" / "famulor.yaml"
        source = load(decoded(spec.read_bytes(), str(spec)), str(spec))
        handout.put(source, root / "generated")
