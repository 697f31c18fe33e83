"""The tools as a page: whole in itself, allowed by its own policy, safe for any document."""

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from famulor_codegen.read import catalogue
from famulor_codegen.render import render
from famulor_tools import TOOLS

GENERATED = Path(__file__).parents[2] / "generated" / "famulor_tools" / "tools.html"


class Reader(HTMLParser):
    """Collects what a law is about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {"style": "", "script": ""}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open] += data


PAGE = Reader(GENERATED.read_text(encoding="utf-8"))


def test_every_tool_is_there_and_every_link_leads_to_something() -> None:
    ids = [attributes["id"] for _, attributes in PAGE.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {tool.name for tool in TOOLS} <= set(ids)
    links = {attributes["href"] for tag, attributes in PAGE.tags if tag == "a"}
    assert all(link and link[0] == "#" and link[1:] in ids for link in links)


def test_nothing_is_fetched_and_no_markup_holds_code() -> None:
    for tag, attributes in PAGE.tags:
        assert tag not in {"link", "img", "iframe", "base", "form"}
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert "@import" not in PAGE.inside["style"]
    assert "url(" not in PAGE.inside["style"]


def test_its_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    policy = next(a["content"] for _, a in PAGE.tags if "http-equiv" in a) or ""
    for kind, text in PAGE.inside.items():
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")


def test_text_of_a_document_never_becomes_markup() -> None:
    case = Path(__file__).parent / "cases" / "names_3_1" / "spec.yaml"
    hostile = "<script>alert(1)</script> `<b>` & \"'"
    text = case.read_text().replace("Read one bed.", "Read one bed. " + hostile.replace('"', ""))
    page = render(catalogue(text, "spec.yaml"))["famulor_tools/tools.html"]
    assert page.count("<script>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>" not in page
