"""The main job on the sandbox, done by a real MCP client over stdio: place a call, read it back."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from famulor_mcp.output import write

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import Tool

PERSON = {"phone_number": "+442079460101", "variables": {"customer_name": "Priya Raman"}}
ENGLISH = 2
OVER = {"completed", "failed", "busy", "no-answer"}
INTERVAL = 0.8
"""Seconds between two looks at the call; well below the API's 20 requests in 10 s."""


def main() -> int:
    """Run the demo on stdout; the exit status is 0 when the call was completed.

    What ends it comes out as it is: the client's groups of tasks wrap it, in each other.
    """
    try:
        return asyncio.run(run())
    except ExceptionGroup as group:
        error: Exception = group
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        raise error from None


async def run() -> int:
    """Start the server as a client would, call a person who does not exist, print what was said."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    command = StdioServerParameters(command=sys.executable, args=["-m", "famulor_mcp", "--sandbox"])
    _title("famulor-mcp demo", "a real MCP client, a made-up account: nobody is called")
    async with Client(command) as client:
        _tools((await client.list_tools()).tools)
        before = await _call(client, "get_me")
        assistants = (await _call(client, "get_outbound_assistants"))["items"]
        assistant = next(row for row in assistants if row["language_id"] == ENGLISH)
        _fact("account", f"{before['name']}, balance {before['total_balance']:.2f} USD")
        _fact("assistant", f"{assistant['name']} ({assistant['mode']}), one of {len(assistants)}")
        placed = await _call(client, "make_call", assistant_id=assistant["id"], **PERSON)
        _fact("call", f"id {placed['call_id']}, to {PERSON['phone_number']}")
        call = await _ended(client, placed["call_id"])
        _transcript(call)
        _title("Evaluation", "what the assistant was told to find out")
        for found in call["evaluation"]:
            _fact(found["name"], _spoken(found["value"]))
        after = await _call(client, "get_me")
        _title("Cost", "of the call, from the made-up balance")
        _fact("call", f"{call['total_cost']} USD for {call['duration']} seconds")
        _fact("balance", f"{before['total_balance']:.4f} → {after['total_balance']:.4f} USD")
        write("\n")
    return 0 if call["status"] == "completed" else 1


async def _call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        raise RuntimeError(f"{tool} failed: {result.content}")
    return dict(result.structured_content)


async def _ended(client: Client, call_id: int) -> dict[str, Any]:
    """Look at the call until it is over; each new status is printed on one growing line."""
    seen: list[str] = []
    while True:
        call = await _call(client, "get_call", call_id=call_id, detail="full")
        if call["status"] not in seen:
            seen.append(call["status"])
            write(f"{' → ' if seen[1:] else _label('status')}{call['status']}")
        if call["status"] in OVER:
            write("\n")
            return call
        await asyncio.sleep(INTERVAL)


def _tools(tools: list[Tool]) -> None:
    reads = [tool.name for tool in tools if tool.annotations and tool.annotations.read_only_hint]
    acts = [tool.name for tool in tools if tool.name not in reads]
    _fact("tools", f"{len(tools)}: {len(reads)} that read, {len(acts)} that act")
    for label, names in (("  read", reads), ("  act", acts)):
        _fact(label, f"{', '.join(names[:7])}, … {len(names) - 7} more")


def _transcript(call: dict[str, Any]) -> None:
    _title("Transcript", call["assistant_name"])
    start = call["transcript"][0]["timestamp"] if call["transcript"] else 0
    for line in call["transcript"]:
        second = int(line["timestamp"] - start)
        speaker = "assistant" if line["sender"] == "bot" else "caller"
        _fact(f"{second // 60}:{second % 60:02} {speaker}", line["text"])


def _spoken(value: str | int | bool) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _title(title: str, rest: str) -> None:
    write(f"\n{_styled(title, '1')}  {_styled(rest, '2')}\n\n")


def _fact(label: str, text: str) -> None:
    lines = textwrap.wrap(text, 80, break_on_hyphens=False)
    write(_label(label) + f"\n{' ' * 18}".join(lines) + "\n")


def _label(label: str) -> str:
    return "  " + _styled(f"{label:<16}", "36")


def _styled(text: str, code: str) -> str:
    """Colour, on a terminal only."""
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text
