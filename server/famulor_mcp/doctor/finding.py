"""What a check found, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from famulor_mcp.settings import Settings, SettingsError

State = Literal["ok", "warning", "problem"]
STATES: tuple[State, ...] = ("ok", "warning", "problem")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    `check` is what programs know it by, and does not change; `words` say what is and what it means,
    `mend` what to do. `facts` are values for programs, by name. None of them holds a secret.
    """

    check: str
    title: str
    state: State
    words: str
    mend: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: the settings, what is wrong with them, and the environment.

    `given` holds the options of the command line as variables, for processes that are started.
    """

    settings: Settings
    faults: tuple[SettingsError, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: Mapping[str, str] = field(default_factory=dict, repr=False)


def worst(findings: Iterable[Finding]) -> State:
    """The state of the whole."""
    return max((finding.state for finding in findings), key=STATES.index, default="ok")
