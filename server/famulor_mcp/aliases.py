"""Older argument names become current ones, by the table's aliases.

Input: the caller's arguments. Output: new arguments, and the name that the caller used for each
current one, so that a later error speaks in the caller's words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from famulor_mcp.errors import InvalidArguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_tools.table import Alias, Tool


def translate(tool: Tool, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments under current names, and a map from current name to the name used.

    Raises `InvalidArguments` where old and new name disagree, or where an older value has no
    counterpart.
    """
    given = dict(arguments)
    names: dict[str, str] = {}
    for alias in chosen(tool, given):
        replace(alias, given, names)
    return given, names


def chosen(tool: Tool, given: dict[str, Any]) -> Iterator[Alias]:
    """The alias to apply for each older name that was given.

    Names whose aliases have no condition come first: a condition may rest on what they set.
    """
    older = dict.fromkeys(alias.name for alias in tool.aliases if alias.name in given)
    conditional = {alias.name for alias in tool.aliases if alias.when}
    for name in sorted(older, key=lambda name: name in conditional):
        fitting = (alias for alias in tool.aliases if alias.name == name and holds(alias, given))
        if alias := next(fitting, None):
            yield alias


def holds(alias: Alias, given: Mapping[str, Any]) -> bool:
    """Whether the alias's condition is met."""
    return all(name in given and given[name] in values for name, values in alias.when.items())


def replace(alias: Alias, given: dict[str, Any], names: dict[str, str]) -> None:
    """Put one older argument under its current name, in place."""
    older = given[alias.name]
    if literal(older) in alias.drop:
        del given[alias.name]
        return
    if alias.values is not None and literal(older) not in alias.values:
        if alias.target in given:
            del given[alias.name]
        elif not alias.keep:
            raise InvalidArguments(unmapped(alias))
        return
    current = older if alias.values is None else alias.values[literal(older)]
    if alias.target in given and literal(given[alias.target]) != literal(current):
        other = names.get(alias.target, alias.target)
        raise InvalidArguments(
            f"{alias.name} and {other} mean the same and have different values. "
            f"Give only {alias.target}. Nothing was sent."
        )
    del given[alias.name]
    given.setdefault(alias.target, current)
    names.setdefault(alias.target, alias.name)


def unmapped(alias: Alias) -> str:
    """The sentence for an older value that says nothing today."""
    known = ", ".join([*(alias.values or {}), *alias.drop])
    return (
        f"{alias.name} is an older name of {alias.target} and is understood only with one of: "
        f"{known}. Give {alias.target} instead. Nothing was sent."
    )


def literal(value: Any) -> str:
    """A value as the table writes it: JSON text, strings without quotes."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
