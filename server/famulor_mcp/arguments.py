"""Broken rules become sentences that a model can act on.

Input: a tool, the arguments, and the problems that its check found. Nothing has been sent yet.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import InvalidArguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from famulor_tools.table import Problem, Tool

SHOWN = 80
MOST = 12
HIDDEN = "[hidden]"


def validate(tool: Tool, arguments: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Raise `InvalidArguments` with every problem, under the names that the caller used."""
    if problems := tool.check(arguments):
        raise InvalidArguments(explain(tool, arguments, problems, names))


def split(tool: Tool, valid: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What goes on the wire, and the controls: what the caller asks of the gateway itself."""
    controls = {name: valid[name] for name in tool.controls if name in valid}
    return {name: value for name, value in valid.items() if name not in controls}, controls


def refuse_masks(tool: Tool, arguments: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Raise `InvalidArguments` where the mask of a secret came back in place of the secret.

    A model that edits what it has read sends the mask, too; it would replace what is stored.
    """
    for secret in tool.secret_arguments:
        if path := next(masks(arguments, secret), None):
            raise InvalidArguments(masked(tool, path, names))


def masks(
    value: Any, secret: Sequence[str], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The paths at and below `secret` of texts that hold the mask."""
    if isinstance(value, str) and not secret and HIDDEN in value:
        yield path
    if isinstance(value, list):
        rest = secret[1:] if tuple(secret[:1]) == ("*",) else secret
        for index, item in enumerate(value):
            yield from masks(item, rest, (*path, index))
    if isinstance(value, dict):
        for name, item in value.items():
            if not secret or secret[0] in ("*", name):
                yield from masks(item, secret[1:], (*path, name))


def masked(tool: Tool, path: Sequence[str | int], names: Mapping[str, str]) -> str:
    """The sentence for a mask in place of a secret."""
    whole = str(path[0])
    field = dotted((names.get(whole, whole), *path[1:]))
    keeps = tool.method in {"PUT", "PATCH"} and whole not in tool.enforced_schema.get(
        "required", ()
    )
    leave = f", or leave {names.get(whole, whole)} out to keep what is stored" if keeps else ""
    return (
        f"{field} holds {HIDDEN}, which only stands for a secret in results. "
        f"Give the real value{leave}. Nothing was sent."
    )


def explain(
    tool: Tool,
    arguments: Mapping[str, Any],
    problems: Sequence[Problem],
    names: Mapping[str, str],
) -> str:
    """One text for all problems: a line each."""
    lines = [sentence(tool, arguments, problem, names) for problem in problems[:MOST]]
    if len(problems) > MOST:
        lines.append(f"and {len(problems) - MOST} more.")
    if len(lines) == 1:
        return f"{lines[0]} Nothing was sent."
    return "\n- ".join([f"Nothing was sent. Correct these arguments of {tool.name}:", *lines])


def sentence(
    tool: Tool, arguments: Mapping[str, Any], problem: Problem, names: Mapping[str, str]
) -> str:
    """Field, rule, what was given, and what would do."""
    path = problem.path
    if len(path) == 1 and path[0] in arguments and not known(tool, path[0]):
        return unknown(tool, str(path[0]))
    field = dotted((names.get(str(path[0]), path[0]), *path[1:])) if path else "The argument object"
    found, value = at(arguments, path)
    given = f" (given: {shown(tool, path, value)})" if found and path else ""
    example = f" Valid, for example: {problem.example}." if problem.example else ""
    instead = alternative(tool, path, value) if found and path else ""
    return f"{field} {problem.rule.rstrip('.')}{given}.{example}{instead}"


def alternative(tool: Tool, path: Sequence[str | int], value: Any) -> str:
    """What would do in place of this value, which the rule of its schema does not tell."""
    name, required = path[0], tool.enforced_schema.get("required", ())
    lists = next((one.tool for one in tool.lookups if one.accept and one.parameter == name), "")
    named = f" A name that {lists} lists will do, too." if lists else ""
    absent = len(path) == 1 and value is None and name not in required
    return named + (" Or leave it out." if absent else "")


def known(tool: Tool, name: str | int) -> bool:
    """Whether the enforced schema has an argument of this name."""
    return name in tool.enforced_schema.get("properties", {})


def unknown(tool: Tool, name: str) -> str:
    """The sentence for an argument that the tool does not have."""
    offered = list(tool.input_schema.get("properties", {}))
    close = get_close_matches(name, offered, n=3, cutoff=0.5)
    if close:
        return (
            f"{short(name)} is not an argument of {tool.name}. Did you mean {' or '.join(close)}?"
        )
    rest = f"It takes: {', '.join(offered)}." if offered else "It takes none."
    return f"{short(name)} is not an argument of {tool.name}. {rest}"


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it: `contacts[0].phone_number`."""
    first, *rest = path
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
    return str(first) + "".join(steps)


def at(value: Any, path: Sequence[str | int]) -> tuple[bool, Any]:
    """Whether there is a value at `path`, and the value."""
    for step in path:
        if not isinstance(value, dict | list):
            return False, None
        try:
            value = value[step]  # type: ignore[index]  # a wrong step raises, as meant
        except (KeyError, IndexError, TypeError):
            return False, None
    return True, value


def shown(tool: Tool, path: Sequence[str | int], value: Any) -> str:
    """A value as JSON, shortened; never one that is or holds a secret."""
    if any(touches(secret, path) for secret in tool.secret_arguments):
        return HIDDEN
    return short(json.dumps(value, ensure_ascii=False, default=str))


def touches(secret: Sequence[str], path: Sequence[str | int]) -> bool:
    """Whether a secret lies at, above or beneath `path`."""
    return all(part in ("*", step) for part, step in zip(secret, path, strict=False))


def short(text: str) -> str:
    """At most `SHOWN` printable characters of `text`."""
    clean = "".join(printable(text[: SHOWN + 1]))
    return clean if len(text) <= SHOWN else clean[:SHOWN] + "…"


def printable(text: str) -> Iterator[str]:
    """The characters of `text`, those that cannot be shown replaced by a space."""
    return (character if character.isprintable() else " " for character in text)
