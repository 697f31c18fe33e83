"""Check of this server on stdio: it starts, and stdout holds JSON-RPC lines and nothing else."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from famulor_mcp.doctor.finding import Finding

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from famulor_mcp.doctor.finding import Patient

PATIENCE = 20.0
"""Seconds for the whole; a cold start takes less than one on most machines."""

TITLE = "Server on stdio"
GREETING: dict[str, Any] = {
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "famulor-mcp doctor", "version": "1"},
    },
}
ASKED: tuple[dict[str, Any], ...] = (
    GREETING,
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
)
LAST = 2
"""The id of the last answer."""


async def stdio(patient: Patient) -> list[Finding]:
    """Start the server with these settings, talk to it, and look at every byte of stdout."""
    began = time.monotonic()
    environment = {**patient.environment, **patient.given}
    try:
        output, errors = await asyncio.wait_for(talk(environment), PATIENCE)
    except TimeoutError:
        words = f"no answer within {PATIENCE:g} s"
        return [Finding("stdio", TITLE, "problem", words, "Run it by hand: famulor-mcp stdio")]
    seconds = round(time.monotonic() - began, 2)
    facts = {"seconds": seconds, "bytes": len(output)}
    if fault := impure(output):
        words = f"stdout is not clean: {fault}"
        mend = "Look for a sitecustomize.py or a .pth file that prints when Python starts."
        return [Finding("stdio", TITLE, "problem", words, mend, facts)]
    answer = answered(output)
    if answer is None:
        words = f"it does not start: {gist(errors) or 'it says nothing'}"
        return [Finding("stdio", TITLE, "problem", words, "Correct what it says.", facts)]
    tools = len(answer["result"]["tools"])
    words = f"starts and lists {tools} tools in {seconds:.1f} s; stdout is JSON-RPC lines alone"
    return [Finding("stdio", TITLE, "ok", words, facts={**facts, "tools": tools})]


async def talk(environment: dict[str, str]) -> tuple[bytes, str]:
    """All that the server writes to stdout and stderr while it is asked for its tools."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "famulor_mcp", "stdio"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env=environment,
        limit=2**24,
    )
    try:
        return await _said(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _said(process: Process) -> tuple[bytes, str]:
    if not (process.stdin and process.stdout and process.stderr):
        raise TypeError("a process of talk() has three pipes")
    errors = asyncio.create_task(process.stderr.read())
    lines = (json.dumps({"jsonrpc": "2.0", **message}) for message in ASKED)
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())
    output = b""
    while line := await process.stdout.readline():
        output += line
        if answered(line):
            break
    process.stdin.close()
    output += await process.stdout.read()
    said = (await errors).decode("utf-8", "replace")
    await process.wait()
    return output, said


def gist(errors: str) -> str:
    """The line that tells why a server ended: the first, or the last of a Python traceback."""
    lines = errors.strip().splitlines() or [""]
    return lines[-1] if lines[0].startswith("Traceback ") else lines[0]


def impure(output: bytes) -> str:
    """What in `output` is no JSON-RPC line of UTF-8 that ends with LF, or nothing."""
    for number, line in enumerate(output.split(b"\n")[:-1], start=1):
        if line.endswith(b"\r"):
            return f"line {number} ends with CR LF"
        try:
            message = json.loads(line.decode("utf-8"))
        except ValueError:
            return f"line {number} is no JSON in UTF-8"
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return f"line {number} is no JSON-RPC message"
    return "" if not output or output.endswith(b"\n") else "the last line has no end"


def answered(output: bytes) -> dict[str, Any] | None:
    """The answer to the last question, if it is in `output`."""
    for line in output.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("id") == LAST and "result" in message:
            return message
    return None
