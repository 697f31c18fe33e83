"""openapi-python-client's client, made from the same document, sends the requests that we send.

It is the work of others, so that an error of ours in place, name, style or body shows here.
"""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

import httpx
import pytest

from famulor_codegen.examples import example
from famulor_codegen.load import load
from famulor_mcp.build import build
from famulor_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from famulor_tools.table import Tool

SPEC = Path(__file__).parents[2] / "spec"
PACKAGE = "famulor_client"
UNCOMPARED = {
    "create_document": "of a body in two media types it makes a module that does not import"
}
"""Tools that the other client cannot be asked for, each with the reason."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated client, importable."""
    folder = tmp_path_factory.mktemp("client")
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning",
        "--path", str(SPEC / "famulor.yaml"), "--config", str(SPEC / "client.yaml"),
        "--meta", "none", "--output-path", str(folder / PACKAGE),
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def operations() -> dict[tuple[str, str], tuple[str, str]]:
    """(method, path) → (tag, operationId), from the document."""
    raw = load((SPEC / "famulor.yaml").read_text(encoding="utf-8"), "famulor.yaml").raw
    return {
        (method.upper(), path): (operation["tags"][0], operation["operationId"])
        for path, item in raw["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


OPERATIONS = operations()


def cases() -> Iterator[Any]:
    """Each tool with its example, and with every query parameter it has."""
    for tool in TOOLS:
        if tool.name in UNCOMPARED:
            continue
        yield pytest.param(tool, dict(tool.example), id=tool.name)
        properties = tool.enforced_schema["properties"]
        query = {p.name: example(properties[p.name]) for p in tool.parameters if p.place == "query"}
        if query.keys() - tool.example.keys():
            yield pytest.param(tool, query | dict(tool.example), id=f"{tool.name}-all")


@pytest.mark.parametrize(("tool", "arguments"), list(cases()))
def test_both_send_the_same_request(tool: Tool, arguments: dict[str, Any], package: str) -> None:
    assert tool.check(arguments) == []
    sent = build(tool, arguments)
    content = sent.content
    ours = httpx.Request(
        sent.method,
        f"https://api.test{sent.target}",
        content=content,
        headers={"content-type": "application/json"} if content else {},
    )
    theirs = asked(package, tool, arguments, body_of(ours))
    assert theirs.method == ours.method
    assert theirs.url.path == ours.url.path
    assert sorted(theirs.url.params.multi_items()) == sorted(ours.url.params.multi_items())
    assert body_of(theirs) == body_of(ours)
    assert theirs.headers.get("content-type") == ours.headers.get("content-type")
    assert theirs.headers["authorization"] == "Bearer key"


def test_only_tools_with_a_reason_are_left_out() -> None:
    assert set(UNCOMPARED) <= {tool.name for tool in TOOLS}
    assert all(UNCOMPARED.values())


def asked(package: str, tool: Tool, arguments: dict[str, Any], body: Any) -> httpx.Request:
    """The request that the generated client makes of the same arguments."""
    tag, operation = OPERATIONS[tool.method, tool.path]
    endpoint = importlib.import_module(f"{package}.api.{tag}.{snake(operation)}")
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(418)

    client = importlib.import_module(f"{package}.client").AuthenticatedClient(
        base_url="https://api.test",
        token="key",
        httpx_args={"transport": httpx.MockTransport(answer)},
    )
    given = typed(endpoint, package, tool, arguments, body)
    with client as opened:
        endpoint.sync_detailed(client=opened, **given)
    return requests[0]


def typed(
    endpoint: ModuleType, package: str, tool: Tool, arguments: dict[str, Any], body: Any
) -> dict[str, Any]:
    """Our arguments as that client takes them. What is not given is unset: it sends defaults."""
    unset = importlib.import_module(f"{package}.types").UNSET
    wanted = inspect.signature(endpoint._get_kwargs).parameters
    values = {
        spelled(p.wire): arguments[p.name]
        for p in tool.parameters
        if p.name in arguments and p.place in {"path", "query", "header"}
    }
    given = {}
    for name, parameter in wanted.items():
        if name == "body":
            given[name] = unset if body is None else model(parameter.annotation).from_dict(body)
        elif name.rstrip("_") in values:
            given[name] = convert(values[name.rstrip("_")], str(parameter.annotation))
        else:
            given[name] = unset
    return given


def model(annotation: Any) -> Any:
    """The class of a JSON body: of several kinds of body, the first."""
    kinds = [one for one in (annotation, *get_args(annotation)) if hasattr(one, "from_dict")]
    return kinds[0]


def convert(value: Any, annotation: str) -> Any:
    if "datetime.date" in annotation:
        return date.fromisoformat(value)
    return UUID(value) if "UUID" in annotation else value


def body_of(request: httpx.Request) -> Any:
    import json

    content = request.read()
    return json.loads(content) if content else None


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def spelled(name: str) -> str:
    return snake(name).replace("-", "_")
