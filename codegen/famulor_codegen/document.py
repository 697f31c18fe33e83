"""The one module that knows openapi-python-client's document models.

They are the structural gate (wrong types, missing objects) and the way from the document to its
operations. Everything else reads the raw dict, which the models do not give back unchanged.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError

from famulor_codegen.errors import Report, join

if TYPE_CHECKING:
    from famulor_codegen.load import Source

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SEGMENT = r"(?!\.{1,2}(?:/|\Z))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[^{}/?#]+\})+"
_PATH = re.compile(rf"/|(?:/{_SEGMENT})+/?")
_ITEM_KEYS = {*METHODS, "summary", "description", "parameters"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in the document: `raw` at `pointer`, `item` being what its path shares."""

    method: str
    path: str
    pointer: str
    raw: dict[str, Any]
    item: dict[str, Any]
    item_pointer: str


def operations(source: Source, report: Report) -> list[Operation]:
    """All operations in the order of the document; notes what is no OpenAPI 3.0 or 3.1."""
    try:
        model = OpenAPI.model_validate_json(json.dumps(source.raw), strict=True)
    except ValidationError as error:
        _note(error, source, report)
        return []
    _check_paths(source.raw["paths"], report)
    paths = [(str(path.get_untrusted_value()), item) for path, item in model.paths.items()]
    return [
        Operation(
            method.upper(),
            path,
            join("/paths", path, method),
            raw[method],
            raw,
            join("/paths", path),
        )
        for path, item in paths
        for raw in [source.raw["paths"][path]]
        for method in _methods(raw, join("/paths", path), report)
        if getattr(item, method) is not None
    ]


def _check_paths(paths: dict[str, Any], report: Report) -> None:
    for path in paths:
        if not path.startswith("x-") and not _PATH.fullmatch(path):
            advice = "it begins with / and has no host, query, fragment, empty or dot segment"
            report.add(join("/paths", path), f"the path {path!r} is no path template: {advice}")


def _methods(item: dict[str, Any], pointer: str, report: Report) -> list[str]:
    for key in item:
        if key not in _ITEM_KEYS and not key.startswith("x-"):
            report.add(
                join(pointer, key),
                f"`{key}` is not supported in a path; known: {', '.join(sorted(_ITEM_KEYS))}",
            )
    methods = [key for key in item if key in METHODS]
    for key in methods:
        if isinstance(item[key], dict) and "servers" in item[key]:
            place = join(pointer, key, "servers")
            report.add(place, "all operations go to the document's first server: leave this out")
    return methods


def _note(error: ValidationError, source: Source, report: Report) -> None:
    """Each place once; what is deeper in the document says more than what holds it."""
    found: dict[str, str] = {}
    for detail in error.errors():
        missing = f"`{detail['loc'][-1]}` is missing"
        words = missing if detail["type"] == "missing" else str(detail["msg"])
        found.setdefault(_place(source.raw, detail["loc"]), words)
    for pointer, words in found.items():
        if not any(other.startswith(f"{pointer}/") for other in found):
            report.add(pointer, f"this is no OpenAPI 3.0 or 3.1: {words}")


def _place(node: Any, location: tuple[int | str, ...]) -> str:
    """The pointer of a location of the models, without the names of union members in it."""
    pointer = ""
    for key in location:
        inside = key in node if isinstance(node, dict) else isinstance(node, list)
        if inside and (isinstance(node, dict) or isinstance(key, int)):
            node, pointer = node[key], join(pointer, key)
    return pointer
