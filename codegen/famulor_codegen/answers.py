"""What a tool answers: field names for the output schema, words for each status, secret places.

Answers are read loosely, because real ones deviate: names only, never types or limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from famulor_codegen.refs import find, follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from famulor_codegen.document import Operation

Raw = dict[str, Any]


class Answers:
    """Reads the answers of one document's operations."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def words(self, operation: Operation) -> tuple[dict[str, str], dict[str, str]]:
        """Status → what it means, in the order of the document: successes, and all others."""
        said = [
            (s, " ".join(r.get("description", "").split())) for s, r in self._responses(operation)
        ]
        successes = {status: text for status, text in said if status.startswith("2")}
        return successes, {status: text for status, text in said if status not in successes}

    def output_schema(self, operation: Operation) -> Raw:
        """Permissive: an object with the known field names and nothing else."""
        names: dict[str, Raw] = {}
        for schema in self._successes(operation):
            for name in self._top(schema):
                names[name] = {}
        return {"type": "object", "properties": names}

    def item_fields(self, operation: Operation) -> set[str]:
        """The fields of the items of a list answer, or of the answer itself."""
        found: set[str] = set()
        for schema in self._successes(operation):
            properties = {
                name: value
                for part in self._parts(schema)
                for name, value in part.get("properties", {}).items()
            }
            lists = [part["items"] for part in self._parts(schema) if "items" in part]
            lists += [
                part["items"]
                for value in properties.values()
                for part in self._parts(value)
                if "items" in part
            ]
            for holder in lists or [schema]:
                found |= {
                    name for part in self._parts(holder) for name in part.get("properties", {})
                }
        return found

    def rows(self, operation: Operation) -> str:
        """The top-level field that holds the list of objects: "items" where the answer is the
        list, `data` or the only such field where it is an object; empty where there is none."""
        for schema in self._successes(operation):
            if self._kind(schema) == "array":
                return "items" if self._is_list(schema) else ""
            lists = [
                name
                for part in self._parts(schema)
                for name, value in part.get("properties", {}).items()
                if name != "links" and self._is_list(value)
            ]
            return "data" if "data" in lists else lists[0] if len(lists) == 1 else ""
        return ""

    def _is_list(self, schema: Any) -> bool:
        """Whether a value is a list of objects with known fields."""
        return any(
            "properties" in item
            for part in self._parts(schema)
            if "items" in part
            for item in self._parts(part["items"])
        )

    def secrets(self, operation: Operation) -> tuple[tuple[str, ...], ...]:
        """Paths of secret values in the answer as clients get it; "*" is any item."""
        found: dict[tuple[str, ...], None] = {}
        for schema in self._successes(operation):
            kind = self._kind(schema)
            prefix = ("items",) if kind == "array" else () if kind == "object" else ("result",)
            found.update(dict.fromkeys((*prefix, *path) for path in self._secret(schema)))
        return tuple(found)

    def _responses(self, operation: Operation) -> Iterator[tuple[str, Raw]]:
        for status, raw in operation.raw["responses"].items():
            if not status.startswith("x-"):
                yield status, follow(self._raw, raw, "")[0]

    def _successes(self, operation: Operation) -> Iterator[Raw]:
        """The schema of each documented success; `{}` where the answer is no JSON."""
        for status, raw in self._responses(operation):
            if status.startswith("2"):
                for media, content in raw.get("content", {}).items():
                    yield (
                        content.get("schema", {})
                        if media.partition(";")[0].endswith("json")
                        else {}
                    )

    def _parts(self, schema: Any) -> list[Raw]:
        """The schema and everything that it is composed of, at its own level."""
        if not isinstance(schema, dict):
            return []
        inner = [find(self._raw, schema["$ref"])] if "$ref" in schema else []
        inner += [member for key in ("allOf", "oneOf", "anyOf") for member in schema.get(key, [])]
        return [part for member in inner for part in self._parts(member)] + [schema]

    def _kind(self, schema: Raw) -> str:
        kinds: set[str] = set()
        for part in self._parts(schema):
            kind = part.get("type", "object" if "properties" in part else [])
            kinds |= {kind} if isinstance(kind, str) else set(kind)
        return "object" if "object" in kinds else "array" if "array" in kinds else "other"

    def _top(self, schema: Raw) -> list[str]:
        kind = self._kind(schema)
        if kind == "object":
            return list(
                dict.fromkeys(
                    name for part in self._parts(schema) for name in part.get("properties", {})
                )
            )
        return ["items"] if kind == "array" else ["result"]

    def _secret(self, schema: Any) -> Iterator[tuple[str, ...]]:
        for part in self._parts(schema):
            if part.get("x-mcp", {}).get("secret"):
                yield ()
            for name, value in part.get("properties", {}).items():
                yield from ((name, *path) for path in self._secret(value))
            for key in ("items", "additionalProperties"):
                yield from (("*", *path) for path in self._secret(part.get(key)))


def secret_paths(schema: Raw) -> Iterator[tuple[str, ...]]:
    """Paths of secret values in a resolved schema; "*" is any item or key."""
    if schema.get("x-mcp", {}).get("secret"):
        yield ()
    for name, value in schema.get("properties", {}).items():
        yield from ((name, *path) for path in secret_paths(value))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from (("*", *path) for path in secret_paths(schema[key]))
    for key in ("oneOf", "anyOf", "allOf"):
        for member in schema.get(key, []):
            yield from secret_paths(member)
