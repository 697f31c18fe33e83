"""What the API's answers mean: every documented shape of error, and the loose ends."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.server.tables import CREATE, DELETE, GET, LIST, RING, UPDATE

from famulor_mcp.errors import GatewayError, OutcomeUnknown, Refused, RefusedKey
from famulor_mcp.read import Reading, read
from famulor_mcp.send import Answer
from famulor_tools.table import Tool

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=UTF-8"}
PAGE = b"<!DOCTYPE html><html><title>Login</title></html>"


def answer(status: int, body: Any = b"", headers: Any = JSON, **facts: Any) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers, content, **facts)


def refused(tool: Tool, given: Answer, names: dict[str, str] | None = None) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        read(tool, given, names or {})
    return caught.value


@pytest.mark.parametrize("value", [{"a": None}, [1], [], {}, "x", 5, True, None, {"data": [{}]}])
def test_a_success_is_its_json_value(value: Any) -> None:
    assert read(GET, answer(200, value), {}) == Reading(value)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b" \r\n "])
@pytest.mark.parametrize("tool", [GET, CREATE], ids=lambda tool: tool.name)
def test_an_empty_success_is_a_plain_statement(tool: Tool, status: int, body: bytes) -> None:
    """Field notes B 18."""
    reading = read(tool, answer(status, body), {})
    assert reading.sentence == f"Done: {tool.name} succeeded. The API sent no further content."


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_truncated_answer_of_an_effect_stays_a_success(status: int) -> None:
    for cut in (answer(status, b'{"id": 5, "na'), answer(status, b"", cut="the connection broke")):
        sentence = read(CREATE, cut, {}).sentence
        assert sentence.startswith("Done: create_thing succeeded, but")
        assert "list_things tells what it did. Do not repeat the call." in sentence


@pytest.mark.parametrize(
    ("given", "value", "why"),
    [
        (answer(200, b'{"id": 5, "na'), '{"id": 5, "na', "not valid JSON"),
        (answer(200, b"id=5"), "id=5", "not valid JSON"),
        (answer(200, b'{"id": 5', cut="it is larger than 32 MB"), '{"id": 5', "larger than"),
    ],
)
def test_what_came_of_a_torn_answer_to_a_read_is_shown(given: Answer, value: str, why: str) -> None:
    """Field notes B 4: an answer that surprises is still an answer."""
    reading = read(GET, given, {})
    assert reading.value == value
    assert why in reading.added["note"]


def test_a_torn_answer_with_nothing_in_it_or_secrets_in_it_is_an_error() -> None:
    assert "larger than" in refused(GET, answer(200, cut="it is larger than 32 MB")).text
    assert "not valid JSON" in refused(LIST, answer(200, b'[{"token": "s3')).text


def test_an_answer_that_is_not_utf8_is_read_all_the_same() -> None:
    reading = read(GET, answer(200, '{"name": "Müller"}'.encode("latin-1")), {})
    assert reading.value == {"name": "Müller"}
    assert "not in UTF-8" in reading.added["note"]


def test_a_path_that_the_api_does_not_know_is_a_matter_of_the_base_url() -> None:
    route = {"message": "The route api/api/me could not be found."}
    for unknown in (answer(404, route), answer(404, PAGE, HTML), answer(405, {"message": "No"})):
        assert "check the base URL" in refused(GET, unknown).text
    assert "base URL" not in refused(GET, answer(404, {"message": "Thing not found"})).text


@pytest.mark.parametrize("status", [404, 405, 500, 502])
def test_an_error_of_a_read_names_a_next_step(status: int) -> None:
    text = refused(replace(GET, answers={}), answer(status, {"message": "No."})).text
    assert "try again later" in text or "Check" in text or "check" in text


def test_json_under_another_media_type_is_json_and_text_is_text() -> None:
    plain = {"content-type": "text/plain"}
    assert read(GET, answer(200, b'\xef\xbb\xbf{"a":1}', plain), {}).value == {"a": 1}
    assert read(GET, answer(200, b"hello", plain), {}).value == "hello"


def test_json_that_only_python_would_read_loses_nothing() -> None:
    assert read(GET, answer(200, b'{"a": NaN, "b": -Infinity}'), {}).value == {
        "a": "NaN",
        "b": "-Infinity",
    }


def test_absurdly_deep_json_is_an_error_and_no_crash() -> None:
    reading = read(GET, answer(200, b"[" * 100_000), {})
    assert "not valid JSON" in reading.added["note"]
    assert len(reading.value) < 25_000


@pytest.mark.parametrize(
    "given",
    [
        answer(200, PAGE, HTML),
        answer(201, PAGE, {}),
        answer(401, PAGE, HTML),
        answer(401, {"error": "Invalid key"}),
        answer(401, {"message": "Unauthenticated."}),
        answer(401, {"error": "Unauthorized", "message": "No key"}),
        answer(401),
        answer(302, b"", {"location": "https://app.example/login"}),
        answer(302, PAGE, {"location": "/login?next=x", **HTML}),
    ],
)
@pytest.mark.parametrize("tool", [GET, CREATE], ids=lambda tool: tool.name)
def test_a_refused_key_is_called_so_in_all_its_disguises(tool: Tool, given: Answer) -> None:
    error = refused(tool, given)
    assert isinstance(error, RefusedKey)
    assert "did not accept the API key" in error.text


def test_a_redirect_elsewhere_is_a_matter_of_the_base_url() -> None:
    error = refused(GET, answer(301, b"", {"location": "https://other.example/api"}))
    assert "redirect to other.example, which is not followed" in error.text
    assert "base URL" in error.text


def test_a_redirect_to_what_is_no_address_is_one_all_the_same() -> None:
    error = refused(CREATE, answer(302, b"", {"location": "http://[login"}))
    assert "redirect to another path, which is not followed" in error.text


def test_403_is_what_the_plan_or_key_may_not_do() -> None:
    error = refused(CREATE, answer(403, {"message": "Your plan allows no more."}))
    assert 'not allow this. It says: "Your plan allows no more."' in error.text


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"message": "Thing not found"}, "Thing not found"),
        (422, {"error": "Number taken"}, "Number taken"),
        (500, {"message": "Failed", "error": "Disk"}, "Failed; Disk"),
        (500, {"message": "Failed", "error": "Failed"}, ": Failed\n"),
        (400, {"status": False, "error": "No balance"}, "No balance"),
        (400, {"message": "Low", "success": False, "data": {"balance": 1}}, '{"balance": 1}'),
        (402, {"success": False, "error": "Low", "error_code": "LOW"}, "Code: LOW."),
        (400, {"error": {"message": "Inner"}}, "Inner"),
        (400, b"plain words", "plain words"),
        (400, ["odd", {"error": "Inner"}, 5, [6]], "odd; Inner; 5; [6]"),
        (400, {"message": ["a", "b"]}, "status 400: a; b"),
        (400, [], "status 400."),
        (400, PAGE, "status 400."),
        (400, b"", "status 400."),
        (405, {"message": "The route x could not be found."}, "could not be found"),
    ],
)
def test_every_shape_of_error_gives_its_message(status: int, body: Any, said: str) -> None:
    error = refused(CREATE, answer(status, body))
    assert isinstance(error, Refused)
    assert error.status == status
    assert said in error.text + "\n"
    assert "<html" not in error.text


def test_field_errors_speak_in_the_caller_s_names() -> None:
    body = {
        "message": "The given data was invalid.",
        "errors": {"name": ["too long", "bad"], "places.0.lat": ["must be a number"], "mode": "x"},
    }
    text = refused(UPDATE, answer(422, body), {"name": "title"}).text
    assert "- title: too long bad" in text
    assert "- places.0.lat: must be a number" in text
    assert "- mode: x" in text


def test_the_name_of_a_field_error_is_bounded_like_its_words() -> None:
    text = refused(CREATE, answer(422, {"errors": {"x\x1b" * 50_000: ["bad"]}})).text
    assert len(text) < 1000
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "errors", [[], ["a"], [{"message": "a"}], {"a": None}, {"a": {"b": [1]}}, "a"]
)
def test_odd_field_errors_are_read_as_far_as_they_go(errors: Any) -> None:
    assert "status 422" in refused(CREATE, answer(422, {"errors": errors})).text


def test_the_table_s_advice_for_a_status_is_added() -> None:
    assert "list_things gives those that exist" in refused(GET, answer(404, {})).text


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_error_of_an_effect_leaves_the_outcome_unknown(status: int) -> None:
    error = refused(RING, answer(status, PAGE, HTML))
    assert isinstance(error, OutcomeUnknown)
    assert "list_things" in error.text


def test_a_503_with_a_code_of_its_own_is_a_plain_refusal() -> None:
    error = refused(RING, answer(503, {"success": False, "error": "Off", "error_code": "OFF"}))
    assert isinstance(error, Refused)
    assert "may have been done" not in error.text


def test_a_500_of_an_effect_says_that_it_may_have_been_done() -> None:
    assert (
        "may have been done all the same: look with list_things" in refused(RING, answer(500)).text
    )
    assert "may have been done" not in refused(GET, answer(500)).text


def test_a_delete_that_was_repeated_and_finds_nothing_has_worked() -> None:
    gone = answer(404, {"message": "Not found"}, repeated=True)
    assert read(DELETE, gone, {}).sentence.startswith("Done: it is gone.")
    assert isinstance(refused(DELETE, answer(404, {"message": "Not found"})), Refused)


def test_an_error_s_text_is_bounded_and_holds_no_control_characters() -> None:
    body = {
        "message": "\x1b[31m" + "x" * 100_000,
        "errors": {f"f{n}": ["y" * 9999] for n in range(99)},
    }
    text = refused(CREATE, answer(422, body)).text
    assert len(text) < 15_000
    assert "\x1b" not in text


@pytest.mark.parametrize("tool", [GET, CREATE], ids=lambda tool: tool.name)
def test_a_success_is_one_whatever_its_media_type_says(tool: Tool) -> None:
    """Frameworks send text/html where nobody sets another type, for an empty body above all."""
    assert read(tool, answer(200, {"id": 5}, HTML), {}).value == {"id": 5}
    assert "succeeded" in read(tool, answer(204, b"", HTML), {}).sentence
    assert read(tool, answer(200, b"queued", HTML), {}).value == "queued"


def test_a_page_in_answer_to_an_effect_names_what_tells_whether_it_was_done() -> None:
    for page in (PAGE, b"<p>Sign in</p>"):
        text = refused(CREATE, answer(200, page, HTML)).text
        assert "did not accept the API key" in text
        assert "list_things tells whether create_thing was done" in text
    assert "list_things" not in refused(GET, answer(200, PAGE, HTML)).text
