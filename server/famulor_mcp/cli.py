"""The command `famulor-mcp`: reads what the operator wants and starts it.

Exit status: 0 done, 1 a called tool failed, 2 a wrong option or setting, 128 + n ended by signal n.

What is imported at the top is what every command needs; the SDK takes half a second to load, and
the collector would spend a fifth of that on objects that live as long as the process.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from famulor_mcp.options import PROGRAM, parse, version
from famulor_mcp.settings import READERS, Settings, SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from famulor_mcp.guard.policy import Policy
    from famulor_mcp.shape import Result
    from famulor_tools.table import Tool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    gc.disable()
    _speak_plainly()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except SettingsError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\nSee {PROGRAM} --help\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `famulor-mcp tools | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    finally:
        gc.enable()


def _speak_plainly() -> None:
    """UTF-8 and LF on stdout and stderr, whatever the locale and the system: programs read them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _run(arguments: Sequence[str]) -> int:
    chosen = parse(arguments)
    settings = load({name: chosen[name] for name in READERS if name in chosen}, os.environ)
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    command = chosen.get("command") or "stdio"
    if command == "sandbox":
        return _sandbox(int(chosen["port"]))
    if command == "demo":
        return _demo()
    if command == "policy":
        return _check(chosen)
    policy = _policy(settings.policy) if settings.policy else None
    tools = _tools(settings, policy)
    if command == "tools":
        shown = _stand_ins(tools) if settings.dynamic else _listed(tools, settings)
        return _list(shown, settings.output_schemas, as_json=chosen["as_json"])
    if run := {"call": _call, "probe": _probe}.get(command):
        return run(settings, tools, policy, chosen)
    return _stdio(settings, tools, policy)


def _tools(settings: Settings, policy: Policy | None) -> tuple[Tool, ...]:
    from famulor_mcp.selection import adapted, select
    from famulor_tools import PRESETS, TOOLS, TOOLSETS

    return adapted(select(TOOLS, TOOLSETS, settings, PRESETS), settings, policy)


def _listed(tools: Sequence[Tool], settings: Settings) -> tuple[Tool, ...]:
    from famulor_mcp.former import listed

    return listed(tools, older=settings.aliases and not settings.dynamic)


def _stand_ins(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    from famulor_mcp.dynamic import stand_ins
    from famulor_tools import DYNAMIC

    return stand_ins(DYNAMIC, tools)


def _policy(path: Path) -> Policy:
    """The policy in a file. Raises `SettingsError`, with file and line."""
    from famulor_mcp.guard.policyfile import PolicyError, load
    from famulor_tools import TOOLS

    try:
        return load(path, TOOLS)
    except PolicyError as error:
        raise SettingsError(str(error)) from None


def _check(chosen: Mapping[str, Any]) -> int:
    """Explain a policy file, and what it would do to a call. Asks no one."""
    from datetime import UTC, datetime
    from pathlib import Path

    from famulor_mcp.guard.explain import explain, judge
    from famulor_tools import TOOLS

    policy = _policy(Path(chosen["file"]))
    if chosen["tool"] is None:
        _print(explain(policy))
        return 0
    tool = _named(TOOLS, chosen["tool"])
    arguments = _arguments(tool, chosen["pairs"], chosen["object"])
    if problems := tool.check(arguments):
        from famulor_mcp.arguments import explain as words

        raise SettingsError(words(tool, arguments, problems, {}))
    verdict = judge(policy, tool, arguments, datetime.now(UTC))
    _print("\n".join(verdict))
    return 1 if any(line.startswith("Blocked") for line in verdict) else 0


def _named(tools: Sequence[Tool], name: str) -> Tool:
    """The tool of this name. Raises `SettingsError`, naming the closest."""
    from famulor_mcp.former import named

    known = named(tools)
    if name not in known:
        close = get_close_matches(name, known, n=3, cutoff=0.5) or known
        raise SettingsError(f"there is no tool {name!r} here. Nearest: {', '.join(close)}.")
    return known[name]


def _list(tools: Sequence[Tool], outputs: str, *, as_json: bool) -> int:
    if as_json:
        from famulor_mcp.protocol import wire_tool

        _print(
            json.dumps([wire_tool(tool, outputs) for tool in tools], ensure_ascii=False, indent=2)
        )
        return 0
    rows = [("TOOL", "EFFECT", "TOOLSET", "TITLE")]
    rows += [(tool.name, tool.effect, tool.toolset, tool.title) for tool in tools]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        _print("  ".join([*cells, row[3]]))
    return 0


def _arguments(tool: Tool, pairs: Sequence[str], whole: str | None) -> dict[str, Any]:
    """The arguments of a call, from `key=value` words or from one JSON object."""
    if whole is None:
        return dict(_pair(tool, word) for word in pairs)
    if pairs:
        raise SettingsError(f"call takes --json or key=value, not both: {pairs[0]!r}.")
    value = _json(whole)
    if not isinstance(value, dict):
        raise SettingsError("call --json must be a JSON object. Example: --json '{\"id\": 42}'")
    return value


def _pair(tool: Tool, word: str) -> tuple[str, Any]:
    """An argument. What is JSON is read so, unless the argument takes texts and not that."""
    from famulor_mcp.repair import named_type, wanted

    key, equals, value = word.partition("=")
    if not (key and equals):
        raise SettingsError(f"{word!r} is not key=value. Example: id=42")
    read = _json(value)
    schemas = (tool.enforced_schema, tool.input_schema)
    known = [schema["properties"][key] for schema in schemas if key in schema["properties"]]
    types = (wanted(known[0]) if known else None) or {named_type(read)}
    fits = named_type(read) in types or (named_type(read) == "integer" and "number" in types)
    return key, value if "string" in types and read is not None and not fits else read


def _json(text: str) -> Any:
    """The value of a JSON text, or the text itself. NaN and the like are no JSON."""
    try:
        return json.loads(text, parse_constant=lambda _name: _no_json())
    except ValueError:
        return text


def _no_json() -> NoReturn:
    raise ValueError


def _call(
    settings: Settings, tools: Sequence[Tool], policy: Policy | None, chosen: Mapping[str, Any]
) -> int:
    import asyncio

    tool = _named(tools, chosen["tool"])
    arguments = _arguments(tool, chosen["pairs"], chosen["object"])

    async def once() -> int:
        from famulor_mcp.start import opened
        from famulor_mcp.terminal import Terminal

        async with opened(settings, tools, policy) as call:
            answer = await call(tool.name, arguments, Terminal(bool(chosen.get("yes"))))
        (sys.stderr.write if answer.is_error else _print)(_shown(answer) + "\n")
        return 1 if answer.is_error else 0

    return asyncio.run(once())


def _stdio(settings: Settings, tools: Sequence[Tool], policy: Policy | None) -> int:
    import asyncio

    from famulor_mcp.offer import server
    from famulor_mcp.start import keys, opened
    from famulor_mcp.transports.stdio import serve

    async def until_closed() -> int:
        async with opened(settings, tools, policy) as call:
            serving = server(
                _listed(tools, settings),
                lambda ctx, name, arguments, asker: call(
                    name, arguments, asker, ctx.session.report_progress
                ),
                lambda _ctx, name, arguments: call(name, arguments),
                lambda _ctx, source: call.values(source),
                version=version(),
                dynamic=settings.dynamic,
                outputs=settings.output_schemas,
                keys=keys(settings),
            )
            gc.freeze()
            gc.enable()
            return await serve(serving)

    return asyncio.run(until_closed())


def _probe(
    settings: Settings, tools: Sequence[Tool], policy: Policy | None, chosen: Mapping[str, Any]
) -> int:
    from pathlib import Path

    from famulor_mcp.probe.command import probe

    file = Path(chosen["report"]) if chosen["report"] else None
    return probe(settings, tools, policy, chosen["named"], file)


def _sandbox(port: int) -> int:
    import socket

    import uvicorn

    from famulor_mcp.sandbox import KEY, make_app

    try:
        listening = socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        raise SettingsError(f"--port: cannot listen on {port} ({error}). Example: 8787") from None
    with listening:
        port = listening.getsockname()[1]
        sys.stderr.write(f"Sandbox on http://127.0.0.1:{port} with FAMULOR_API_KEY={KEY}\n")
        uvicorn.Server(uvicorn.Config(make_app(), log_level="warning")).run(sockets=[listening])
    return 0


def _demo() -> int:
    from famulor_mcp.sandbox.demo import main as demo

    return demo()


def _shown(answer: Result) -> str:
    """An answer for people and for pipes: JSON, unless it is a sentence."""
    if answer.data is None or answer.data == {"result": answer.text}:
        return answer.text
    return json.dumps(answer.data, ensure_ascii=False, indent=2)


def _print(text: str) -> None:
    """One piece of output as UTF-8 and LF, whatever the locale: other programs read it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.rstrip("\n").encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()
