"""A document of any number of operations, shaped like a real API: lists, reads, writes, unions.

Every tenth resource has a body of two dozen properties with nested objects and conditions; answers
share schemas. The same number makes the same document.
"""

from __future__ import annotations

from typing import Any

PER_RESOURCE = 5
PER_TAG = 20
BUDGET = 10_000_000
Raw = dict[str, Any]


def document(operations: int) -> Raw:
    """An OpenAPI 3.1 document with so many operations."""
    resources = -(-operations // PER_RESOURCE)
    tags = [
        {"name": f"area_{n}", "description": f"Area {n}"} for n in range(-(-resources // PER_TAG))
    ]
    paths: Raw = {}
    left = operations
    for number in range(resources):
        for path, method, operation in _resource(number)[: min(left, PER_RESOURCE)]:
            paths.setdefault(path, {})[method] = operation
        left -= PER_RESOURCE
    return {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://large.example.org"}],
        "tags": tags,
        "x-mcp": {"budget": BUDGET},
        "components": {"schemas": _schemas(resources)},
        "paths": paths,
    }


def edited(raw: Raw) -> Raw:
    """The same document where a third of the bodies is narrower and a shared schema has changed."""
    for number, (name, schema) in enumerate(raw["components"]["schemas"].items()):
        if name.startswith("New") and number % 3 == 0:
            schema["properties"]["label"]["maxLength"] = 20
    raw["components"]["schemas"]["Stamp"]["properties"]["by"] = {"type": ["string", "null"]}
    return raw


def _resource(number: int) -> list[tuple[str, str, Raw]]:
    name, one = f"thing_{number}", f"/things{number}/{{id}}"
    key = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/New{number}"}}},
    }
    write = {"effect": "write", "verify": f"list_{name}"}
    gone = {"effect": "delete", "preview": "Remove {id}"}
    found: list[tuple[str, str, str, Raw]] = [
        (f"/things{number}", "get", "list", {"parameters": _filters()}),
        (f"/things{number}", "post", "add", {"requestBody": body, "x-mcp": write}),
        (one, "get", "get", {"parameters": [key]}),
        (one, "patch", "set", {"parameters": [key], "requestBody": body, "x-mcp": write}),
        (one, "delete", "remove", {"parameters": [key], "x-mcp": gone}),
    ]
    return [
        (path, method, _operation(number, f"{verb}_{name}", more))
        for path, method, verb, more in found
    ]


def _operation(number: int, name: str, more: Raw) -> Raw:
    schema: Raw = {"$ref": f"#/components/schemas/Thing{number}"}
    if name.startswith("list_"):
        schema = {"type": "object", "properties": {"data": {"type": "array", "items": schema}}}
    return {
        "operationId": name,
        "tags": [f"area_{number // PER_TAG}"],
        "summary": name.replace("_", " ").capitalize(),
        "description": f"{name.replace('_', ' ').capitalize()}, with all that belongs to it.",
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": schema}}},
            "404": {"description": "No such thing."},
        },
        **more,
    }


def _filters() -> list[Raw]:
    return [
        {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
        {"name": "state", "in": "query", "schema": {"$ref": "#/components/schemas/State"}},
        {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
    ]


def _schemas(resources: int) -> dict[str, Raw]:
    shared: dict[str, Raw] = {
        "State": {"type": "string", "enum": ["new", "open", "done"]},
        "Stamp": {
            "type": "object",
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "by": {"type": "string"},
            },
        },
    }
    for number in range(resources):
        shared[f"New{number}"] = _new(24 if number % 10 == 0 else 6)
        shared[f"Thing{number}"] = {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "label": {"type": "string"},
                "state": {"$ref": "#/components/schemas/State"},
                "made": {"$ref": "#/components/schemas/Stamp"},
            },
        }
    return shared


def _new(width: int) -> Raw:
    """What a body takes: texts, numbers, a list, a nested object, a union and a condition."""
    kinds: list[Raw] = [
        {"type": "string", "minLength": 1, "maxLength": 80, "description": "A short text."},
        {"type": "integer", "minimum": 0, "maximum": 1000},
        {"type": ["string", "null"], "pattern": "^[a-z]+$", "examples": ["abc"]},
        {"type": "array", "maxItems": 20, "items": {"type": "string", "maxLength": 40}},
    ]
    properties = {f"field_{n}": dict(kinds[n % len(kinds)]) for n in range(width)}
    return {
        "type": "object",
        "required": ["label"],
        "properties": {
            "label": {"type": "string", "minLength": 1, "maxLength": 60},
            "state": {"$ref": "#/components/schemas/State"},
            **properties,
            "options": {
                "type": "object",
                "required": ["deep"],
                "properties": {"deep": {"type": "boolean"}, "level": {"type": "integer"}},
            },
            "target": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {"kind": {"const": kind}},
                    }
                    for kind in ("mail", "post")
                ]
            },
        },
        "allOf": [
            {
                "description": "is needed where the state is done",
                "if": {"required": ["state"], "properties": {"state": {"const": "done"}}},
                "then": {"required": ["field_0"]},
            }
        ],
        "examples": [{"label": "first"}],
    }
