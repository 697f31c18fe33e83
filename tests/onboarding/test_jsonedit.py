"""One entry of a JSON text changes, in the layout that the text has, and nothing else."""

from __future__ import annotations

import json

import pytest

from famulor_mcp.onboarding.clients import COMMON, Slot
from famulor_mcp.onboarding.errors import TextError
from famulor_mcp.onboarding.jsonedit import put, read, take
from famulor_mcp.onboarding.jsontext import DEEPEST, Dialect, parse

VALUE = {"command": "/x", "args": []}
INPUTS = Slot(("inputs",), "key", "id")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "mcpServers": {\n    "famulor": {\n      "v": 1\n    }\n  }\n}'),
        ('{"a":1}', '{"a":1,"mcpServers":{"famulor":{"v":1}}}'),
        ('{ "a": 1 }', '{ "a": 1, "mcpServers": {"famulor": {"v": 1}} }'),
        ('{"mcpServers": {}}', '{"mcpServers": {"famulor": {"v": 1}}}'),
        (
            """{\n\t"mcpServers": {\n\t\t"x": 1 // c\n\t}\n}\n""",
            """{
\t"mcpServers": {
\t\t"x": 1, // c
\t\t"famulor": {
\t\t\t"v": 1
\t\t}
\t}
}
""",
        ),
        (
            """{\n  "mcpServers": {\n    "x": 1, /* c */\n  },\n}""",
            """{
  "mcpServers": {
    "x": 1, /* c */
    "famulor": {
      "v": 1
    },
  },
}""",
        ),
        (
            """{\r\n  "mcpServers": {\r\n    // none yet\r\n  }\r\n}""",
            """{\r
  "mcpServers": {\r
    // none yet\r
    "famulor": {\r
      "v": 1\r
    }\r
  }\r
}""",
        ),
        (
            '/* of\n     the team */\n{\n\t"a": 1\n}',
            """/* of
     the team */
{
\t"a": 1,
\t"mcpServers": {
\t\t"famulor": {
\t\t\t"v": 1
\t\t}
\t}
}""",
        ),
        (
            "// only words\n",
            '// only words\n{\n  "mcpServers": {\n    "famulor": {\n      "v": 1\n    }\n  }\n}\n',
        ),
    ],
)
def test_an_entry_is_laid_out_as_the_text_is_and_leaves_no_trace(before: str, after: str) -> None:
    written = put(before, "jsonc", COMMON, {"v": 1})
    assert written == after
    assert put(written, "jsonc", COMMON, {"v": 1}) == written
    if "{" in before:
        assert take(written, "jsonc", COMMON, before) == before


def test_another_value_takes_the_place_of_the_first() -> None:
    text = (
        '{\n    "mcpServers": {\n        "famulor": { "v": 1 }, // ours\n        "b": 2\n    }\n}'
    )
    assert put(text, "jsonc", COMMON, {"v": 2}) == text.replace('"v": 1', '"v": 2')
    assert put(put(text, "jsonc", COMMON, 2), "jsonc", COMMON, {"v": 2}).count("//") == 1


def test_what_a_person_wrote_into_the_entry_outlives_another_value() -> None:
    text = """{
  "mcpServers": {
    "famulor": {
      // the old one
      "command": "/old", "url": "u", /* both? */
      "env": {"A": "b", "KEY": "k"}, // never mind
      "alwaysAllow": ["get_me"] // only this
    }
  }
}"""
    value = {"command": "/x", "env": {"A": "b", "KEY": "l"}, "alwaysAllow": ["get_me"]}
    left = text.replace('"/old", "url": "u",', '"/x",').replace('"k"', '"l"')
    assert put(text, "jsonc", COMMON, value) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"mcpServers": {"famulor": 1, "b": 2}}', '{"mcpServers": { "b": 2}}'),
        ('{"mcpServers": {"a": 0, "famulor": 1, "b": 2}}', '{"mcpServers": {"a": 0, "b": 2}}'),
        ('{"mcpServers": {"a": 0, "famulor": 1}}', '{"mcpServers": {"a": 0}}'),
        (
            '{"mcpServers": {\n  "famulor": 1,\n  // b\n  "b": 2\n}}',
            '{"mcpServers": {\n  // b\n  "b": 2\n}}',
        ),
        (
            '{"mcpServers": {\n  // kept\n  "famulor": 1 // too\n}}',
            '{"mcpServers": {\n  // kept\n  // too\n}}',
        ),
        (
            '{"mcpServers": {\n  // kept\n  "famulor": 1, "b": 2 }}',
            '{"mcpServers": {\n  // kept\n  "b": 2 }}',
        ),
        (
            '{"mcpServers": {\n  "a": 0, // kept\n  "famulor": 1 }}',
            '{"mcpServers": {\n  "a": 0 // kept\n  }}',
        ),
    ],
)
def test_taking_an_entry_out_leaves_its_neighbours(text: str, left: str) -> None:
    assert take(text, "jsonc", COMMON, text) == left


def test_containers_go_with_the_entry_unless_they_were_there() -> None:
    slot = Slot(("mcp", "servers"), "famulor")
    written = put('{"a": 1}', "json5", slot, VALUE)
    assert take(written, "json5", slot, None) == '{"a": 1}'
    assert take(written, "json5", slot, '{"mcp": {}, "a": 1}') == '{"a": 1, "mcp": {}}'


def test_an_item_of_a_list_is_known_by_its_field() -> None:
    text = '{\n\t"inputs": [\n\t\t{ "id": "db" },\n\t]\n}'
    written = put(text, "jsonc", INPUTS, {"id": "key", "password": True})
    assert read(written, "jsonc", INPUTS) == {"id": "key", "password": True}
    assert take(written, "jsonc", INPUTS, text) == text
    assert put('{"a": 1}', "jsonc", INPUTS, {"id": "key"}) == '{"a": 1, "inputs": [{"id": "key"}]}'


@pytest.mark.parametrize(
    ("text", "dialect", "line", "column", "reason"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', "json", 3, 3, '"," or "}" is expected'),
        ('{\n  "a": 1,\n}', "json", 2, 9, "a comma stands before the closing bracket"),
        ("{\n  // x\n}", "json", 2, 3, "a comment, which this file may not hold"),
        ('{"a": 1, /* x', "jsonc", 1, 10, "a comment does not end"),
        ("{a: 1}", "jsonc", 1, 2, 'a name in double quotes or "}" is expected'),
        ('{"a": tru}', "jsonc", 1, 7, "a value is expected"),
        ('{"a": "x\n"}', "jsonc", 1, 7, "a string does not end, or holds a character"),
        ('{"a" 1}', "jsonc", 1, 6, '":" is expected after a name'),
        ("{}\n{}", "jsonc", 2, 1, "something follows where the document is complete"),
        ("[]", "jsonc", 1, 1, "the document must be an object"),
        ('{"mcpServers": []}', "jsonc", 1, 16, '"mcpServers" must be an object'),
        (
            '{"mcpServers": {},\n "mcpServers": {}}',
            "jsonc",
            2,
            2,
            '"mcpServers" stands here a second time; keep one',
        ),
        ("[" * (DEEPEST + 1), "jsonc", 1, DEEPEST + 1, f"more than {DEEPEST} containers"),
        ('{"a": 01}', "json", 1, 7, "a value is expected"),
        ("{\"a\": 'x'}", "jsonc", 1, 7, "a value is expected"),
    ],
)
def test_a_broken_text_is_refused_with_its_place(
    text: str, dialect: Dialect, line: int, column: int, reason: str
) -> None:
    with pytest.raises(TextError) as caught:
        put(text, dialect, COMMON, VALUE)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.reason.startswith(reason)


def test_json5_is_read_as_its_specification_says() -> None:
    text = """{
      unquoted: 'and you can quote "me"', $a_1: "line \\
break", hexadecimal: 0xdecaf, lead: .5, trail: 8675309., plus: +1, minus: -.5e3,
      list: [1, 'b', null, true,], inf: Infinity, "esc\\u0061ped": '\\x41\\'\\0\\v\\z', e: {},
    }"""
    node = parse(text, "json5")
    assert node is not None
    assert node.plain() == {
        "unquoted": 'and you can quote "me"',
        "$a_1": "line break",
        "hexadecimal": 0xDECAF,
        "lead": 0.5,
        "trail": 8675309.0,
        "plus": 1,
        "minus": -500.0,
        "list": [1, "b", None, True],
        "inf": float("inf"),
        "escaped": "A'\0\vz",
        "e": {},
    }


def test_texts_beyond_the_basic_plane_come_through_escaped_or_not() -> None:
    for dialect in ("json", "json5"):
        node = parse(json.dumps({"a": "😀ü"}), dialect)
        assert node is not None
        assert node.plain() == {"a": "😀ü"}
