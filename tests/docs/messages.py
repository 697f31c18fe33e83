"""What this program says when something is wrong, read off its source: each message as a template.

`…` stands for what changes. A message that is put together in another function or from a constant
of the same module is followed there; what cannot be followed is a `…`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

SERVER = Path(__file__).parents[2] / "server" / "famulor_mcp"
ROOMS = ("sandbox",)
"""Folders whose messages are those of the Famulor API, as far as they are known."""

HOLE = "…"
DEEPEST = 4
"""Functions that call functions: how far a message is followed."""

MOST = 40
"""Readings of one message."""

SPOKEN = {
    "Finding": (3, 4),
    "Problem": (1,),
    "Refusal": (1,),
    "MCPError": (1,),
    "TextError": (2,),
    "OSError": (0, 1),
    "ConflictError": (0,),
    "PromptError": (0,),
    "PolicyError": (0,),
    "Unusable": (0,),
    "Elsewhere": (0,),
    "_broken": (0,),
    "_fault": (0,),
    "_fail": (1,),
    "blocked": (1,),
}
"""Makers of messages that are no `…Error` of the tree → the arguments that are words."""


@dataclass(frozen=True, slots=True)
class Message:
    """A template, who says it, and where."""

    text: str
    kind: str
    file: str


@dataclass(slots=True)
class Module:
    """A module: its functions, and its constants."""

    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)

    def readings(self, node: ast.expr | None, scope: ast.AST | None, depth: int = 0) -> set[str]:
        """What an expression may say."""
        if depth > DEEPEST or node is None:
            return {HOLE}
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, depth)
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth)
        parts, together = self._parts(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {node.value}
        found = [self._part(one, scope, depth) for one in parts]
        if together:
            return self._joined(found)
        return set().union(*found) if found else {HOLE}

    @staticmethod
    def _parts(node: ast.expr) -> tuple[list[ast.expr], bool]:
        """What an expression is made of, and whether all of it is said or one of it."""
        match node:
            case ast.JoinedStr(values=values):
                return values, True
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [left, right], True
            case ast.List():
                return _spaced(node), True
            case ast.IfExp(body=body, orelse=other):
                return [body, other], False
            case ast.Dict(values=values):
                return values, False
        return ([node.value], False) if isinstance(node, ast.Subscript) else ([], False)

    def _part(self, node: ast.expr, scope: ast.AST | None, depth: int) -> set[str]:
        if isinstance(node, ast.FormattedValue):
            constant = isinstance(node.value, ast.Name) and node.value.id.isupper()
            return self.readings(node.value, scope, depth + 1) if constant else {HOLE}
        return self.readings(node, scope, depth)

    def _listed(self, node: ast.expr, scope: ast.AST | None, depth: int) -> set[str]:
        """What a list says whose lines are joined, filtered or not."""
        for one in ast.walk(node):
            if isinstance(one, ast.List):
                return self.readings(one, scope, depth)
            if isinstance(one, ast.Name) and (found := self._named(one.id, scope, depth)) != {HOLE}:
                return found
        return {HOLE}

    @staticmethod
    def _joined(parts: list[set[str]]) -> set[str]:
        return {"".join(each) for each, _ in zip(product(*parts), range(MOST), strict=False)}

    def _named(self, name: str, scope: ast.AST | None, depth: int) -> set[str]:
        given = [
            node.value
            for node in ast.walk(scope or ast.Module([], []))
            if isinstance(node, ast.Assign)
            and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
        ]
        constant = self.constants.get(name) or (everywhere().get(name) if name.isupper() else None)
        values = given or ([constant] if constant else [])
        found = [self.readings(value, scope, depth + 1) for value in values]
        return set().union(*found) if found else {HOLE}

    def _called(self, node: ast.Call, scope: ast.AST | None, depth: int) -> set[str]:
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "format":
                said = self.readings(node.func.value, scope, depth)
                return {re.sub(r"\{[^{}]*\}", HOLE, one) for one in said}
            if node.func.attr in {"rstrip", "strip"}:
                return self.readings(node.func.value, scope, depth)
            if node.func.attr == "join":
                return self._listed(node.args[0], scope, depth)
        function = self.functions.get(name_of(node))
        if function is None:
            return {HOLE}
        returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return)]
        found = [self.readings(one, function, depth + 1) for one in returned]
        return set().union(*found) if found else {HOLE}


def _spaced(node: ast.List) -> list[ast.expr]:
    """The items of a list, a space between them."""
    return [part for one in node.elts for part in (one, ast.Constant(" "))]


@cache
def everywhere() -> dict[str, ast.expr]:
    """The constants of all modules, for those that import them."""
    return {
        target.id: node.value
        for path in sources()
        for node in tree(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


def name_of(node: ast.Call) -> str:
    """The last name of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def classes() -> dict[str, str]:
    """Every class of error below `GatewayError` and `SettingsError`, and its first line."""
    found = {"GatewayError": "", "SettingsError": ""}
    nodes = [
        one for path in sources() for one in ast.walk(tree(path)) if isinstance(one, ast.ClassDef)
    ]
    grown = True
    while grown:
        size = len(found)
        for node in nodes:
            if any(isinstance(base, ast.Name) and base.id in found for base in node.bases):
                found[node.name] = (ast.get_docstring(node) or "").split("\n")[0]
        grown = len(found) > size
    return found


@cache
def messages() -> frozenset[Message]:
    """Every message that has words of its own."""
    return frozenset(one for path in sources() for one in _of(path) if words(one.text) >= 2)


def words(text: str) -> int:
    """How many words of a template are always the same."""
    return len(re.findall(r"[A-Za-z]{2,}", text))


def sources() -> list[Path]:
    """The modules that speak to people."""
    found = sorted(SERVER.rglob("*.py"))
    return [path for path in found if not set(ROOMS) & set(path.relative_to(SERVER).parts)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _of(path: Path) -> list[Message]:
    module, found = Module(), []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            module.functions[node.name] = node
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.constants[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.constants[node.target.id] = node.value
    own = {
        method: node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name in classes()
        for method in ast.walk(node)
    }
    scopes: list[ast.AST] = [*module.functions.values(), tree(path)]
    seen: set[ast.Call] = set()
    for scope in scopes:
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and node not in seen:
                seen.add(node)
                kind = name_of(node)
                kind = own.get(node, kind) if kind in {"cls", "__init__"} else kind
                found += _said(module, node, scope, (kind, path.relative_to(SERVER).as_posix()))
    return found


def _said(module: Module, node: ast.Call, scope: ast.AST, source: tuple[str, str]) -> list[Message]:
    kind, file = source
    if kind in {"warning", "error"} and ast.unparse(node.func).startswith("log."):
        return [
            Message(re.sub(r"%[sd]", HOLE, text), "log", file)
            for text in module.readings(node.args[0], scope)
        ]
    if kind == "Finding" and ast.unparse(node.args[2]) == "'ok'":
        return []
    places = SPOKEN.get(kind, (0,) if kind in classes() else ())
    given = [node.args[place] for place in places if place < len(node.args)]
    return [
        Message(" ".join(text.split()), kind, file)
        for one in given
        for text in module.readings(one, scope)
    ]
