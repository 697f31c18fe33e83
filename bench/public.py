"""Measure the codegen and the review on a real document of someone else's API.

`python -m bench.public FILE` takes an OpenAPI document as JSON, such as GitHub's REST description
(the npm package `@octokit/openapi`). The facts that only `x-mcp` has are laid on by rule: names and
tags in our form, DELETE as the effect delete, whatever else is no GET as a write. What the codegen
refuses is left out and counted by reason; generating and reviewing the rest is timed.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.large import BUDGET
from bench.maintain import MEGABYTES, SECONDS, run
from famulor_codegen.document import METHODS
from famulor_codegen.errors import Defect, SpecError
from famulor_codegen.load import Source
from famulor_codegen.read import planned

if TYPE_CHECKING:
    from collections.abc import Iterable

Raw = dict[str, Any]
Place = tuple[str, str]
_LONGEST = 48
_WORDS = 600
_CONTROLS = {"detail", "fields", "offset", "all", "wait", "dry_run", "confirm_token", "repeat"}
_BEGIN = re.compile(r"in the enforced schema of \w+ at \S+ |\w+ /\S+: |(?<=: )\S+(?=: '|: \[)")
_VARYING = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d+|(?<=itself: ).*|(?<=schema: ).*?: ")
_REF = re.compile(r'"\$ref": "#([^"]+)"')


def main(argv: list[str]) -> int:
    """Print what was planned, what was refused and why, and the figures; 1 if a bound is missed."""
    if len(argv) != 1:
        raise SystemExit("usage: python -m bench.public FILE.json")
    raw = adapted(json.loads(Path(argv[0]).read_text("utf-8")))
    before = len(list(places(raw)))
    refused = sieve(raw)
    kept = len(list(places(raw)))
    print(f"{before} operations, {kept} planned, {before - kept} refused")
    for words, number in refused.most_common():
        print(f"  {number:5}  {words}")
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = folder / "old.json", folder / "new.json"
        old.write_text(json.dumps(raw, indent=1), "utf-8")
        new.write_text(json.dumps(edited(raw), indent=1), "utf-8")
        print(f"{old.stat().st_size / 1e6:.1f} MB of document")
        for words, command in (
            ("generate", ["--spec", str(old), "--out", str(folder / "out")]),
            ("review", ["review", str(old), str(new), "--fail-on", "none"]),
        ):
            took = run(command)
            met = took.seconds < SECONDS and took.megabytes < MEGABYTES
            good &= met
            each = 1e3 * took.seconds / kept
            print(
                f"{words:9} {kept:5} operations  {took.seconds:6.1f} s  {each:5.1f} ms each  "
                f"{took.megabytes:5.0f} MB  {'met' if met else 'MISSED'}"
            )
    return 0 if good else 1


def adapted(raw: Raw) -> Raw:
    """The document with the facts that only `x-mcp` has, by rule."""
    listing, taken = "", set[str]()
    for path, method in places(raw):
        operation = raw["paths"][path][method]
        tool = _named(operation.get("operationId", f"{method}_{path}"))
        tool = f"{tool[:42]}_{len(taken)}" if tool in taken else tool
        taken.add(tool)
        listing = listing or (tool if method == "get" else "")
        operation["x-mcp"] = {"tool": tool, "budget": BUDGET, **_effect(method, listing or tool)}
        operation["tags"] = [_named(operation.get("tags", ["all"])[0])[:40]]
        words = operation.get("description") or operation.get("summary") or tool
        operation["description"] = words[:_WORDS]
        _rename(operation.get("parameters", []))
    _rename(raw.get("components", {}).get("parameters", {}).values())
    names = {raw["paths"][path][method]["tags"][0] for path, method in places(raw)}
    raw["tags"] = [{"name": name, "description": name} for name in sorted(names)]
    raw["x-mcp"] = {"budget": BUDGET}
    return raw


def _rename(parameters: Iterable[Raw]) -> None:
    """Another name for what the gateway itself would understand."""
    for parameter in parameters:
        if parameter.get("name") in _CONTROLS:
            parameter["x-mcp"] = {"name": f"its_{parameter['name']}"}


def _named(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST].strip("_")


def _effect(method: str, listing: str) -> Raw:
    if method == "get":
        return {}
    if method == "delete":
        return {"effect": "delete", "preview": "Delete this"}
    return {"effect": "write", "verify": listing}


def edited(raw: Raw) -> Raw:
    """The document where every fifth operation has other words and an argument more."""
    new = copy.deepcopy(raw)
    for number, (path, method) in enumerate(places(new)):
        if number % 5 == 0:
            operation = new["paths"][path][method]
            operation["description"] += " Now with a filter."
            more = {"name": "one_more", "in": "query", "schema": {"type": "string"}}
            operation.setdefault("parameters", []).append(more)
    return new


def places(raw: Raw) -> list[Place]:
    """Path and method of each operation."""
    return [
        (path, method)
        for path, item in raw["paths"].items()
        for method in item
        if method in METHODS
    ]


def sieve(raw: Raw) -> Counter[str]:
    """Remove what the codegen refuses, until it takes the rest; how often each reason was given."""
    reasons: Counter[str] = Counter()
    while True:
        try:
            planned(Source("document", "", raw, {}))
        except SpecError as error:
            blamed = _blamed(raw, error.defects)
        else:
            return reasons
        for (path, method), words in blamed.items():
            reasons[words] += 1
            raw["paths"][path].pop(method)
            if not any(key in METHODS for key in raw["paths"][path]):
                raw["paths"].pop(path)
        _prune(raw)


def _blamed(raw: Raw, defects: list[Defect]) -> dict[Place, str]:
    """The operations that a defect is in or that lead to it, each with its first reason."""
    blamed: dict[Place, str] = {}
    reach: dict[Place, set[str]] = {}
    for defect in defects:
        words = _VARYING.sub("…", _BEGIN.sub("", defect.sentence))
        if defect.pointer.startswith("/paths/"):
            _, _, path, method, *_ = *defect.pointer.split("/"), ""
            path = path.replace("~1", "/").replace("~0", "~")
            found = [place for place in places(raw) if place[0] == path and method in (*METHODS,)]
            found = [place for place in found if place[1] == method] or [
                place for place in places(raw) if place[0] == path
            ]
        else:
            reach = reach or _reach(raw)
            found = [
                p for p, roots in reach.items() if any(_below(defect.pointer, r) for r in roots)
            ]
        if not found:
            raise SystemExit(f"no operation to blame: {defect.pointer}: {defect.sentence}")
        for place in found:
            blamed.setdefault(place, words)
    return blamed


def _below(pointer: str, root: str) -> bool:
    return pointer == root or pointer.startswith(f"{root}/")


def _reach(raw: Raw) -> dict[Place, set[str]]:
    """The components that each operation leads to."""
    direct: dict[str, set[str]] = defaultdict(set)
    for kind, members in raw.get("components", {}).items():
        for name, node in members.items():
            direct[f"/components/{kind}/{name}"] = set(_REF.findall(json.dumps(node)))
    found: dict[Place, set[str]] = {}
    for path, method in places(raw):
        item = raw["paths"][path]
        shared = [item[method], item.get("parameters", [])]
        todo = set(_REF.findall(json.dumps(shared)))
        seen: set[str] = set()
        while todo:
            seen.add(pointer := todo.pop())
            todo |= direct[pointer] - seen
        found[path, method] = seen
    return found


def _prune(raw: Raw) -> None:
    """Leave out the components that no operation leads to any more."""
    wanted = set().union(*_reach(raw).values())
    for kind, members in raw.get("components", {}).items():
        if kind != "securitySchemes":
            for name in [n for n in members if f"/components/{kind}/{n}" not in wanted]:
                del members[name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
