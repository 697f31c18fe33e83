"""What the sandbox remembers: the accounts with all that is theirs, and what all accounts share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .limits import Limiter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .answer import Refusal
    from .clock import Clock
    from .talk import Script

Row = dict[str, Any]
ID_DIGITS = 19


@dataclass
class Call:
    """A call as facts and a plan; its state is a function of these and of the time.

    It is initiated at `created`, rings after `dial` seconds, is answered (or given up) `ring`
    seconds later, and talks for `talk` seconds. `duration` is what is reported and billed.
    """

    id: int
    assistant: Row
    type: str
    own_number: str
    client_number: str
    created: datetime
    outcome: str = "completed"
    script: Script | None = None
    variables: Row = field(default_factory=dict)
    campaign: Row | None = None
    lead: Row | None = None
    duration: int = 0
    dial: float = 1.0
    ring: float = 2.0
    talk: float = 5.0
    cost: Decimal = Decimal(0)
    carrier_cost: Decimal = Decimal(0)
    machine: bool = False
    settled: bool = False
    aborted: datetime | None = None


@dataclass
class Account:
    """One customer: nothing in it is visible to another."""

    id: int
    name: str
    email: str
    key: str
    balance: Decimal
    payment_method: bool = True
    assistants: dict[int, Row] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    campaigns: dict[int, Row] = field(default_factory=dict)
    leads: dict[int, Row] = field(default_factory=dict)
    conversations: dict[str, Row] = field(default_factory=dict)
    knowledgebases: dict[int, Row] = field(default_factory=dict)
    documents: dict[int, Row] = field(default_factory=dict)
    tools: dict[int, Row] = field(default_factory=dict)
    numbers: dict[int, Row] = field(default_factory=dict)
    folders: dict[int, Row] = field(default_factory=dict)
    labels: dict[int, Row] = field(default_factory=dict)
    senders: dict[int, Row] = field(default_factory=dict)
    templates: dict[int, Row] = field(default_factory=dict)
    threads: dict[int, Row] = field(default_factory=dict)

    def charge(self, amount: Decimal) -> None:
        """Take money (USD) from the balance."""
        self.balance -= amount


@dataclass
class World:
    """Everything there is."""

    seed: int
    clock: Clock
    accounts: list[Account] = field(default_factory=list)
    limiter: Limiter = field(default_factory=Limiter)
    _ids: Counter[str] = field(default_factory=Counter)

    def next_id(self, kind: str) -> int:
        """A new id; ids of a kind are shared by all accounts, so none fits two."""
        self._ids[kind] += 1
        return self._ids[kind]


@dataclass(frozen=True)
class Request:
    """One request as a handler sees it: checked key, decoded path, query and body."""

    world: World
    account: Account
    now: datetime
    url: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart body."""

    name: str
    content: bytes


def find(rows: Mapping[int, Any], given: str, otherwise: Refusal) -> Any:
    """The row with the id that a path names, or the refusal."""
    row = rows.get(int(given)) if given.isdecimal() and len(given) < ID_DIGITS else None
    if row is None:
        raise otherwise
    return row
