"""What a model is told about broken rules: field, rule, what was given, what would do."""

from typing import Any

import pytest
from tests.server.tables import CREATE, UPDATE, tool

from famulor_mcp.arguments import explain, validate
from famulor_mcp.errors import InvalidArguments
from famulor_tools.table import Problem


def told(arguments: dict[str, Any], names: dict[str, str] | None = None, of: Any = CREATE) -> str:
    with pytest.raises(InvalidArguments) as caught:
        validate(of, arguments, names or {})
    return caught.value.text


def test_valid_arguments_pass() -> None:
    validate(CREATE, {"name": "A", "count": 1}, {})


def test_one_problem_is_one_sentence_with_what_was_given_and_an_example() -> None:
    assert told({"name": "A", "count": "1.5"}) == (
        'count must obey type integer (given: "1.5"). Valid, for example: "x". Nothing was sent.'
    )


def test_several_problems_are_a_line_each() -> None:
    text = told({"count": "x", "on": "yes"})
    assert text.startswith("Nothing was sent. Correct these arguments of create_thing:\n- ")
    assert "\n- name is required." in text
    assert '\n- on must obey type boolean (given: "yes").' in text


def test_a_nested_problem_is_named_as_people_write_it() -> None:
    assert told({"name": "A", "places": [{}, {"lat": "x"}]}).startswith("places[1].lat must")


def test_what_was_given_is_shortened_and_free_of_control_characters() -> None:
    text = told({"name": "A", "count": "x" * 5000 + "\n\x1b"})
    assert len(text) < 250
    assert "…" in text
    assert "\x1b" not in told({"name": "A", "count": "\x1b[31m"})


@pytest.mark.parametrize("given", ["hunter22", ["hunter22"], {"a": "hunter22"}])
def test_a_secret_is_never_shown(given: Any) -> None:
    text = told({"name": "A", "password": given})
    assert "hunter22" not in text
    assert "[hidden]" in text


def test_an_unknown_argument_gets_the_closest_names() -> None:
    assert "cuont is not an argument of create_thing. Did you mean count" in told(
        {"name": "A", "cuont": 1}
    )


def test_an_unknown_argument_that_is_close_to_none_gets_all_names() -> None:
    assert "zzz is not an argument of create_thing. It takes: name, count" in told(
        {"name": "A", "zzz": 1}
    )
    assert "It takes none." in told({"zzz": 1}, of=tool("none", "GET", "/"))


def test_a_problem_is_told_under_the_name_that_the_caller_used() -> None:
    assert told({"id": 1, "name": 5}, {"name": "title"}, UPDATE).startswith("title must obey")


def test_the_number_of_problems_shown_is_bounded() -> None:
    text = told({"name": "A", "places": [{"lat": "x"}] * 50})
    assert text.count("\n- ") == 13
    assert text.endswith("and 38 more.")


def test_what_a_name_may_stand_for_is_said_so() -> None:
    text = told({"name": "A", "parent_id": None})
    assert "parent_id must obey type integer (given: null)." in text
    assert "A name that list_things lists will do, too. Or leave it out." in text
    assert "leave it out" not in told({"name": None})


def test_a_rule_for_the_whole_is_a_sentence() -> None:
    one = tool("one", "POST", "/", properties={"a": {}, "b": {}})
    text = explain(one, {}, [Problem((), "needs a or b")], {})
    assert text == "The argument object needs a or b. Nothing was sent."
