"""The request that a call becomes, as a value. Pure: nothing is read, sent or guessed.

Serialisation is OpenAPI's. Every value from the caller is percent-encoded whole, in the path dots
included, so that no value can add or remove a segment of it. Nothing is sent that was not given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from famulor_mcp.errors import InvalidArguments

if TYPE_CHECKING:
    from famulor_tools.table import Parameter, Tool


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a multipart body."""

    filename: str
    content: bytes
    media_type: str


class Absent:
    """The type of `ABSENT`: no JSON body, which is something else than null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request without host and key.

    `path` and the texts of `query` are percent-encoded. `content` is the JSON body, or `fields` and
    `files` are its multipart form.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    content: bytes | None = None
    fields: Pairs = ()
    files: tuple[tuple[str, Part], ...] = ()

    @property
    def target(self) -> str:
        """Path and query, as they stand in the request line."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.path}?{query}" if query else self.path


def build(
    tool: Tool, arguments: Mapping[str, Any], files: Mapping[str, Part] | None = None
) -> Request:
    """The request for valid arguments. `files` holds the loaded files by argument name.

    Raises `InvalidArguments` for a value that would change the request's shape, and `ValueError`
    for one that no text in UTF-8 can hold.
    """
    given = [place for place in tool.parameters if place.name in arguments]
    body = body_of(tool, given, arguments)
    multipart = tool.body == "multipart" or (tool.body == "either" and bool(files))
    return Request(
        method=tool.method.upper(),
        path=path_of(tool, given, arguments),
        query=tuple(
            pair
            for place in given
            if place.place == "query"
            for pair in query_pairs(place, arguments[place.name])
        ),
        headers=tuple(
            (place.wire, header_value(place, arguments[place.name]))
            for place in given
            if place.place == "header"
        ),
        content=None if multipart or body is ABSENT else as_json(body).encode(),
        fields=form_fields(body) if multipart else (),
        files=tuple(
            (place.wire, files[place.name]) for place in given if files and place.name in files
        ),
    )


def draft(request: Request, base_url: str) -> dict[str, Any]:
    """A request for people to read: files by name and size. Its key is none of its parts."""
    shown: dict[str, Any] = {"method": request.method, "url": base_url + request.target}
    if request.headers:
        shown["headers"] = dict(request.headers)
    if request.content is not None:
        shown["body"] = json.loads(request.content)
    if request.fields:
        shown["fields"] = dict(request.fields)
    if request.files:
        sizes = {name: f"{p.filename} ({len(p.content)} bytes)" for name, p in request.files}
        shown["files"] = sizes
    return shown


def body_of(tool: Tool, given: list[Parameter], arguments: Mapping[str, Any]) -> Any:
    """The JSON body: an object of the body's arguments, one argument that is all of it, or none."""
    if tool.body == "none":
        return ABSENT
    for place in tool.parameters:
        if place.place == "body" and not place.wire:
            return arguments.get(place.name, ABSENT)
    return {place.wire: arguments[place.name] for place in given if place.place == "body"}


def form_fields(body: Any) -> Pairs:
    """A body's properties as fields of a multipart form."""
    fields = body.items() if isinstance(body, Mapping) else ()
    return tuple((name, plain(value)) for name, value in fields)


def path_of(tool: Tool, given: list[Parameter], arguments: Mapping[str, Any]) -> str:
    """The path with every placeholder filled."""
    values = {
        place.wire: path_text(place, arguments[place.name])
        for place in given
        if place.place == "path"
    }
    return re.sub(r"\{([^{}]+)\}", lambda match: values[match[1]], tool.path)


def path_text(place: Parameter, value: Any) -> str:
    """One path parameter in style simple, label or matrix. Raises where it would be empty."""
    if plain(value) == "" or value in ([], {}):
        raise InvalidArguments(f"{place.name} must not be empty. Nothing was sent.")
    name = segment(place.wire)
    if isinstance(value, Mapping):
        pairs = [(segment(key), segment(plain(item))) for key, item in value.items()]
        named = [f"{key}={item}" for key, item in pairs]
        listed = ",".join(f"{key},{item}" for key, item in pairs)
    else:
        items = [segment(plain(item)) for item in (value if isinstance(value, list) else [value])]
        named = [f"{name}={item}" for item in items] if place.style == "matrix" else items
        listed = ",".join(items)
    if place.style == "matrix":
        return ";" + (";".join(named) if place.explode else f"{name}={listed}")
    if place.style == "label":
        return "." + (".".join(named) if place.explode else listed)
    return ",".join(named) if place.explode else listed


DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def query_pairs(place: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    """The query pairs of one parameter; an empty array or object has none."""
    name = encoded(place.wire)
    if isinstance(value, Mapping):
        yield from object_pairs(place, value)
    elif not isinstance(value, list):
        yield name, encoded(plain(value))
    elif place.explode:
        yield from ((name, encoded(plain(item))) for item in value)
    elif value:
        delimiter = DELIMITERS.get(place.style, ",")
        yield name, delimiter.join(encoded(plain(item)) for item in value)


def object_pairs(place: Parameter, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The query pairs of an object."""
    pairs = [(encoded(key), item) for key, item in value.items()]
    if place.style == "deepObject":
        for key, item in pairs:
            name = f"{encoded(place.wire)}%5B{key}%5D"
            yield from (
                (name, encoded(plain(one))) for one in (item if isinstance(item, list) else [item])
            )
    elif place.explode:
        yield from ((key, encoded(plain(item))) for key, item in pairs)
    elif pairs:
        delimiter = DELIMITERS.get(place.style, ",")
        texts = (text for key, item in pairs for text in (key, encoded(plain(item))))
        yield encoded(place.wire), delimiter.join(texts)


def header_value(place: Parameter, value: Any) -> str:
    """One header parameter in style simple. Raises where the text could end the header."""
    if isinstance(value, Mapping):
        join = "=" if place.explode else ","
        text = ",".join(f"{key}{join}{plain(item)}" for key, item in value.items())
    else:
        text = ",".join(plain(item) for item in (value if isinstance(value, list) else [value]))
    if not text.isprintable():
        raise InvalidArguments(
            f"{place.name} must not hold line breaks or other control characters. Nothing was sent."
        )
    return text.strip()


def plain(value: Any) -> str:
    """A value as text: booleans true and false, numbers exact, null empty, the rest JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else as_json(value)


def as_json(value: Any) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encoded(text: str) -> str:
    """`text` percent-encoded whole."""
    return quote(text, safe="")


def segment(text: str) -> str:
    """`text` percent-encoded for a path, dots included: `..` must not be a step up."""
    return encoded(text).replace(".", "%2E")
