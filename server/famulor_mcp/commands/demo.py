"""`famulor-mcp demo`: the main job on the sandbox, done by a real client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_mcp.sandbox.demo import main

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from famulor_mcp.settings import Settings


def add(parser: argparse.ArgumentParser) -> None:
    """It has the words of every command, and none of its own."""


def run(settings: Settings, chosen: Mapping[str, Any]) -> int:  # noqa: ARG001 - as every command
    """Place a call in the sandbox and print what was said."""
    return main()
