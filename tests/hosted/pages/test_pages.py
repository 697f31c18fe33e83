"""Every page: what it says, in whose language, under which headers, and what it never does."""

import re
import typing
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.hosted.pages.served import ASKED, REMOTE, application

from famulor_mcp.hosted.pages import Consent, Pages, Problem, Site
from famulor_tools import TOOLS

EVERY = [
    "/",
    *(f"/ask/{who}" for who in ASKED),
    *(f"/problem/{kind}" for kind in typing.get_args(Problem)),
]
URL = "https://mcp.example.com/famulor"


class Reader(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def found(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(URL), follow_redirects=False) as client:
        yield client


def request(language: str = "") -> Request:
    return Request({"type": "http", "headers": [(b"accept-language", language.encode())]})


@pytest.mark.parametrize("path", EVERY)
def test_every_page_runs_nothing_but_its_own_files_and_asks_nobody_else(
    path: str, client: TestClient
) -> None:
    answer = client.get(path)
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert {policy["script-src"], policy["style-src"], policy["connect-src"]} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == ("'self'" if path.startswith("/ask") else "'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "cross-origin-opener-policy" not in answer.headers
    page = Reader(answer.text)
    for tag, attributes in page.tags:
        assert tag not in {"style", "iframe", "base", "object"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    files = [
        one.get("src") or one["href"]
        for tag in ("script", "img", "link")
        for one in page.found(tag)
    ]
    assert all(file.startswith("/famulor/assets/") for file in files)
    assert all("src" in script for script in page.found("script"))


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_in_the_language_of_the_browser_and_says_so(
    path: str, language: str, client: TestClient
) -> None:
    answer = client.get(path, headers={"Accept-Language": f"fr, {language};q=0.5"})
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]
    page = Reader(answer.text)
    assert page.found("html") == [{"lang": language}]
    assert ("Zum Inhalt springen" in page.text) == (language == "de")
    assert "{" not in re.sub(
        r"<article.*?</article>|<pre.*?</pre>", "", answer.text, flags=re.DOTALL
    )


def test_pages_that_ask_are_kept_by_nobody_and_packed_by_nobody(client: TestClient) -> None:
    """Compressing a secret beside text of a stranger's choice would tell the secret (BREACH)."""
    answer = client.get("/ask/remote", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers


def test_the_landing_page_is_packed_for_who_takes_it(client: TestClient) -> None:
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < 40_000


def test_files_have_names_of_their_content_and_stay_for_ever(client: TestClient) -> None:
    page = Reader(client.get("/").text)
    sheet = next(one["href"] for one in page.found("link") if one["rel"] == "stylesheet")
    assert re.fullmatch(r"/famulor/assets/style\.[0-9a-f]{12}\.css", sheet)
    answer = client.get(sheet.removeprefix("/famulor"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/assets/style.css").status_code == 404
    assert client.get("/assets/..%2Fpages.py").status_code == 404


def test_the_landing_page_gives_the_address_and_shows_every_tool_with_its_schema(
    client: TestClient,
) -> None:
    page = Reader(client.get("/").text)
    assert f"{URL}/mcp" in page.text
    articles = [one["id"] for one in page.found("article")]
    assert articles == [tool.name for tool in TOOLS]
    assert page.text.count("Schema, as clients see it") == len(TOOLS)


def test_links_within_a_page_lead_to_something(client: TestClient) -> None:
    for path in ("/", "/ask/remote"):
        page = Reader(client.get(path).text)
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = [one["href"] for one in page.found("a") if one["href"].startswith("#")]
        assert [link for link in links if link[1:] not in ids] == []


def test_only_offered_tools_are_shown_and_asked_for() -> None:
    reads = [tool for tool in TOOLS if tool.effect == "read"]
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False), reads)
    landing = bytes(pages.landing(request()).body).decode()
    assert [one["id"] for one in Reader(landing).found("article")] == [one.name for one in reads]
    consent = bytes(pages.consent(request(), REMOTE).body).decode()
    assert "<strong>read</strong>" in consent
    assert "call and message people" not in consent
    assert "spend your balance" not in consent


def test_a_trial_server_says_so_and_names_the_key_that_it_takes() -> None:
    for said in (True, False):
        with TestClient(application(URL, sandbox=said)) as client:
            for path in ("/", "/ask/remote"):
                page = client.get(path).text
                assert ("sandbox-key" in page) is said
                assert ("nobody is called" in page) is said


def test_the_question_names_the_client_and_where_the_answer_goes_before_the_key(
    client: TestClient,
) -> None:
    text = client.get("/ask/remote").text
    assert text.index(">Claude<") < text.index(">claude.ai<") < text.index('name="key"')
    key = next(one for one in Reader(text).found("input") if one["name"] == "key")
    assert (key["type"], key["autocomplete"]) == ("password", "off")
    assert "value" not in key


@pytest.mark.parametrize(
    ("who", "said", "not_said"),
    [
        ("remote", "Name published by claude.ai", "Name not verified"),
        ("program", "A program on this device", "Name published"),
        ("app", "cursor://", "Name published"),
        ("posing", "Letters that look like others", "cl\u0430ude.ai"),
        ("nameless", "An app without a name", "calls itself"),
    ],
)
def test_the_question_says_how_far_the_name_can_be_trusted(
    who: str, said: str, not_said: str, client: TestClient
) -> None:
    text = client.get(f"/ask/{who}").text
    assert said in text
    assert not_said not in text


def test_a_hostile_name_is_text_and_short(client: TestClient) -> None:
    answer = client.get("/ask/hostile")
    page = Reader(answer.text)
    assert "<img src=x" in page.text
    assert not [one for one in page.found("img") if "onerror" in one]
    assert "\u202e" not in answer.text
    assert len(answer.text) < 10_000


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("refused", "Famulor refused this key"),
        ("malformed", "This is not a key"),
        ("limited", "Try again in 7 s"),
        ("unreachable", "Famulor did not answer"),
    ],
)
def test_each_fault_is_told_apart_and_takes_the_focus(
    fault: str, said: str, client: TestClient
) -> None:
    answer = client.get(f"/ask/app?fault={fault}")
    page = Reader(answer.text)
    alert = next(a for _, a in page.tags if a.get("role") == "alert")
    assert "autofocus" in alert
    assert said in page.text
    key = next(one for one in page.found("input") if one["name"] == "key")
    assert "fault" in key["aria-describedby"].split()
    assert ("aria-invalid" in key) == (fault in {"refused", "malformed"})


def test_an_expired_question_asks_for_no_key(client: TestClient) -> None:
    page = Reader(client.get("/ask/remote?fault=expired").text)
    assert page.found("input") == []
    assert "This page has expired" in page.text


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://claude.ai/cb?code=a%2Fb&state=%22%3E&iss=x", REMOTE),
        ("http://127.0.0.1:33418/?code=1", ASKED["program"]),
        ("http://[::1]:5000/cb?code=1", ASKED["program"]),
        ("cursor://anysphere.cursor-mcp/cb?code=1&state='\";", ASKED["app"]),
    ],
)
def test_the_way_back_is_a_page_that_goes_to_exactly_that_address(url: str, asked: Consent) -> None:
    """Not a redirect: Chromium would hold form-action against what the client redirects to."""
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    answer = pages.handoff(request(), url, asked, granted=True)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert answer.headers["refresh"] == f"0;url={url}"
    page = Reader(bytes(answer.body).decode())
    assert next(a for a in page.found("a") if a.get("id") == "continue")["href"] == url
    assert "Access allowed" in page.text


def test_the_way_back_after_a_no_says_that_nothing_was_allowed() -> None:
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    denied = "https://claude.ai/cb?error=access_denied"
    answer = pages.handoff(request("de"), denied, REMOTE, granted=False)
    assert "Zugriff abgelehnt" in bytes(answer.body).decode()


def test_a_wrong_request_leads_back_by_a_link_that_names_the_host() -> None:
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    url = "https://App.example:8443/cb?error=invalid_request&state=%22%3E'\"&iss=x"
    answer = pages.problem(request(), "request", 400, url)
    page = Reader(bytes(answer.body).decode())
    assert next(a for a in page.found("a") if a.get("class") == "button")["href"] == url
    assert "Continue to app.example:8443" in page.text
    assert "refresh" not in answer.headers


@pytest.mark.parametrize(("granted", "said"), [(True, "allowed"), (False, "was denied")])
def test_an_app_cannot_have_the_page_say_another_answer_than_was_given(
    granted: bool, said: str
) -> None:
    """What it registered as its address stands before the answer."""
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    url = "com.app:/cb?error=access_denied&code=1"
    answer = pages.handoff(request(), url, ASKED["app"], granted=granted)
    assert f"Access {said}" in bytes(answer.body).decode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JavaScript:1"])
def test_nobody_is_sent_to_an_address_that_would_run_here(url: str) -> None:
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    with pytest.raises(ValueError, match="cannot be returned to"):
        pages.handoff(request(), url, REMOTE, granted=True)


def test_a_line_break_in_an_address_ends_no_header() -> None:
    pages = Pages(Site(URL, "1.0", signin=True, sandbox=False))
    answer = pages.handoff(
        request(), "https://x.example/\r\nSet-Cookie: a=b", replace(REMOTE), granted=True
    )
    assert "\n" not in answer.headers["refresh"]
    assert "set-cookie" not in answer.headers
