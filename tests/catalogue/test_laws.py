"""Laws of the whole: what holds for every tool, and between the folders."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from famulor_mcp.instructions import compose
from famulor_tools import DYNAMIC_INSTRUCTIONS, INSTRUCTIONS, TOOLS, TOOLSETS
from famulor_tools.table import Tool

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server" / "famulor_mcp"
NAMES = {tool.name for tool in TOOLS}

every_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


def server_modules() -> Iterator[Path]:
    """The modules that may know no endpoint: all but the sandbox, which imitates the API."""
    return (path for path in SERVER.rglob("*.py") if "sandbox" not in path.parts)


def words_in(path: Path) -> Iterator[str]:
    """Every string constant of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.value


def test_the_server_names_no_tool_and_no_endpoint() -> None:
    """DESIGN: all it knows of the API is in the table."""
    names = re.compile(rf"\b({'|'.join(sorted(NAMES))})\b")
    found = [
        f"{path.relative_to(ROOT)}: {word[:60]!r}"
        for path in server_modules()
        for word in words_in(path)
        if names.search(word) or "/api/" in word
    ]
    assert found == []


def test_the_server_imports_no_codegen_and_the_codegen_no_server() -> None:
    """DESIGN: data flows one way."""
    pairs = [
        (SERVER, "famulor_codegen"),
        (ROOT / "codegen", "famulor_mcp"),
        (ROOT / "generated", "famulor_mcp"),
    ]
    found = [
        f"{path.relative_to(ROOT)} imports {package}"
        for folder, package in pairs
        for path in folder.rglob("*.py")
        if re.search(
            rf"^\s*(from|import) {package}\b", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert found == []


def test_generating_again_changes_nothing() -> None:
    """A spec, a template or a generated file that was changed alone is caught here."""
    run = subprocess.run(
        [sys.executable, "-m", "famulor_codegen", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_75_tools_and_each_name_is_there_once() -> None:
    assert len(TOOLS) == len(NAMES) == 75


def test_every_toolset_has_words_and_tools() -> None:
    assert {tool.toolset for tool in TOOLS} == set(TOOLSETS)
    assert all(TOOLSETS.values())


def test_the_instructions_fit_where_clients_cut() -> None:
    """Claude Code cuts instructions at 2 KB."""
    assert 0 < len(compose(INSTRUCTIONS, TOOLS, dynamic=DYNAMIC_INSTRUCTIONS).encode()) <= 2000


@every_tool
def test_a_snapshot_is_the_tool_as_clients_see_it(tool: Tool) -> None:
    snapshot = json.loads(
        (ROOT / "generated" / "snapshots" / f"{tool.toolset}.{tool.name}.json").read_text()
    )
    assert snapshot == {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "annotations": tool.annotations,
        "outputSchema": tool.output_schema,
    }


@every_tool
def test_annotations_follow_from_the_effect(tool: Tool) -> None:
    assert tool.annotations == {
        "readOnlyHint": tool.effect == "read",
        "destructiveHint": tool.effect in {"delete", "spend", "contact"},
        "idempotentHint": tool.idempotent,
        "openWorldHint": tool.effect == "contact",
    }


@every_tool
def test_the_method_agrees_with_the_effect(tool: Tool) -> None:
    assert (tool.method == "GET") == (tool.effect == "read")
    assert (tool.method == "DELETE") == (tool.effect == "delete")


@every_tool
def test_what_costs_says_so_and_what_acts_tells_how_to_find_out(tool: Tool) -> None:
    if tool.effect in {"spend", "contact"}:
        assert tool.cost
        assert tool.preview
    if tool.effect != "read" and not tool.idempotent:
        assert tool.verify in NAMES
    for lookup in tool.lookups:
        assert next(t for t in TOOLS if t.name == lookup.tool).effect == "read"


@every_tool
def test_the_example_is_accepted(tool: Tool) -> None:
    assert tool.check(tool.example) == []


def test_reviews_show_the_contract_and_fold_the_derived_code() -> None:
    """Patterns in .gitattributes that name a folder which moved would match nothing."""
    files = [
        "generated/famulor_tools/calls.py",
        "generated/snapshots/calls.make_call.json",
        "generated/famulor_tools/TOOLS.md",
    ]
    run = subprocess.run(
        ["git", "check-attr", "linguist-generated", "--", *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.rsplit(" ", 1)[1] for line in run.stdout.splitlines()] == [
        "true",
        "false",
        "false",
    ]
    assert all((ROOT / file).is_file() for file in files)
