"""Walking a raw document, and its `$ref`s: local, present, and never in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.errors import Report, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Below these keys stands data, not document.
DATA = {"example", "examples", "default", "enum", "const", "value"}
# Below these keys stand names that the author chose, not keywords.
NAMES = {
    "paths", "schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes",
    "callbacks", "links", "properties", "patternProperties", "dependentSchemas", "$defs",
    "content", "encoding",
}  # fmt: skip

_MOST = 100_000


def walk(
    node: Any, pointer: str = "", *, names: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with its pointer, except examples, enums and extensions."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from walk(item, join(pointer, index))
    if isinstance(node, dict):
        if not names:
            yield pointer, node
        for key, value in node.items():
            if names or (key not in DATA and not key.startswith("x-")):
                yield from walk(value, join(pointer, key), names=not names and key in NAMES)


def find(raw: Any, ref: str) -> Any:
    """What a local `$ref` such as `#/components/schemas/Id` leads to. Raises LookupError."""
    if ref != "#" and not ref.startswith("#/"):
        raise LookupError(ref)
    node = raw
    for part in ref[2:].split("/") if len(ref) > 1 else []:
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) and key.isdigit() else node[key]
    return node


def follow(raw: Any, node: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    """The object that stands for `node`, through `$ref`s, and its own pointer."""
    while "$ref" in node:
        pointer = node["$ref"][1:]
        node = find(raw, node["$ref"])
    return node, pointer


def check(raw: dict[str, Any], report: Report) -> None:
    """Note every `$ref` that is external, dangling, part of a circle or too large in full."""
    graph: dict[str, list[tuple[str, str]]] = {}
    for pointer, node in walk(raw):
        ref = node.get("$ref")
        if isinstance(ref, str) and _leads(raw, ref, pointer, report):
            graph.setdefault(ref, [])
    for ref, edges in graph.items():
        below = walk(find(raw, ref), ref[1:])
        edges += [(place, node["$ref"]) for place, node in below if node.get("$ref") in graph]
    before = len(report.defects)
    inner_first = _circles(graph, report)
    if len(report.defects) == before:
        _sizes(graph, inner_first, report)


def _sizes(graph: dict[str, list[tuple[str, str]]], refs: Iterable[str], report: Report) -> None:
    """A chain of schemas that each lead to the next one twice is larger than any machine."""
    sizes: dict[str, int] = {}
    for ref in refs:
        inner = [sizes[target] for _, target in graph[ref]]
        sizes[ref] = 1 + sum(inner)
        if sizes[ref] > _MOST >= max(inner, default=0):
            words = f"written out, this is more than {_MOST:,} schemas: make it simpler"
            report.add(ref[1:], words)


def _leads(raw: dict[str, Any], ref: str, pointer: str, report: Report) -> bool:
    if not ref.startswith("#"):
        report.add(
            join(pointer, "$ref"), f"{ref!r} is outside this document: only `#/…` is followed"
        )
        return False
    try:
        find(raw, ref)
    except (LookupError, TypeError):
        report.add(join(pointer, "$ref"), f"{ref!r} leads nowhere in this document")
        return False
    return True


def _circles(graph: dict[str, list[tuple[str, str]]], report: Report) -> dict[str, None]:
    """Every reference, after those that it leads to."""
    done: dict[str, None] = {}
    for start, edges in graph.items():
        if start not in done:
            _search(graph, [start], [iter(edges)], done, report)
    return done


def _search(
    graph: dict[str, list[tuple[str, str]]],
    trail: list[str],
    stack: list[Iterator[tuple[str, str]]],
    done: dict[str, None],
    report: Report,
) -> None:
    """Depth first without recursion; `trail` is the way to the present place."""
    while stack:
        place, target = next(stack[-1], ("", ""))
        if not target:
            stack.pop()
            done[trail.pop()] = None
        elif target in trail:
            names = [ref.rpartition("/")[2] for ref in (*trail[trail.index(target) :], target)]
            report.add(join(place, "$ref"), f"a schema may not contain itself: {' → '.join(names)}")
        elif target not in done:
            trail.append(target)
            stack.append(iter(graph[target]))
