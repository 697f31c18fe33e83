"""Bounds of what a document says beside its tools: over one of them nothing is made."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from famulor_codegen.errors import SpecError
from famulor_codegen.read import catalogue


def made(count: int, words: str, **hints: Any) -> None:
    """Make the tools of a document with `count` reads and these facts."""
    paths = {
        f"/{number}": {
            "get": {
                "operationId": f"read_{number}",
                "tags": ["things"],
                "summary": "Read",
                "description": words,
                "responses": {"200": {"description": "Done."}},
            }
        }
        for number in range(count)
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://api.example.org"}],
        "tags": [{"name": "things", "description": "Things"}],
        "x-mcp": hints,
        "paths": paths,
    }
    catalogue(yaml.safe_dump(document), "spec.yaml")


def preset(count: int) -> dict[str, Any]:
    return {"few": {"description": "Few", "tools": [f"read_{number}" for number in range(count)]}}


def test_a_preset_has_at_most_30_tools() -> None:
    made(31, "Read.", presets=preset(30))
    with pytest.raises(SpecError, match="few has 31 tools of at most 30"):
        made(31, "Read.", presets=preset(31))


def test_a_preset_costs_at_most_4000_tokens() -> None:
    made(16, "word " * 200, presets=preset(15))
    with pytest.raises(SpecError, match=r"few costs 4\d+ tokens of at most 4000"):
        made(16, "word " * 200, presets=preset(16))


def test_instructions_have_room_for_the_words_on_finding_tools() -> None:
    made(1, "Read.", instructions="x" * 1800)
    with pytest.raises(SpecError, match="bytes of at most 2000, with --dynamic"):
        made(1, "Read.", instructions="x" * 1900)


def test_no_preset_is_called_all() -> None:
    with pytest.raises(SpecError, match="all"):
        made(1, "Read.", presets={"all": {"description": "All", "tools": ["read_0"]}})
