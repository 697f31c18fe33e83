"""A small tool table, written by hand: one tool of each kind, of an API that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from famulor_tools.table import Alias, Lookup, Parameter, Problem, RateLimit, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import ValidationError

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
FILE = {"type": "object", "properties": {"path": STRING, "name": STRING, "base64": STRING}}


def tool(name: str, method: str, path: str, **facts: Any) -> Tool:
    """A tool with the given facts; `properties` and `required` make its schema."""
    properties = facts.pop("properties", {})
    schema = {
        "type": "object",
        "properties": properties,
        "required": facts.pop("required", []),
        "additionalProperties": False,
    }
    effect = "read" if method == "GET" else "write"
    defaults: dict[str, Any] = {
        "title": name,
        "description": name,
        "toolset": "things",
        "effect": effect,
        "idempotent": method != "POST",
        "input_schema": schema,
        "enforced_schema": schema,
        "output_schema": {"type": "object"},
        "annotations": {},
        "check": checker(schema),
        "example": {},
    }
    return Tool(name=name, method=method, path=path, **defaults | facts)


def checker(schema: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], list[Problem]]:
    """A tool's `check`, by jsonschema."""
    validator = Draft202012Validator(schema)

    def check(arguments: Mapping[str, Any]) -> list[Problem]:
        return [
            problem
            for error in validator.iter_errors(dict(arguments))
            for problem in problems_of(error)
        ]

    return check


def problems_of(error: ValidationError) -> Iterator[Problem]:
    """The problems that one error of jsonschema stands for."""
    path: tuple[str | int, ...] = tuple(error.absolute_path)
    rule: Any = error.validator_value
    given: Any = error.instance
    schema: Any = error.schema
    if error.validator == "required":
        yield from (Problem((*path, name), "is required") for name in rule if name not in given)
    elif error.validator == "additionalProperties":
        unknown = [name for name in given if name not in schema["properties"]]
        yield from (Problem((*path, name), "is not known") for name in unknown)
    else:
        yield Problem(path, f"must obey {error.validator} {rule}", '"x"')


def at(place: Any, *names: str, **facts: Any) -> tuple[Parameter, ...]:
    """Parameters in one place whose names are the API's own."""
    return tuple(Parameter(name, name, place, **facts) for name in names)


GET = tool(
    "get_thing",
    "GET",
    "/api/things/{id}",
    properties={"thing_id": INTEGER, "note": {"type": ["string", "null"]}, "color": STRING},
    required=["thing_id"],
    parameters=(
        Parameter("thing_id", "id", "path", "simple"),
        *at("query", "note", "color", style="form", explode=True),
    ),
    answers={"404": "Nothing has this id: list_things gives those that exist."},
)
LIST = tool(
    "list_things",
    "GET",
    "/api/things",
    properties={"kind": STRING, "page": INTEGER},
    parameters=at("query", "kind", "page", style="form", explode=True),
    secret_results=(("items", "*", "token"), ("data", "*", "token")),
)
CREATE = tool(
    "create_thing",
    "POST",
    "/api/thing",
    properties={
        "name": STRING,
        "count": INTEGER,
        "on": {"type": "boolean"},
        "parent_id": INTEGER,
        "part_ids": {"type": "array", "items": INTEGER},
        "kind": STRING,
        "meta": {"type": "object"},
        "password": {"type": "string", "maxLength": 5},
        "places": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"lat": INTEGER, "open": {"type": "boolean"}, "text": STRING},
            },
        },
    },
    required=["name"],
    parameters=at(
        "body",
        "name",
        "count",
        "on",
        "parent_id",
        "part_ids",
        "kind",
        "meta",
        "password",
        "places",
    ),
    body="json",
    verify="list_things",
    secret_arguments=(("password",),),
    lookups=(
        Lookup(
            "parent_id",
            "list_things",
            ("name", "code"),
            "id",
            {"kind": {"argument": "kind", "default": "plain"}, "page": 1},
        ),
        Lookup("part_ids", "list_things", ("name",), "id"),
    ),
    answers={"422": "Correct the fields and try again."},
)
UPDATE = tool(
    "update_thing",
    "PUT",
    "/api/thing/{id}",
    properties={
        "id": INTEGER,
        "name": STRING,
        "mode": {"enum": ["in", "out"]},
        "first": {"type": "boolean"},
        "small_id": INTEGER,
        "large_id": INTEGER,
        "words": {"type": ["integer", "null"]},
        "use_words": {"type": "boolean"},
    },
    required=["id"],
    parameters=(
        Parameter("id", "id", "path", "simple"),
        *at("body", "name", "mode", "first", "small_id", "large_id", "words", "use_words"),
    ),
    body="json",
    verify="list_things",
    aliases=(
        Alias("title", "name"),
        Alias("model", "large_id", when={"mode": ("out",)}),
        Alias("model", "small_id"),
        Alias("direction", "mode", {"receive": "in", "make": "out"}),
        Alias("who_first", "first", {"AI": False, "Customer": True}),
        Alias("use_words", "words", {"false": None}, keep=True),
    ),
)
DELETE = tool(
    "delete_thing",
    "DELETE",
    "/api/things/{id}",
    effect="delete",
    properties={"id": INTEGER},
    required=["id"],
    parameters=at("path", "id", style="simple"),
    verify="list_things",
)
RING = tool(
    "ring",
    "POST",
    "/api/ring",
    effect="contact",
    properties={"number": STRING},
    required=["number"],
    parameters=at("body", "number"),
    body="json",
    verify="list_things",
    rate_limits=(RateLimit(5, 60),),
)
UPLOAD = tool(
    "upload",
    "POST",
    "/api/things/{id}/files",
    properties={"id": INTEGER, "name": STRING, "open": {"type": "boolean"}, "file": FILE},
    required=["id"],
    parameters=(
        *at("path", "id", style="simple"),
        *at("body", "name", "open"),
        *at("file", "file"),
    ),
    body="either",
    verify="list_things",
)
TOOLS = (GET, LIST, CREATE, UPDATE, DELETE, RING, UPLOAD)
