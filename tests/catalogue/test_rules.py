"""Rules of single tools that a reviewer of the document would ask for by name."""

from typing import Any

import pytest

from famulor_mcp.aliases import translate
from famulor_tools import TOOLS

BY_NAME = {tool.name: tool for tool in TOOLS}
WEBSITE = {"knowledgebase_id": 1, "name": "A", "type": "website"}


def problems(tool: str, **arguments: Any) -> list[str]:
    return [
        f"{'.'.join(map(str, problem.path))} {problem.rule}"
        for problem in BY_NAME[tool].check(arguments)
    ]


def test_a_website_needs_at_least_one_link() -> None:
    assert problems("create_document", **WEBSITE, links=[]) == ["links must have at least 1 item"]
    assert not problems("create_document", **WEBSITE, links=[{"link": "https://example.com"}])


@pytest.mark.parametrize("url", ["HTTPS://example.com", "http://localhost:8080/hook"])
def test_a_url_with_a_host_is_taken(url: str) -> None:
    assert not problems("create_document", **WEBSITE, url=url)


@pytest.mark.parametrize("url", ["https://", "https:///path", "https://?x", "ftp://example.com"])
def test_a_url_without_a_host_is_refused(url: str) -> None:
    assert problems("create_document", **WEBSITE, url=url)


@pytest.mark.parametrize("number", [4915112345678, ["+4915112345678"]])
def test_a_number_where_text_is_wanted_is_told_the_type_first(number: object) -> None:
    (said,) = problems("make_call", phone_number=number, assistant_id=1)
    assert said.startswith("phone_number must be a string that matches ")


def test_the_older_switch_that_is_off_is_left_out_of_a_new_assistant() -> None:
    tool = BY_NAME["create_assistant"]
    given, *_ = translate(tool, {**tool.example, "use_min_interrupt_words": False})
    assert given == tool.example
    assert not tool.check(given)
    assert not tool.check(translate(tool, {**given, "use_min_interrupt_words": True})[0])
