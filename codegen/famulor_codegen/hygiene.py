"""Rules for the document's words and examples that no general linter has, with lines.

Input: a document that makes tools. Output: findings. What is right although a rule says otherwise
stands in `spec/exceptions.yaml` with its reason; an exception that excuses nothing is a finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_codegen import document
from famulor_codegen.errors import Report, join
from famulor_codegen.refs import find, follow
from famulor_codegen.resolve import Resolver
from famulor_codegen.wire import ABSENT, Argument, Wire

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from famulor_codegen.document import Operation
    from famulor_codegen.load import Source
    from famulor_codegen.table import Catalogue, Tool

RULES = {
    "example": "every operation has an example of its request and of its answer",
    "argument-words": "every argument has a description, listed values or an obvious name",
    "id-source": "every id says where it comes from: a lookup, `from`, or a tool in its words",
    "list-paging": "every list has its paging",
    "preview": "a preview names what the call is about",
    "length": "descriptions are within bounds",
    "copy": "a description says more than a title and no two say the same",
    "first-sentence": "the first sentence is short and says what the tool does, as an order",
    "wording": "plain words: none that sells, hedges or abbreviates",
    "ignored": "nothing that the gateway does not do: other security than a bearer token",
}
SHORTEST, LONGEST = 20, 400
"""Characters of a tool's description."""
LONGEST_TITLE = 40
LONGEST_ARGUMENT = 240
LONGEST_SENTENCE = 130
_ELSE = {"description": ("description", "summary"), "title": ("summary",)}
"""What an operation says where its x-mcp does not."""
_ID = re.compile(r"(?:^|_)(?:id|ids|uuid|uuids)$")
_NOT_AN_ORDER = re.compile(
    r"(?:this|the|an?|it|you|we|api|endpoint|tool|use|used|[a-z]{3,}ing)\b", re.IGNORECASE
)
_DESCRIBING = re.compile(
    r"(?:returns|gets|lists|creates|deletes|updates|sends|reads|finds)\b", re.IGNORECASE
)
_VAGUE = re.compile(
    r"\b(?:please|simply|easily|just|various|etc|e\.g|i\.e|and so on|seamless\w*|powerful|"
    r"note that|should be noted|endpoint that|allows? you to|in order to)\b",
    re.IGNORECASE,
)
_PAGING = {"page", "cursor", "offset", "limit"}
_PAGE_FIELD = re.compile(
    r"(?:.*page.*|path|from|to|total|links|next_cursor|prev_cursor|success|status|message)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: at a JSON pointer, about a tool or one of its arguments."""

    rule: str
    subject: str
    pointer: str
    sentence: str


def findings(source: Source, catalogue: Catalogue, obvious: frozenset[str]) -> list[Finding]:
    """Everything that the rules find. `obvious` are names of arguments that need no words."""
    report = Report(source.file, source.lines)
    tools: Mapping[str, list[Tool]] = _by_operation(catalogue)
    wire = Wire(source.raw, Resolver(source.raw, report), report)
    found = [one for tool in catalogue.tools for one in _tool(tool, source.lines)]
    found += _security(source.raw, source.raw, "", "document")
    for operation in document.operations(source, report):
        owned = tools.get(operation.pointer, [])
        arguments = [*wire.parameters(operation), *wire.body(operation).arguments]
        for tool in owned[:1]:
            found += _examples(source.raw, operation, tool, arguments)
            found += _paging(source.raw, operation, tool)
            found += _security(source.raw, operation.raw, operation.pointer, tool.name)
            found += _deprecated(operation, tool)
            for argument in arguments:
                found += _argument(tool, argument, obvious)
    return [*found, *_copies(catalogue, source.lines)]


def _by_operation(catalogue: Catalogue) -> dict[str, list[Tool]]:
    found = defaultdict(list)
    for tool in catalogue.tools:
        found[_operation(tool)].append(tool)
    return found


def _operation(tool: Tool) -> str:
    """The pointer of the operation that a tool is made from."""
    return re.sub(r"/x-mcp(?:/[0-9]+)?$", "", tool.pointer)


def _words_at(tool: Tool, what: str, lines: Container[str]) -> str:
    """Where words of a tool stand: in its x-mcp, else in its operation."""
    operation = _operation(tool)
    places = [join(tool.pointer, what), *(join(operation, key) for key in _ELSE.get(what, ()))]
    return next((place for place in places if place in lines), tool.pointer)


def _tool(tool: Tool, lines: Container[str]) -> Iterator[Finding]:
    def finding(rule: str, sentence: str, what: str = "description") -> Finding:
        return Finding(rule, tool.name, _words_at(tool, what, lines), sentence)

    said = tool.description
    if not SHORTEST <= len(said) <= LONGEST:
        yield finding(
            "length", f"the description has {len(said)} characters: {SHORTEST} to {LONGEST}"
        )
    if len(tool.title) > LONGEST_TITLE or tool.title.endswith("."):
        words = f"the title is no sentence and has at most {LONGEST_TITLE} characters"
        yield finding("length", words, "title")
    first = re.split(r"(?<=[.:;!?]) ", said, maxsplit=1)[0]
    if _NOT_AN_ORDER.match(said) or _DESCRIBING.match(said) or not said[:1].isupper():
        word = said.partition(" ")[0]
        yield finding("first-sentence", f"begin with what to do (“List …”), not with {word!r}")
    if len(first) > LONGEST_SENTENCE:
        yield finding(
            "first-sentence",
            f"the first sentence has {len(first)} characters of at most {LONGEST_SENTENCE}",
        )
    for vague in dict.fromkeys(_VAGUE.findall(said)):
        yield finding("wording", f"the word {vague!r} says nothing to a model")
    required = tool.input_schema.get("required", [])
    named = re.findall(r"\{([^{}]*)\}", tool.preview)
    if tool.preview and required and not set(named) & set(required):
        yield finding("preview", f"the preview names none of {', '.join(required)}", "preview")


def _argument(tool: Tool, argument: Argument, obvious: frozenset[str]) -> Iterator[Finding]:
    shown = tool.input_schema["properties"].get(argument.name, {})
    said = str(shown.get("description", ""))

    def finding(rule: str, sentence: str) -> Finding:
        return Finding(rule, f"{tool.name}.{argument.name}", argument.pointer, sentence)

    if argument.schema.get("deprecated"):
        return
    if _ID.search(argument.name):
        if argument.name not in tool.sources and "_" not in f"{said} {tool.description}":
            yield finding("id-source", "no one can know where this id comes from")
    elif not (said or _listed(shown) or argument.name in obvious):
        yield finding("argument-words", "needs a description, or a name that everyone knows")
    if len(said) > LONGEST_ARGUMENT:
        yield finding(
            "length", f"the description has {len(said)} characters of at most {LONGEST_ARGUMENT}"
        )
    if said and _words(said) <= _words(argument.name):
        yield finding("copy", "the description only repeats the name")
    for vague in dict.fromkeys(_VAGUE.findall(said)):
        yield finding("wording", f"the word {vague!r} says nothing to a model")


def _listed(shown: Mapping[str, Any]) -> bool:
    """Whether the values say it themselves."""
    items = shown.get("items", {})
    return "enum" in shown or shown.get("type") == "boolean" or "enum" in items


def _examples(
    raw: dict[str, Any], operation: Operation, tool: Tool, arguments: list[Argument]
) -> Iterator[Finding]:
    body = follow(raw, operation.raw.get("requestBody", {}), "")[0].get("content", {})
    for media, content in body.items():
        if not {"example", "examples"} & content.keys():
            place = join(operation.pointer, "requestBody", "content", media)
            yield Finding("example", tool.name, place, f"the {media} body needs an example")
    for argument in arguments:
        missing = (
            argument.example is ABSENT and not {"example", "examples"} & argument.schema.keys()
        )
        if argument.place == "path" and missing:
            subject = f"{tool.name}.{argument.name}"
            yield Finding("example", subject, argument.pointer, "needs an example")
    for status, media, content, place in _successes(raw, operation):
        if not {"example", "examples"} & content.keys():
            sentence = f"the answer {status} ({media}) needs an example"
            yield Finding("example", tool.name, place, sentence)


def _successes(
    raw: dict[str, Any], operation: Operation
) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    for status, response in operation.raw["responses"].items():
        if status.startswith("2"):
            at = join(operation.pointer, "responses", status)
            held, place = follow(raw, response, at)
            for media, content in held.get("content", {}).items():
                yield status, media, content, join(place, "content", media)


def _security(
    raw: dict[str, Any], node: dict[str, Any], pointer: str, subject: str
) -> Iterator[Finding]:
    """Keys that would have to go elsewhere: the gateway sends a bearer token (RFC 6750)."""
    known = raw.get("components", {}).get("securitySchemes", {})
    schemes = {name: follow(raw, scheme, "")[0] for name, scheme in known.items()}
    bearer = {name for name, one in schemes.items() if str(one.get("scheme")).lower() == "bearer"}
    wanted = node.get("security", [])
    if wanted and not any(set(each) <= bearer for each in wanted):
        sentence = "the key is only sent as a bearer token: type http, scheme bearer"
        yield Finding("ignored", subject, join(pointer, "security"), sentence)


def _deprecated(operation: Operation, tool: Tool) -> Iterator[Finding]:
    if operation.raw.get("deprecated") and not tool.retired:
        sentence = "no caller hears of it: x-mcp `deprecated` says since when and what instead"
        place = join(operation.pointer, "deprecated")
        yield Finding("ignored", tool.name, place, sentence)


def _paging(raw: dict[str, Any], operation: Operation, tool: Tool) -> Iterator[Finding]:
    answers = [content.get("schema", {}) for _, _, content, _ in _successes(raw, operation)]
    paged = _PAGING & tool.input_schema["properties"].keys()
    if tool.effect == "read" and not paged and any(_is_list(raw, one) for one in answers):
        yield Finding(
            "list-paging", tool.name, tool.pointer, "answers a list and has no argument to page it"
        )


def _is_list(raw: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a schema is a list, alone or as the only thing in an object beside facts of pages."""
    parts = _parts(raw, schema)
    if any("array" in _types(part) for part in parts):
        return True
    fields = {name: value for part in parts for name, value in part.get("properties", {}).items()}
    rest = [value for name, value in fields.items() if not _PAGE_FIELD.fullmatch(name)]
    return len(rest) == 1 and any("array" in _types(part) for part in _parts(raw, rest[0]))


def _parts(raw: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [find(raw, schema["$ref"])] if "$ref" in schema else []
    inner += schema.get("allOf", [])
    return [part for one in inner for part in _parts(raw, one)] + [schema]


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _copies(catalogue: Catalogue, lines: Container[str]) -> Iterator[Finding]:
    said: dict[frozenset[str], str] = {}
    for tool in catalogue.tools:
        words = frozenset(_words(tool.description))
        place = _words_at(tool, "description", lines)
        if words <= _words(tool.title):
            sentence = "the description says no more than the title"
            yield Finding("copy", tool.name, place, sentence)
        elif words in said:
            sentence = f"says what {said[words]} says, word for word"
            yield Finding("copy", tool.name, place, sentence)
        said.setdefault(words, tool.name)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.replace("_", " ").lower())) - {"a", "an", "the", "of"}
