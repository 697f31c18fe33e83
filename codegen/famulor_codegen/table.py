"""What the planner hands to the renderer: plain frozen data, one Tool per tool.

The small classes have the names and fields of `famulor_tools.table`, because they are printed as
calls of those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = Any
Schema = dict[str, Any]


class RateLimit(NamedTuple):
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Parameter:
    """Where one argument goes on the wire."""

    name: str
    wire: str
    place: str
    style: str = ""
    explode: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """An older argument name."""

    name: str
    target: str
    values: dict[str, Json] | None = None
    keep: bool = False
    drop: tuple[str, ...] = ()
    when: dict[str, tuple[Json, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name may stand for the id in `parameter`."""

    parameter: str
    tool: str
    match: tuple[str, ...]
    take: str
    arguments: dict[str, Json] = field(default_factory=dict)
    accept: bool = True


@dataclass(frozen=True, slots=True)
class Until:
    """How to wait for a result."""

    field: str
    values: tuple[Json, ...]
    interval: float


class Sentence(NamedTuple):
    """An entry of the instructions, said where all of `needs` and any of `tools` are offered."""

    text: str
    needs: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


class Preset(NamedTuple):
    """A smaller set of tools."""

    description: str
    tools: tuple[str, ...]


class Source(NamedTuple):
    """Where values that a client proposes come from: the field `take` of what `tool` lists."""

    tool: str
    take: str


@dataclass(frozen=True, slots=True)
class Argument:
    """What a person fills in for a prompt."""

    name: str
    description: str
    required: bool = False
    default: str = ""
    values: Source | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A job, told to the model; offered where all of `needs` are."""

    name: str
    title: str
    description: str
    text: str
    needs: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A field of a tool's answer, by URI."""

    name: str
    title: str
    description: str
    uri_template: str
    mime: str
    tool: str
    argument: str
    take: str
    arguments: dict[str, Json] = field(default_factory=dict)
    values: Source | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What the document says beside its tools, for models, operators and people."""

    instructions: tuple[Sentence, ...] = ()
    presets: dict[str, Preset] = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    prompts: tuple[Prompt, ...] = ()
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Retired:
    """A tool that will go: since which version of the API, and which tool to call instead."""

    since: str
    instead: str


@dataclass(frozen=True, slots=True)
class Audience:
    """How many people a call sets going."""

    tool: str
    count: str
    arguments: dict[str, Json] = field(default_factory=dict)


class Ledger(NamedTuple):
    """Where the account's balance stands."""

    tool: str
    balance: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, complete. `pointer` is its operation's place; the rest is as in the tool table."""

    name: str
    title: str
    description: str
    toolset: str
    effect: str
    idempotent: bool
    method: str
    path: str
    input_schema: Schema
    enforced_schema: Schema
    output_schema: Schema
    annotations: dict[str, bool]
    example: dict[str, Json]
    controls: tuple[str, ...]
    rows: str
    parameters: tuple[Parameter, ...]
    body: str
    aliases: tuple[Alias, ...]
    lookups: tuple[Lookup, ...]
    merged: tuple[str, ...]
    answers: dict[str, str]
    successes: dict[str, str]
    rate_limits: tuple[RateLimit, ...]
    cost: str
    preview: str
    verify: str
    concise: tuple[str, ...]
    until: Until | None
    effect_when: dict[str, tuple[Json, ...]]
    audience: Audience | None
    destinations: tuple[tuple[str, ...], ...]
    secret_arguments: tuple[tuple[str, ...], ...]
    secret_results: tuple[tuple[str, ...], ...]
    sources: dict[str, tuple[str, str]]
    documented: dict[str, Schema | None]
    older: tuple[str, ...]
    retired: Retired | None
    defaults: dict[str, Json]
    item_fields: tuple[str, ...]
    keywords: tuple[str, ...]
    rules: tuple[str, ...]
    validator: tuple[str, ...]
    tokens: int
    budget: int
    pointer: str

    @property
    def wire_object(self) -> dict[str, Json]:
        """The tool as a client sees it in `tools/list`."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema,
            "annotations": self.annotations,
            "outputSchema": self.output_schema,
        }


BLANK = Tool(
    name="",
    title="",
    description="",
    toolset="",
    effect="",
    idempotent=False,
    method="",
    path="",
    input_schema={},
    enforced_schema={},
    output_schema={},
    annotations={},
    example={},
    controls=(),
    rows="",
    parameters=(),
    body="none",
    aliases=(),
    lookups=(),
    merged=(),
    answers={},
    successes={},
    rate_limits=(),
    cost="",
    preview="",
    verify="",
    concise=(),
    until=None,
    effect_when={},
    audience=None,
    destinations=(),
    secret_arguments=(),
    secret_results=(),
    sources={},
    documented={},
    older=(),
    retired=None,
    defaults={},
    item_fields=(),
    keywords=(),
    rules=(),
    validator=(),
    tokens=0,
    budget=0,
    pointer="",
)
"""A tool of which nothing is known yet: planning fills it step by step."""


@dataclass(frozen=True, slots=True)
class Toolset:
    """The tools of one tag, in the order of the document."""

    name: str
    words: str
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is rendered."""

    title: str
    version: str
    base_url: str
    credentials: str
    material: Material
    dynamic: tuple[Tool, ...]
    rate_limits: tuple[RateLimit, ...]
    budget: int
    account: Ledger | None
    toolsets: tuple[Toolset, ...]
    omitted: tuple[tuple[str, str], ...]
    schemas: dict[str, Schema]

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools, in order."""
        return tuple(tool for toolset in self.toolsets for tool in toolset.tools)
