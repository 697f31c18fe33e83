"""The policy file is understood to the last key, or the start stops with line and reason."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.server.guard.acts import RING, TOOLS

from famulor_mcp.guard.hours import Opening
from famulor_mcp.guard.policy import Destinations, Limit, Policy, hidden
from famulor_mcp.guard.policyfile import PolicyError, load, parse

WHOLE = """
[limits]
per_minute = 5
per_day = 100
[limits.tools.ring]
per_hour = 20

[destinations]
allow = [
  "+49",  # Germany
  "+43",
]
deny = ["+49900"]

[hours]
timezone = "Europe/Berlin"
open = ["mon-fri 09:00-18:00", "sat,sun 22:00 - 02:00"]

[balance]
floor = 10

[audience]
largest = 500

[off]
tools = ["pay"]
effects = ["delete"]
"""


def test_every_rule_is_read() -> None:
    policy = parse(WHOLE, "policy.toml", TOOLS)
    assert policy.limits == (Limit(5, 60), Limit(100, 86400), Limit(20, 3600, "ring"))
    assert policy.destinations == Destinations(("+49", "+43"), ("+49900",))
    assert policy.hours is not None
    assert policy.hours.zone == ZoneInfo("Europe/Berlin")
    assert policy.hours.openings == (
        Opening((0, 1, 2, 3, 4), 540, 1080),
        Opening((5, 6), 1320, 120),
    )
    assert (policy.floor, policy.largest) == (10.0, 500)
    assert policy.off_tools == {"pay"}
    assert list(policy.off_effects) == ["delete"]
    assert hidden(policy, TOOLS) == {"pay", "drop"}


def test_a_tool_whose_effect_depends_on_arguments_is_offered_for_the_others() -> None:
    start = replace(RING, effect_when={"words": ("go",)})
    assert hidden(Policy(off_effects=frozenset({"contact"})), [start]) == set()
    assert hidden(Policy(off_effects=frozenset({"contact", "write"})), [start]) == {"ring"}


def test_what_is_left_out_limits_nothing() -> None:
    assert parse("[balance]\nfloor = 0.5", "p", TOOLS) == Policy(floor=0.5)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[limit]\nper_hour = 1", 1, ["limit is not known", "limits", "destinations"]),
        ("\n[limits]\nper_hours = 1", 3, ["limits.per_hours", "per_hour", "Known: per_minute"]),
        ("[limits]\nper_hour = 0", 2, ["limits.per_hour", "from 1", "Example: 20"]),
        ("[limits]\nper_hour = true", 2, ["whole number"]),
        ("[limits]\nper_hour = '3'", 2, ["whole number"]),
        ("limits = 3", 1, ["must be a table"]),
        ("[limits]\ntools = 3", 2, ["must be tables"]),
        ("[limits]\n\n[limits.tools.rang]\nper_hour = 1", 3, ["no tool", "Example: ring"]),
        ("[limits.tools.note]\nper_hour = 1", 1, ["neither costs money"]),
        ("[limits.tools.ring]\nper_week = 1", 2, ["limits.tools.ring.per_week"]),
        ("[limits.tools.ring]", 1, ["is empty"]),
        ("[destinations]\nallow = []", 2, ["destinations.allow", "something in it"]),
        ('[destinations]\ndeny = [\n "+49",\n "49"]', 2, ["deny[1]", 'Example: "+49"']),
        ('[destinations]\nallow = ["+0"]', 2, ["international number"]),
        ("[destinations]", 1, ["is empty"]),
        ('[hours]\ntimezone = "Europe/Berlin"', 1, ["needs open"]),
        ('[hours]\nopen = ["mon 09:00-10:00"]', 1, ["needs timezone"]),
        (
            '[hours]\ntimezone = "Europe/Berln"\nopen = ["daily 09:00-10:00"]',
            2,
            ["IANA", '"Europe/Berlin"'],
        ),
        ('[hours]\ntimezone = "Europe"\nopen = ["daily 09:00-10:00"]', 2, ["IANA"]),
        ('[hours]\ntimezone = 1\nopen = ["daily 09:00-10:00"]', 2, ["IANA"]),
        ('[hours]\ntimezone = "UTC"\nopen = ["mon 9-17"]', 3, ["hours.open[0]", "days and times"]),
        ('[hours]\ntimezone = "UTC"\nopen = ["mo 09:00-17:00"]', 3, ["mon, tue"]),
        ('[hours]\ntimezone = "UTC"\nopen = ["mon 09:00-24:01"]', 3, ["no day has"]),
        ('[hours]\ntimezone = "UTC"\nopen = ["mon 24:00-08:00"]', 3, ["no day has"]),
        ('[hours]\ntimezone = "UTC"\nopen = ["mon 09:00-09:00"]', 3, ["ends when it begins"]),
        ('[hours]\ntimezone = "UTC"\nopen = [9]', 3, ["text of days"]),
        ("[balance]\nfloor = -1", 2, ["amount of money"]),
        ("[balance]\nfloor = nan", 2, ["amount of money"]),
        ("[balance]\nfloor = inf", 2, ["amount of money"]),
        ("[balance]\nflor = 1", 2, ["Did you mean floor?"]),
        ("[audience]\nlargest = 1.5", 2, ["whole number"]),
        ('[off]\neffects = ["call"]', 2, ["must be an effect", "Known: read, write"]),
        ("[off]\ntools = [[1]]", 2, ["no tool"]),
    ],
)
def test_a_mistake_is_named_with_line_key_and_reason(
    text: str, line: int, words: list[str]
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text, "policy.toml", TOOLS)
    message = str(caught.value)
    assert message.startswith(f"policy.toml, line {line}: ")
    assert all(word in message for word in words), message


NOT_TOML = ["[limits", "a = 1\na = 2", "x = " + "[" * 5000, "x = " + "9" * 5000]


@pytest.mark.parametrize("text", NOT_TOML)
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="not TOML"):
        parse(text, "policy.toml", TOOLS)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_file_without_a_rule_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="no rule"):
        parse(text, "policy.toml", TOOLS)


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes("[balance]\r\nfloor = 1\r\n".encode("utf-8-sig"))
    assert load(file, TOOLS).floor == 1
    file.write_bytes(b"[balance]\r\n\r\nfloor = -1\r\n")
    with pytest.raises(PolicyError, match="line 3"):
        load(file, TOOLS)


@pytest.mark.parametrize(
    ("content", "words"), [(b"# ok\n# \xff\n", "line 2"), (b"#" * 70_000, "larger than 64 KB")]
)
def test_a_file_that_cannot_be_text_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(content)
    with pytest.raises(PolicyError, match=words):
        load(file, TOOLS)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"policy.toml cannot be read: No such file"):
        load(tmp_path / "policy.toml", TOOLS)
