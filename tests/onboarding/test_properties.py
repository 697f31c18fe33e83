"""Whatever a configuration looks like: the entry is in it, and everything else is as it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from famulor_mcp.onboarding import jsonedit, yamledit
from famulor_mcp.onboarding.clients import CLIENTS, COMMON, Slot
from famulor_mcp.onboarding.document import Entry, put, read, take
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.jsontext import parse

VALUE = {"command": "/opt/x y/ü", "args": ["--read-only"], "env": {"A": 'q"\\'}}
LIST = CLIENTS["continue"].servers
NAMED = {"name": "famulor", **VALUE}
EXAMPLES = settings(max_examples=60, deadline=None)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-999, 999), st.text("aä😀\"\\/\n{}[],:#*'", max_size=6)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "ü", "x y"]), inner, max_size=3),
    ),
    max_leaves=8,
)
trees = st.dictionaries(st.sampled_from(["mcpServers", "a", "b/*", "//c"]), values, max_size=4).map(
    lambda tree: tree | ({"mcpServers": {}} if not isinstance(tree.get("mcpServers"), dict) else {})
)
gaps = st.sampled_from(["", "", " ", "\n", "\r\n", "\n\t", " // c\n", '/* { " */', "\n  // d\n  "])


@st.composite
def jsonc(draw: st.DrawFn, value: Any) -> str:
    """A value as people write it: with white space, comments and trailing commas."""
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=draw(st.booleans()))
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    parts = []
    for item in value.items() if isinstance(value, dict) else value:
        lead = ""
        if isinstance(value, dict):
            name, item = item  # noqa: PLW2901 - the member's two halves
            lead = json.dumps(name) + draw(gaps) + ":" + draw(gaps)
        parts.append(draw(gaps) + lead + draw(jsonc(item)) + draw(gaps))
    inside = ",".join(parts) + draw(st.sampled_from(["", "," + draw(gaps)]))
    return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, Any]:
    tree = draw(trees)
    return draw(gaps) + draw(jsonc(tree)) + draw(gaps), tree


def kept(before: str, after: str) -> bool:
    """Whether every character of `before` is in `after`, in order."""
    rest = iter(after)
    return all(character in rest for character in before)


@given(values)
@EXAMPLES
def test_strict_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    node = parse(json.dumps(value), "json")
    assert node is not None
    assert node.plain() == value


@given(st.text('{}[]",:\\/*t\n rue01.-ä', max_size=12))
@settings(max_examples=200, deadline=None)
def test_what_is_no_json_is_refused_as_the_standard_library_refuses_it(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = TextError
    try:
        node = parse(text, "json")
    except TextError:
        assert expected is TextError
    else:
        assert (node.plain() if node else TextError) == expected


@given(documents())
@EXAMPLES
def test_an_entry_comes_into_any_json_and_goes_without_a_trace(made: tuple[str, Any]) -> None:
    text, tree = made
    written = jsonedit.put(text, "jsonc", COMMON, VALUE)
    node = parse(written, "jsonc")
    assert node is not None
    assert node.plain() == tree | {"mcpServers": tree["mcpServers"] | {"famulor": VALUE}}
    assert kept(text, written)
    assert jsonedit.put(written, "jsonc", COMMON, VALUE) == written
    assert jsonedit.take(written, "jsonc", COMMON, text) == text


@given(documents(), st.sampled_from(["inputs", "a"]))
@EXAMPLES
def test_so_does_an_item_of_a_list(made: tuple[str, Any], name: str) -> None:
    text, tree = made
    slot = Slot((name,), "k", "id")
    try:
        written = jsonedit.put(text, "jsonc", slot, {"id": "k"})
    except TextError:
        assert not isinstance(tree.get(name, []), list)
        return
    node = parse(written, "jsonc")
    assert node is not None
    assert node.plain() == tree | {name: [*tree.get(name, []), {"id": "k"}]}
    assert kept(text, written)
    assert jsonedit.take(written, "jsonc", slot, text) == text


neighbours = st.dictionaries(
    st.sampled_from(["famulor", "Famulor", "a", "b"]),
    st.one_of(scalars, st.dictionaries(st.sampled_from(["a", "x y"]), values, max_size=2)),
    max_size=4,
).map(lambda servers: {"famulor": {"a": 1}} | servers)


@given(neighbours, st.data())
@EXAMPLES
def test_an_entry_of_any_layout_goes_without_its_neighbours(servers: Any, data: Any) -> None:
    text = data.draw(gaps) + data.draw(jsonc({"mcpServers": servers}))
    node = parse(jsonedit.take(text, "jsonc", COMMON, text), "jsonc")
    rest = {name: one for name, one in servers.items() if name != "famulor"}
    assert node is not None
    assert node.plain() == {"mcpServers": rest}


@given(neighbours, st.data())
@EXAMPLES
def test_an_entry_that_is_there_gets_fields_and_keeps_what_is_between_them(
    servers: Any, data: Any
) -> None:
    text = data.draw(gaps) + data.draw(jsonc({"mcpServers": servers}))
    present = servers["famulor"] if isinstance(servers["famulor"], dict) else {}
    written = jsonedit.put(text, "jsonc", COMMON, {**present, **VALUE})
    node = parse(written, "jsonc")
    assert node is not None
    assert node.plain() == {"mcpServers": servers | {"famulor": {**present, **VALUE}}}
    assert kept(text, written) or not isinstance(servers["famulor"], dict)
    again = parse(jsonedit.put(written, "jsonc", COMMON, VALUE), "jsonc")
    assert again is not None
    assert again.plain() == {"mcpServers": servers | {"famulor": VALUE}}


lines = st.sampled_from(["# c\n", "\n", "  # indented\n", ""])
plain = st.sampled_from(
    [
        "x",
        "'q # r'",
        '"a: b"',
        "1",
        "~",
        "[1, {a: b}]",
        "|\n{m}  one\n\n{m}  two",
        ">-\n{m}  f",
        "${{ secrets.K }}",
    ]
)


@st.composite
def yamls(draw: st.DrawFn) -> str:
    """A configuration of Continue, as people write it."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    margin = draw(st.sampled_from(["", "  ", "    "]))
    text = draw(lines) + "name: Local\n"
    for name in draw(st.lists(st.sampled_from(["models", "mcpServers", "rules"]), unique=True)):
        text += draw(lines)
        count = draw(st.integers(0, 2))
        text += f"{name}:" + draw(st.sampled_from([" # c", ""])) + ("\n" if count else " []\n")
        for number in range(count):
            text += (
                draw(lines) + f"{margin}- name: n{number}" + draw(st.sampled_from([" # c\n", "\n"]))
            )
            if draw(st.booleans()):
                text += f"{margin}  v: " + draw(plain).replace("{m}", margin + "  ") + "\n"
    text += draw(lines)
    return text.replace(" # c []", " []").replace("\n", end)


@given(yamls())
@EXAMPLES
def test_an_entry_comes_into_any_yaml_and_goes_without_a_trace(text: str) -> None:
    written = yamledit.put(text, LIST, NAMED)
    assert yamledit.read(written, LIST) == NAMED
    assert yamledit.put(written, LIST, NAMED) == written
    assert kept(text.replace("mcpServers: []", "mcpServers:"), written)
    left = yamledit.take(written, LIST, text)
    ended = text if text.endswith("\n") else text + ("\r\n" if "\r\n" in text else "\n")
    assert left == ended


@given(st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_changed_rightly_or_refused_in_words(data: bytes) -> None:
    for entry in (
        Entry("jsonc", COMMON, VALUE),
        Entry("json5", COMMON, VALUE),
        Entry("yaml", LIST, NAMED),
    ):
        try:
            written = put(data, entry)
        except TextError:
            continue
        assert read(written, entry) == entry.value
        assert read(take(written, entry, data), entry) is None
