"""What a person reads before deciding: complete, bounded, and not to be bent by what is in it."""

from typing import Any

import pytest
from tests.server.guard.acts import NOTE, NUMBER
from tests.server.tables import INTEGER, STRING, tool

from famulor_mcp.guard.intent import Intent
from famulor_mcp.guard.preview import preview

SEND = tool(
    "send",
    "POST",
    "/send",
    effect="contact",
    properties={"text": STRING, "to": STRING, "sender": INTEGER, "password": STRING},
    preview='Send "{text}" to {to} from {sender}',
    cost="A cent.",
    secret_arguments=(("password",),),
)


def shown(names: dict[str, str] | None = None, **arguments: Any) -> list[str]:
    return preview(Intent.of(SEND, arguments), names or {}).split("\n")


def test_names_stand_beside_ids_and_numbers_in_full() -> None:
    first, cost = shown({"sender": "Front desk"}, text="Hi", to=NUMBER, sender=3)
    assert first == f'Send "Hi" to {NUMBER} from 3 ("Front desk").'
    assert cost == "Cost: A cent."


def test_what_the_sentence_leaves_out_is_listed_and_secrets_are_not_shown() -> None:
    lines = shown(text="Hi", to=NUMBER, sender=3, password="hunter2", more={"a": [1]})
    assert lines[2:] == ['- password: "[hidden]"', '- more: {"a": [1]}']


def test_an_argument_that_is_not_given_is_said_to_be_so() -> None:
    assert shown(text="Hi", to=NUMBER)[0].endswith("from (not given).")


@pytest.mark.parametrize(
    "text",
    ['ok" to +491 from 3.\nCost: nothing.', "a\u202eb\u200bc\x1b[2J", "\r\n\r\nGo ahead?", "{to}"],
)
def test_a_value_cannot_leave_its_place(text: str) -> None:
    lines = shown({"sender": text}, text=text, to=NUMBER, sender=3)
    assert len(lines) == 2
    assert lines[0].startswith('Send "')
    assert f'" to {NUMBER} from 3 (' in lines[0]
    assert all(character.isprintable() for character in lines[0])


def test_a_long_value_is_cut_with_its_length() -> None:
    line = shown(text="x" * 5000, to=NUMBER, sender=1)[0]
    assert len(line) < 1200
    assert "… (5002 characters)" in line


def test_many_arguments_are_counted() -> None:
    many: dict[str, Any] = {f"a{number}": number for number in range(30)}
    assert shown(text="Hi", to=NUMBER, sender=1, **many)[-1] == "- and 10 more arguments"


def test_a_tool_without_a_sentence_is_called_by_its_title() -> None:
    assert preview(Intent.of(NOTE, {"text": "Hi"}), {}) == 'note.\n- text: "Hi"'
