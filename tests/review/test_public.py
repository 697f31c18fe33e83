"""The bench on someone else's document: facts are laid on by rule, what is refused is counted."""

from typing import Any

from bench import public


def document() -> dict[str, Any]:
    ok = {"200": {"description": "Done."}}
    twice = [
        {"name": "id", "in": place, "schema": {"type": "string"}} for place in ("query", "header")
    ]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://shop.example"}],
        "paths": {
            "/things": {
                "get": {"operationId": "things/list", "summary": "List things.", "responses": ok},
                "post": {"operationId": "things/add", "summary": "Add a thing.", "responses": ok},
            },
            "/odd": {
                "get": {
                    "operationId": "odd",
                    "summary": "Odd.",
                    "parameters": twice,
                    "responses": ok,
                }
            },
        },
    }


def test_a_public_document_is_taken_but_for_what_is_refused_by_name() -> None:
    raw = public.adapted(document())
    refused = public.sieve(raw)
    assert public.places(raw) == [("/things", "get"), ("/things", "post")]
    assert raw["paths"]["/things"]["post"]["x-mcp"]["effect"] == "write"
    assert sum(refused.values()) == 1
    assert "give this one an x-mcp name" in next(iter(refused))
