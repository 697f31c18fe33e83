"""Older argument names become current ones, by the table's aliases.

Input: the caller's arguments. Output: new arguments, and the name that the caller used for each
current one, so that a later error speaks in the caller's words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from famulor_mcp import repair
from famulor_mcp.arguments import explain
from famulor_mcp.errors import InvalidArguments
from famulor_mcp.lookup import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from famulor_tools.table import Alias, Tool


@dataclass(frozen=True, slots=True)
class Twin:
    """An older argument given beside its current one, whose meaning only a look-up tells."""

    alias: Alias
    value: Any


def translate(
    tool: Tool, arguments: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], list[Twin]]:
    """The arguments under current names, a map from current name to the name used, and twins.

    Raises `InvalidArguments` where old and new name disagree, or where an older value has no
    counterpart.
    """
    given = dict(arguments)
    names: dict[str, str] = {}
    twins = [twin for alias in chosen(tool, given) if (twin := replace(tool, alias, given, names))]
    return given, names, twins


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


def replace(tool: Tool, alias: Alias, given: dict[str, Any], names: dict[str, str]) -> Twin | None:
    """Put one older argument under its current name, in place."""
    older = given[alias.name]
    if literal(older) in alias.drop:
        del given[alias.name]
        return None
    if alias.values is not None and literal(older) not in alias.values:
        if not alias.keep:
            raise InvalidArguments(unmapped(alias))
        if alias.target in given:
            confirm(tool, alias, given, names)
            del given[alias.name]
        return None
    current = older if alias.values is None else alias.values[literal(older)]
    del given[alias.name]
    if alias.target not in given:
        given[alias.target] = current
        names[alias.target] = alias.name
        return None
    if named(tool, alias.target, current, given[alias.target]):
        return Twin(alias, current)
    if not same(tool, alias.target, current, given[alias.target]):
        raise conflict(alias, names)
    return None


def confirm(tool: Tool, alias: Alias, given: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Raise unless a kept older value is a valid one and does not deny what the current name says.

    The current value belongs to another older value where the map gives it.
    """
    older = {alias.name: given[alias.name]}
    repaired = repair.repair(tool, older)
    problems = [problem for problem in tool.check(repaired) if problem.path[:1] == (alias.name,)]
    if problems:
        raise InvalidArguments(explain(tool, repaired, problems, {}))
    if any(
        same(tool, alias.target, one, given[alias.target]) for one in (alias.values or {}).values()
    ):
        raise conflict(alias, names)


def named(tool: Tool, target: str, *values: Any) -> bool:
    """Whether one of the values is a name that a look-up turns into an id."""
    return any(
        lookup.accept and lookup.parameter == target and any(map(is_name, values))
        for lookup in tool.lookups
    )


def same(tool: Tool, target: str, one: Any, other: Any) -> bool:
    """Whether two values of an argument are one once they are read as its schema wants."""
    schema = tool.enforced_schema.get("properties", {}).get(target, {})
    first, second = (repair.repaired(tool, target, value, schema) for value in (one, other))
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def conflict(alias: Alias, names: Mapping[str, str]) -> InvalidArguments:
    """The error for two names of one argument that say different things."""
    other = names.get(alias.target, alias.target)
    return InvalidArguments(
        f"{alias.name} and {other} mean the same and have different values. "
        f"Give only {alias.target}. Nothing was sent."
    )


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
