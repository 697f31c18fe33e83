"""Where each argument goes on the wire: parameters with their styles, and the request body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import Report, join
from famulor_codegen.merge import AT, both
from famulor_codegen.refs import follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.document import Operation
    from famulor_codegen.resolve import Resolver, Schema

ABSENT: Any = object()

_STYLES = {
    "path": ("simple",),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
}
_PARAMETER_KEYS = {
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "style",
    "explode",
    "schema",
    "example",
    "examples",
}
_PARAMETER_WORDS = ", ".join(sorted(_PARAMETER_KEYS))
_RESERVED = {"accept", "content-type", "authorization"}
_MEDIA = ("application/json", "multipart/form-data")
_WHOLE = "body"
_FILE: Schema = {
    "oneOf": [
        {
            "description": "a file below the operator's folder, as {path}",
            "type": "object",
            "properties": {"path": {"type": "string", "minLength": 1}},
            "required": ["path"],
        },
        {
            "description": "a file's content, as {name, base64}",
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "base64": {"type": "string", "contentEncoding": "base64"},
            },
            "required": ["name", "base64"],
        },
    ]
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool. Its `example` is ABSENT where the document has none."""

    name: str
    wire: str
    place: str
    schema: Schema
    required: bool
    pointer: str
    style: str = ""
    explode: bool = False
    example: Any = ABSENT

    @property
    def hints(self) -> dict[str, Any]:
        """Its x-mcp."""
        hints: dict[str, Any] = self.schema.get("x-mcp", {})
        return hints


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: its arguments and what ties them together (keywords for the root)."""

    kind: str = "none"
    arguments: tuple[Argument, ...] = ()
    conditions: tuple[Schema, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()
    example: Any = ABSENT


class Wire:
    """Reads the parameters and bodies of one document's operations."""

    def __init__(self, raw: dict[str, Any], resolver: Resolver, report: Report) -> None:
        self._raw = raw
        self._resolver = resolver
        self._report = report

    def parameters(self, operation: Operation) -> list[Argument]:
        """Path-level parameters and the operation's own, which win, in declared order."""
        found: dict[tuple[str, str], Argument | None] = {}
        for owner, pointer in (
            (operation.item, operation.item_pointer),
            (operation.raw, operation.pointer),
        ):
            for index, node in enumerate(owner.get("parameters", [])):
                raw, place = follow(self._raw, node, join(pointer, "parameters", index))
                found[raw["in"], raw["name"]] = self._parameter(raw, place)
        arguments = [argument for argument in found.values() if argument]
        self._check_path(operation, arguments)
        return arguments

    def _parameter(self, raw: dict[str, Any], pointer: str) -> Argument | None:
        place, name = raw["in"], raw["name"]
        for sentence, key in self._refusals(raw):
            self._report.add(join(pointer, key), sentence)
        if place not in _STYLES or "schema" not in raw:
            return None
        schema = self._resolver.schema(raw["schema"], join(pointer, "schema"))
        words: Schema = {key: raw[key] for key in ("description", "x-mcp") if key in raw}
        schema = both(schema, words)
        style = raw.get("style", _STYLES[place][0])
        self._check_shape(schema, style, pointer)
        return Argument(
            name=schema.get("x-mcp", {}).get("name", name),
            wire=name,
            place=place,
            schema=schema,
            required=raw.get("required", False),
            pointer=pointer,
            style=style,
            explode=raw.get("explode", style == "form"),
            example=self._example(raw),
        )

    def _refusals(self, raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
        place, style = raw["in"], raw.get("style")
        for key in raw:
            if key not in _PARAMETER_KEYS and not key.startswith("x-"):
                yield f"`{key}` is not supported in a parameter; known: {_PARAMETER_WORDS}", key
        if place not in _STYLES:
            yield f"a parameter in {place} is not supported; allowed: {', '.join(_STYLES)}", "in"
        elif style is not None and style not in _STYLES[place]:
            allowed = ", ".join(_STYLES[place])
            yield f"the style {style} is not supported in {place}; allowed: {allowed}", "style"
        elif "schema" not in raw:
            yield "a parameter needs a `schema`", "schema"
        if place == "header" and raw["name"].lower() in _RESERVED:
            yield (
                f"the header {raw['name']} is set by the gateway and cannot be an argument",
                "name",
            )

    def _check_shape(self, schema: Schema, style: str, pointer: str) -> None:
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        inner = [*schema.get("properties", {}).values(), schema.get("items", {})]
        if any({"array", "object"} & set(_kinds(member)) for member in inner):
            self._report.add(
                pointer,
                "a parameter holds scalars, a list of them or an object of them, nothing deeper",
            )
        if style == "deepObject" and "object" not in kinds:
            self._report.add(join(pointer, "style"), "the style deepObject is for objects only")
        if style in {"spaceDelimited", "pipeDelimited"} and "array" not in kinds:
            self._report.add(
                join(pointer, "style"), f"the style {style} is supported for arrays only"
            )

    def _check_path(self, operation: Operation, arguments: list[Argument]) -> None:
        given = {argument.wire for argument in arguments if argument.place == "path"}
        named = {part.partition("}")[0] for part in operation.path.split("{")[1:]}
        for name in sorted(named - given):
            self._report.add(
                operation.pointer, f"the path names {{{name}}}, which is no path parameter"
            )
        for argument in arguments:
            if argument.place == "path" and argument.wire not in named:
                self._report.add(argument.pointer, f"the path does not name {{{argument.wire}}}")
            if argument.place == "path" and not argument.required:
                self._report.add(argument.pointer, "a path parameter needs `required: true`")

    def _example(self, raw: dict[str, Any]) -> Any:
        if "example" in raw:
            return raw["example"]
        for example in raw.get("examples", {}).values():
            return follow(self._raw, example, "")[0].get("value", ABSENT)
        return ABSENT

    def body(self, operation: Operation) -> Body:
        """The request body as arguments."""
        if "requestBody" not in operation.raw:
            return Body()
        raw, pointer = follow(
            self._raw, operation.raw["requestBody"], join(operation.pointer, "requestBody")
        )
        content = raw.get("content", {})
        for media in content:
            if media not in _MEDIA:
                allowed = ", ".join(_MEDIA)
                self._report.add(
                    join(pointer, "content", media),
                    f"a body of {media} is not supported; allowed: {allowed}",
                )
        known = [media for media in _MEDIA if media in content]
        bodies = [
            self._media(content[media], join(pointer, "content", media), media) for media in known
        ]
        if not bodies:
            return Body()
        body = bodies[0] if len(bodies) == 1 else self._either(bodies[0], bodies[1], pointer)
        return body if raw.get("required", False) else _optional(body)

    def _media(self, raw: dict[str, Any], pointer: str, media: str) -> Body:
        multipart = media != "application/json"
        if "schema" not in raw:
            self._report.add(pointer, "a body needs a `schema`")
            return Body()
        for part, encoding in raw.get("encoding", {}).items():
            for key in sorted(encoding.keys() - {"contentType"}):
                place = join(pointer, "encoding", part, key)
                self._report.add(
                    place, f"`{key}` is not supported in an encoding; allowed: contentType"
                )
        schema = self._resolver.schema(raw["schema"], join(pointer, "schema"))
        example = self._example(raw)
        if example is ABSENT:
            example = next(iter(schema.get("examples", [])), ABSENT)
        kind = "multipart" if multipart else "json"
        if not _is_flat(schema):
            if multipart:
                self._report.add(
                    join(pointer, "schema"), "a multipart body is an object with `properties`"
                )
            whole = Argument(
                _WHOLE, "", "body", schema, required=True, pointer=join(pointer, "schema")
            )
            return Body(kind, (whole,), example=example if example is ABSENT else {"": example})
        required = schema.get("required", [])
        arguments = tuple(
            self._member(k, v, k in required, multipart)
            for k, v in schema["properties"].items()
            if not v.get("readOnly")
        )
        rest = {
            k: schema[k] for k in ("oneOf", "anyOf", "not", "if", "then", "else") if k in schema
        }
        conditions = (*schema.get("allOf", ()), *([rest] if rest else ()))
        root = tuple(
            (k, schema[k])
            for k in ("dependentRequired", "minProperties", "maxProperties")
            if k in schema
        )
        return Body(kind, arguments, conditions, root, example)

    def _member(self, key: str, schema: Schema, required: bool, multipart: bool) -> Argument:
        pointer = schema[AT]
        name = schema.get("x-mcp", {}).get("name", key)
        if multipart and _is_file(schema):
            words = {k: schema[k] for k in ("description", "x-mcp", AT) if k in schema}
            file = {**_FILE, **words}
            return Argument(name, key, "file", file, required, pointer)
        if _is_file(schema) or _is_file(schema.get("items", {})):
            self._report.add(
                pointer, "a binary value is supported as one part of a multipart body only"
            )
        return Argument(name, key, "body", schema, required, pointer)

    def _either(self, json: Body, multipart: Body, pointer: str) -> Body:
        """JSON, or multipart where a file is given: common properties must be equal."""
        ones = {argument.wire: argument for argument in json.arguments}
        twos = {argument.wire: argument for argument in multipart.arguments}
        for wire in ones.keys() & twos.keys():
            if _bare(ones[wire].schema) != _bare(twos[wire].schema):
                self._report.add(
                    pointer, f"`{wire}` differs between the JSON and the multipart body"
                )
        merged = {**ones, **twos}
        needed = {
            wire
            for wire in ones.keys() & twos.keys()
            if ones[wire].required and twos[wire].required
        }
        arguments = tuple(
            _requiring(argument, required=wire in needed) for wire, argument in merged.items()
        )
        files = [argument.wire for argument in arguments if argument.place == "file"]
        apart = _apart(files, ones, twos) if files else []
        conditions = (
            *json.conditions,
            *(c for c in multipart.conditions if _bare(c) not in map(_bare, json.conditions)),
            *apart,
        )
        keywords = dict([*json.keywords, *multipart.keywords])
        example = json.example if json.example is not ABSENT else multipart.example
        return Body("either", arguments, conditions, tuple(keywords.items()), example)


def _apart(files: list[str], ones: dict[str, Argument], twos: dict[str, Argument]) -> list[Schema]:
    """With a file the multipart body's needs hold, without one those of the JSON body."""
    sides = [
        [w for w, a in side.items() if a.required and not (w in other and other[w].required)]
        for side, other in ((ones, twos), (twos, ones))
    ]
    without, with_file = sides[0], [wire for wire in sides[1] if [wire] != files]
    foreign = [{"required": [wire]} for wire in ones if wire not in twos]
    refused = {"anyOf": foreign} if len(foreign) > 1 else foreign[0] if foreign else {}
    then: Schema = {"required": with_file} if with_file else {}
    if refused:
        names = " and ".join(wire for wire in ones if wire not in twos)
        then["not"] = {"description": f"cannot have {names} together with a file", **refused}
    given = [{"required": [file]} for file in files]
    condition: Schema = {"if": {"anyOf": given} if len(given) > 1 else given[0]}
    condition |= {"then": then} if then else {}
    condition |= {"else": {"required": without}} if without else {}
    return [condition] if len(condition) > 1 else []


def _optional(body: Body) -> Body:
    """A body that may be left out: what it requires is required once any of it is given."""
    needed = [argument.wire for argument in body.arguments if argument.required]
    arguments = tuple(_requiring(argument, required=False) for argument in body.arguments)
    keywords = dict(body.keywords)
    if len(arguments) > 1 and needed:
        current = [a.wire for a in arguments if "alias_of" not in a.hints]
        ties = {name: [wire for wire in needed if wire != name] for name in current}
        known = keywords.get("dependentRequired", {})
        wires = {**ties, **known}
        keywords["dependentRequired"] = {
            w: list(dict.fromkeys([*ties.get(w, []), *known.get(w, [])])) for w in wires
        }
    return Body(body.kind, arguments, body.conditions, tuple(keywords.items()), body.example)


def _requiring(a: Argument, *, required: bool) -> Argument:
    return Argument(
        a.name, a.wire, a.place, a.schema, required, a.pointer, a.style, a.explode, a.example
    )


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _is_flat(schema: Schema) -> bool:
    """Whether a body's properties can be arguments of their own."""
    closed = schema.get("additionalProperties", False) is False
    return schema.get("type") == "object" and "properties" in schema and closed


def _is_file(schema: Schema) -> bool:
    return "string" in _kinds(schema) and (
        schema.get("format") == "binary" or "contentMediaType" in schema
    )


def _bare(value: Any) -> Any:
    """The same without places, to compare by meaning."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != AT}
    return [_bare(item) for item in value] if isinstance(value, list) else value
