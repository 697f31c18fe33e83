"""One item of a YAML list changes, and nothing else."""

from __future__ import annotations

import pytest

from famulor_mcp.onboarding.clients import CLIENTS
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.yamledit import put, read, take

SLOT = CLIENTS["continue"].servers
VALUE = {"name": "famulor", "command": r"C:\my tools\x.exe", "args": ["--sandbox", "on", "2"]}
BLOCK = """\
  - name: famulor
    command: "C:\\\\my tools\\\\x.exe"
    args:
      - --sandbox
      - "on"
      - "2"
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: x\n", f"name: x\nmcpServers:\n{BLOCK}"),
        ("name: x", f"name: x\nmcpServers:\n{BLOCK}"),
        (
            "mcpServers:\n  - name: a # c\n# own\n\nz: 1\n",
            f"mcpServers:\n  - name: a # c\n{BLOCK}# own\n\nz: 1\n",
        ),
        ("mcpServers: [] # none\nz: 1\n", f"mcpServers: # none\n{BLOCK}z: 1\n"),
        ("mcpServers: # none\nz: 1\n", f"mcpServers: # none\n{BLOCK}z: 1\n"),
        (
            "mcpServers:\n  - name: a\n    x: |+\n      y\n\n\nz: 1\n",
            f"mcpServers:\n  - name: a\n    x: |+\n      y\n\n\n{BLOCK}z: 1\n",
        ),
        (
            "a: &b {name: q}\nmcpServers:\n  - *b\n",
            f"a: &b {{name: q}}\nmcpServers:\n  - *b\n{BLOCK}",
        ),
        ("---\nname: x\n...\n", f"---\nname: x\nmcpServers:\n{BLOCK}...\n"),
        (
            "# just words\n",
            f"# just words\nname: famulor\nversion: 1.0.0\nschema: v1\nmcpServers:\n{BLOCK}",
        ),
    ],
)
def test_an_item_stands_behind_the_others(before: str, after: str) -> None:
    written = put(before, SLOT, VALUE)
    assert written == after
    assert read(written, SLOT) == VALUE
    assert put(written, SLOT, VALUE) == written


def test_lines_end_as_they_did() -> None:
    assert put("name: x\r\n", SLOT, VALUE).replace("\r\n", "").count("\n") == 0


def test_a_list_at_the_margin_and_one_in_brackets_keep_their_style() -> None:
    at_margin = "mcpServers:\n- name: a\nz: 1\n"
    assert "\n- name: famulor\n  command:" in put(at_margin, SLOT, VALUE)
    brackets = "mcpServers: [{name: a}] # c\n"
    written = put(brackets, SLOT, {"name": "famulor", "command": "/x"})
    assert written == 'mcpServers: [{name: a}, {"name": "famulor", "command": "/x"}] # c\n'
    assert take(written, SLOT, brackets) == brackets


def test_another_value_takes_the_place_of_the_first() -> None:
    text = put("mcpServers:\n  - name: a\n# end\n", SLOT, VALUE)
    changed = put(text, SLOT, {"name": "famulor", "command": "/y"})
    assert changed == "mcpServers:\n  - name: a\n  - name: famulor\n    command: /y\n# end\n"


OLDER = """\
mcpServers:
  # ours
  - name: famulor # the old one
    connectionTimeout: 30 # seconds
    command: /old # moved
    # for the proxy
    env: {A: "1", B: 2}
    url: http://x
    requestOptions:
      headers: {X-A: b}
      verifySsl: false
  - name: a
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_a_person_wrote_into_the_item_outlives_another_value(newline: str) -> None:
    there = read(OLDER, SLOT)
    value = {name: field for name, field in there.items() if name != "url"}
    value |= {"command": "/x", "args": ["--sandbox"]}
    changed = OLDER.replace("/old", "/x").replace("    url: http://x\n", "")
    changed = changed.replace("Ssl: false\n", "Ssl: false\n    args:\n      - --sandbox\n")
    assert put(OLDER.replace("\n", newline), SLOT, value) == changed.replace("\n", newline)


def test_what_is_no_text_stays_so_where_the_whole_item_is_written() -> None:
    there = read(OLDER, SLOT)
    written = put("name: x\n", SLOT, there)
    assert "connectionTimeout: 30\n" in written
    assert 'A: "1"\n      B: 2\n' in written
    assert '    requestOptions:\n      headers: {"X-A": "b"}\n      verifySsl: false\n' in written
    assert read(written, SLOT) == there
    flow = "mcpServers: [{name: famulor, timeout: 30, on: yes}] # c\n"
    assert put(flow, SLOT, {**read(flow, SLOT), "command": "/x"}) == (
        'mcpServers: [{"name": "famulor", "timeout": 30, "on": "yes", "command": "/x"}] # c\n'
    )


def test_a_field_that_stands_first_goes_without_the_others() -> None:
    text = "mcpServers:\n  - url: http://x\n    # c\n    name: famulor"
    assert put(text, SLOT, {"name": "famulor", "command": "/x"}) == (
        "mcpServers:\n  - name: famulor\n    command: /x\n"
    )


def test_a_dash_on_a_line_of_its_own_goes_with_its_item() -> None:
    text = "mcpServers:\n  - name: a\n  - # ours\n    name: famulor\n    command: x\n  - name: b\n"
    assert take(text, SLOT, text) == "mcpServers:\n  - name: a\n  - name: b\n"


def test_a_text_of_several_lines_gives_way_and_what_is_below_it_stays_there() -> None:
    text = "mcpServers:\n  - name: famulor\n    command: >-\n      /old\n    # c\n    timeout: 5\n"
    value = {**read(text, SLOT), "command": "/x"}
    assert put(text, SLOT, value) == text.replace(">-\n      /old", "/x")


def test_a_name_that_is_given_twice_is_no_matter_of_ours() -> None:
    """The parser would print the line, and what stands in it."""
    text = "a: &k sk-1\nb: &k sk-2\n"
    assert put(text, SLOT, VALUE) == f"{text}mcpServers:\n{BLOCK}"


@pytest.mark.parametrize("inner", ["\n  - *f\n  - name: a\n", " [*f, {name: a}]\n"])
def test_an_alias_is_left_to_a_person(inner: str) -> None:
    text = f"x: &f\n  name: famulor\n  command: y\nmcpServers:{inner}"
    with pytest.raises(TextError, match="alias of another"):
        take(text, SLOT, text)
    with pytest.raises(TextError, match="no safe place"):
        put(text, SLOT, VALUE)


def test_an_item_that_others_refer_to_is_left_to_a_person() -> None:
    text = "mcpServers:\n  - name: famulor\n    env: &e {A: b}\n  - name: a\n    env: *e\n"
    with pytest.raises(TextError, match="line 2, column 5: its layout leaves no safe place"):
        put(text, SLOT, VALUE)
    with pytest.raises(TextError, match="line 2, column 5: others refer to the entry"):
        take(text, SLOT, text)


def test_an_item_of_names_with_question_marks_is_left_to_a_person() -> None:
    text = "mcpServers:\n  - name: famulor\n    ? url\n    : http://x\n    timeout: 30\n"
    with pytest.raises(TextError, match="line 2, column 5: its layout leaves no safe place"):
        put(text, SLOT, VALUE)


@pytest.mark.parametrize("before", ["name: x\n", "mcpServers:\n- name: a\n  command: b\nz: 1\n"])
def test_taking_the_item_out_leaves_what_was_there(before: str) -> None:
    assert take(put(before, SLOT, VALUE), SLOT, before) == before


def test_comments_that_came_since_stay_when_the_item_goes() -> None:
    text = f"name: x\nmcpServers:\n  # mine\n{BLOCK}z: 1 # too\n"
    assert take(text, SLOT, None) == "name: x\nmcpServers: []\n  # mine\nz: 1 # too\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, 2, ""),
        ("a: 1\n\tb: 2\n", 2, 1, ""),
        ("- a\n", 1, 1, "the document must be a mapping"),
        ("mcpServers: 7\n", 1, 1, '"mcpServers" must be a list'),
        ("mcpServers:\n  a: {}\n", 1, 1, '"mcpServers" must be a list'),
        ("mcpServers: []\nmcpServers: []\n", 2, 1, '"mcpServers" stands here a second time'),
        ("{name: x}\n", 1, 1, "only a person can tell where this belongs"),
        ("a: 1\n---\nb: 2\n", 2, 1, "expected a single document in the stream, but found"),
        ("a: \x07\n", 1, 4, "a character that YAML does not have"),
    ],
)
def test_a_broken_text_is_refused_with_its_place(
    text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(TextError) as caught:
        put(text, SLOT, VALUE)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("inner", ["env: &a\n      x: *a", "? [a]\n    : b"])
def test_an_entry_that_no_program_could_have_written_is_refused_with_its_place(inner: str) -> None:
    with pytest.raises(TextError) as caught:
        read(f"mcpServers:\n  - name: famulor\n    {inner}\n", SLOT)
    assert caught.value.line == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "before", ["name: a\nmcpServers:\nrules: []\n", "rules: []\nmcpServers:\n"]
)
def test_a_list_that_is_begun_and_empty_takes_the_server(before: str, newline: str) -> None:
    after = before.replace("mcpServers:\n", f"mcpServers:\n{BLOCK}")
    assert put(before.replace("\n", newline), SLOT, VALUE) == after.replace("\n", newline)


def test_a_list_that_no_line_can_be_added_to_is_left_to_a_person() -> None:
    with pytest.raises(TextError, match="line 1, column 23: only a person can tell"):
        put("{name: a, mcpServers: []}\n", SLOT, VALUE)
