"""Requests as OpenAPI serialises them, whatever a caller puts into the arguments."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.tables import CREATE, GET, RING, UPDATE, UPLOAD, tool

from famulor_mcp.build import Part, build
from famulor_mcp.errors import InvalidArguments
from famulor_tools.table import Parameter

LIST = ["a b", "c,d"]
MAP = {"r": 1, "g": "x,y"}


def target(place: Any, style: str, explode: bool, value: Any) -> str:
    path = "/a/{v}/z" if place == "path" else "/a"
    parameter = Parameter("value", "v", place, style, explode)
    return build(tool("t", "GET", path, parameters=(parameter,)), {"value": value}).target


@pytest.mark.parametrize(
    ("style", "explode", "value", "wire"),
    [
        ("simple", False, "a.b", "a%2Eb"),
        ("simple", False, LIST, "a%20b,c%2Cd"),
        ("simple", True, LIST, "a%20b,c%2Cd"),
        ("simple", False, MAP, "r,1,g,x%2Cy"),
        ("simple", True, MAP, "r=1,g=x%2Cy"),
        ("label", False, 5, ".5"),
        ("label", False, LIST, ".a%20b,c%2Cd"),
        ("label", True, LIST, ".a%20b.c%2Cd"),
        ("label", False, MAP, ".r,1,g,x%2Cy"),
        ("label", True, MAP, ".r=1.g=x%2Cy"),
        ("matrix", False, 5, ";v=5"),
        ("matrix", False, LIST, ";v=a%20b,c%2Cd"),
        ("matrix", True, LIST, ";v=a%20b;v=c%2Cd"),
        ("matrix", False, MAP, ";v=r,1,g,x%2Cy"),
        ("matrix", True, MAP, ";r=1;g=x%2Cy"),
    ],
)
def test_path_styles(style: str, explode: bool, value: Any, wire: str) -> None:
    assert target("path", style, explode, value) == f"/a/{wire}/z"


@pytest.mark.parametrize(
    ("style", "explode", "value", "wire"),
    [
        ("form", True, True, "?v=true"),
        ("form", True, 12345678901234567890, "?v=12345678901234567890"),
        ("form", True, 0.5, "?v=0.5"),
        ("form", True, "ü&=?#", "?v=%C3%BC%26%3D%3F%23"),
        ("form", True, "", "?v="),
        ("form", True, None, "?v="),
        ("form", True, LIST, "?v=a%20b&v=c%2Cd"),
        ("form", False, LIST, "?v=a%20b,c%2Cd"),
        ("spaceDelimited", False, LIST, "?v=a%20b%20c%2Cd"),
        ("pipeDelimited", False, LIST, "?v=a%20b%7Cc%2Cd"),
        ("form", True, MAP, "?r=1&g=x%2Cy"),
        ("form", False, MAP, "?v=r,1,g,x%2Cy"),
        ("deepObject", True, MAP, "?v%5Br%5D=1&v%5Bg%5D=x%2Cy"),
        ("deepObject", True, {"l": [1, 2]}, "?v%5Bl%5D=1&v%5Bl%5D=2"),
        ("form", True, [], ""),
        ("form", False, [], ""),
        ("form", False, {}, ""),
        ("deepObject", True, {}, ""),
    ],
)
def test_query_styles(style: str, explode: bool, value: Any, wire: str) -> None:
    assert target("query", style, explode, value) == f"/a{wire}"


@pytest.mark.parametrize(
    ("explode", "value", "text"),
    [(False, [1, True], "1,true"), (False, MAP, "r,1,g,x,y"), (True, MAP, "r=1,g=x,y")],
)
def test_header_style(explode: bool, value: Any, text: str) -> None:
    header = tool("t", "GET", "/", parameters=(Parameter("h", "X-H", "header", "simple", explode),))
    assert build(header, {"h": value}).headers == (("X-H", text),)


HEADER = tool("t", "GET", "/", parameters=(Parameter("h", "X-H", "header", "simple"),))


@given(st.text(max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_header_value_never_ends_its_line(text: str) -> None:
    try:
        ((_, value),) = build(HEADER, {"h": text}).headers
    except InvalidArguments:
        assert not text.isprintable()
    else:
        assert not set(value) & set("\r\n\0")


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "a\0b", "a\x7fb"])
def test_a_header_value_with_control_characters_is_refused(text: str) -> None:
    with pytest.raises(InvalidArguments, match="h must not hold line breaks"):
        build(HEADER, {"h": text})


TWO = tool(
    "t",
    "GET",
    "/api/{a}/x/{b}",
    parameters=(
        Parameter("a", "a", "path", "simple"),
        Parameter("b", "b", "path", "simple"),
        Parameter("q", "q", "query", "form", explode=True),
    ),
)
STEPS = ["..", ".", "%2e%2e", "../..", "a/b", "?x=1", "#f", "\r\nHost: evil", "//evil.example"]
nasty = st.text(min_size=1, max_size=10) | st.sampled_from([*STEPS, "@evil", "\\", "{b}"])


@given(nasty, nasty, nasty)
@settings(max_examples=150, deadline=None)
def test_no_value_changes_the_shape_of_the_path_or_the_host(a: str, b: str, q: str) -> None:
    """Field notes B 15, as the HTTP client would put it on the wire."""
    request = build(TWO, {"a": a, "b": b, "q": q})
    url = httpx.URL("https://api.example/base" + request.target)
    raw = url.raw_path.decode("ascii")
    path, _, query = raw.partition("?")
    segments = path.split("/")
    assert url.host == "api.example"
    assert url.fragment == ""
    assert [segments[i] for i in (1, 2, 4)] == ["base", "api", "x"]
    assert [unquote(segments[i]) for i in (3, 5)] == [a, b]
    assert not {".", ".."} & set(segments)
    assert parse_qsl(query, keep_blank_values=True) == [("q", q)]


@pytest.mark.parametrize("value", ["", [], {}])
def test_an_empty_path_value_is_refused_since_it_would_name_another_path(value: Any) -> None:
    with pytest.raises(InvalidArguments, match="value must not be empty"):
        target("path", "simple", explode=False, value=value)


def test_only_what_was_given_is_sent() -> None:
    assert build(UPDATE, {"id": 5, "words": None}).content == b'{"words":null}'
    assert build(UPDATE, {"id": 5}).content == b"{}"
    assert build(GET, {"thing_id": 5}) == build(GET, {"thing_id": 5, "unheard": 1})
    assert build(GET, {"thing_id": 5}).content is None


def test_a_body_that_is_one_argument_is_sent_whole() -> None:
    whole = tool("t", "POST", "/", parameters=(Parameter("body", "", "body"),), body="json")
    assert build(whole, {"body": [1, None]}).content == b"[1,null]"
    assert build(whole, {"body": "x"}).content == b'"x"'
    assert build(whole, {}).content is None


def test_json_bodies_are_exact() -> None:
    body = {"name": "Müller 😀", "count": 2**70, "meta": {"x": [0.1, True, None]}}
    content = build(CREATE, body).content
    assert content == (
        '{"name":"Müller 😀","count":1180591620717411303424,"meta":{"x":[0.1,true,null]}}'.encode()
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_no_body_can_carry_raises(value: Any) -> None:
    with pytest.raises(ValueError, match=r"not JSON compliant|surrogates"):
        build(RING, {"number": value})


def test_a_file_makes_the_body_a_form_and_its_absence_leaves_it_json() -> None:
    part = Part("a.pdf", b"%PDF", "application/pdf")
    arguments = {"id": 1, "name": "A", "open": True, "file": {"path": "a.pdf"}}
    request = build(UPLOAD, arguments, {"file": part})
    assert request.fields == (("name", "A"), ("open", "true"))
    assert request.files == (("file", part),)
    assert request.content is None
    assert build(UPLOAD, {"id": 1, "name": "A"}).content == b'{"name":"A"}'


def test_a_request_target_is_what_a_url_parser_reads() -> None:
    target = build(GET, {"thing_id": 7, "color": "a&b", "note": "x"}).target
    assert urlsplit(target).path == "/api/things/7"
    assert parse_qsl(urlsplit(target).query) == [("note", "x"), ("color", "a&b")]
