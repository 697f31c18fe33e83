"""A name may stand for an id: what is looked up, where, how often, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.benches import ROWS, bench, things
from tests.server.tables import CREATE, TOOLS
from tests.server.upstreams import Seen, reply

from famulor_mcp.account import Account
from famulor_mcp.lookup import KEPT_SECONDS, Resolver
from famulor_tools.table import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

BY_OWNER = Lookup("thing", "list_things", ("name",), "id", {"owner": {"argument": "owner"}})


@pytest.mark.parametrize("name", ["Sales", " sALES ", "sa"])
async def test_a_name_becomes_the_id_whatever_its_case_and_by_any_field(name: str) -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", parent_id=name)
    assert it.sent == ["GET /api/things?kind=plain&page=1", "POST /api/thing"]
    assert it.server.seen[1].json() == {"name": "A", "parent_id": 1}


async def test_a_list_of_names_and_ids_becomes_ids() -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", part_ids='["Sales", 9, "10"]')
    assert it.server.seen[1].json() == {"name": "A", "part_ids": [1, 9, 10]}


@pytest.mark.parametrize("given", [7, "7"])
async def test_an_id_is_not_looked_up(given: Any) -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", parent_id=given)
    assert it.sent == ["POST /api/thing"]


async def test_a_lookup_depends_on_the_other_arguments_of_the_call() -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", parent_id="Sales", kind="x")
    assert it.sent[0] == "GET /api/things?kind=x&page=1"


async def test_a_name_of_several_is_refused_with_their_ids() -> None:
    async with bench(things) as it:
        result = await it.call("create_thing", name="A", parent_id="Support")
    assert result.is_error
    assert "parent_id: several are named Support. Give one id of: 2 (Support), 3" in result.text
    assert len(it.sent) == 1


@pytest.mark.parametrize(
    ("name", "words"), [("Sale", "1 (Sales)"), ("qqq", "It lists: 1 (Sales), 2 (Support), 3")]
)
async def test_a_name_of_nothing_is_refused_with_the_closest(name: str, words: str) -> None:
    async with bench(things) as it:
        result = await it.call("create_thing", name="A", parent_id=name)
    assert f"parent_id: nothing is named {name} in the answer of list_things" in result.text
    assert words in result.text
    assert len(it.sent) == 1


@pytest.mark.parametrize(
    "failure", [reply(500, {"message": "Down"}), reply(200, b'{"torn'), reply(200, "words")]
)
async def test_a_failed_look_up_says_that_the_call_itself_was_not_made(failure: bytes) -> None:
    async with bench(lambda _: failure) as it:
        result = await it.call("create_thing", name="A", parent_id="Sales")
    assert "parent_id: the name could not be looked up with list_things" in result.text
    assert result.text.endswith("create_thing itself was not called.")
    assert all(line.startswith("GET") for line in it.sent)


@pytest.mark.parametrize("name", ["", "  ", ["Sales", ""]])
async def test_an_empty_name_is_said_to_be_empty(name: Any) -> None:
    field = "part_ids" if isinstance(name, list) else "parent_id"
    async with bench(things) as it:
        result = await it.call("create_thing", name="A", **{field: name})
    assert result.text.startswith(f"{field} is empty. Give an id, or a name that list_things lists")
    assert it.sent == []


@pytest.mark.parametrize("odd", [None, [1], {"a": 1}, True, "", 1.5])
async def test_a_row_whose_id_is_none_is_passed_over(odd: Any) -> None:
    rows = [{"id": odd, "name": "Sales"}, {"name": "Sales"}, {"id": 7, "name": "sales"}]

    def script(seen: Seen) -> bytes:
        return reply(200, rows if seen.method == "GET" else seen.json())

    async with bench(script) as it:
        result = await it.call("create_thing", name="A", parent_id="Sales")
    assert result.data == {"name": "A", "parent_id": 7}


async def test_a_thing_without_an_id_is_not_found_by_name() -> None:
    async with bench(things) as it:
        assert (await it.call("create_thing", name="A", parent_id="Broken")).is_error


async def test_other_problems_are_told_before_anything_is_looked_up() -> None:
    async with bench(things) as it:
        result = await it.call("create_thing", name="A", parent_id="Sales", count="x")
    assert "count must obey" in result.text
    assert it.sent == []


async def test_names_are_read_once_for_calls_at_the_same_time_and_kept_a_minute() -> None:
    async with bench(things) as it:
        calls = [
            it.gateway.call("create_thing", {"name": str(n), "parent_id": "Sales"}, it.account)
            for n in range(3)
        ]
        await it.time.run(*calls)
        assert it.sent.count("GET /api/things?kind=plain&page=1") == 1
        it.time.now += 61
        await it.call("create_thing", name="A", parent_id="Sales")
    assert it.sent.count("GET /api/things?kind=plain&page=1") == 2


async def test_names_are_read_anew_after_a_call_that_may_have_changed_them() -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", parent_id="Sales")
        await it.call("create_thing", name="B", parent_id="Sales")
    assert it.sent.count("GET /api/things?kind=plain&page=1") == 2


async def test_names_stay_known_after_a_call_of_another_toolset() -> None:
    """Else a burst of creates that name their parent would read before each of them."""
    async with bench(things, tools=[replace(CREATE, toolset="other"), *TOOLS[:2]]) as it:
        await it.call("create_thing", name="A", parent_id="Sales")
        await it.call("create_thing", name="B", parent_id="Sales")
    assert it.sent.count("GET /api/things?kind=plain&page=1") == 1


async def test_names_of_one_account_are_not_another_s() -> None:
    async with bench(things) as it:
        await it.call("create_thing", name="A", parent_id="Sales")
        other = replace(it, account=Account("34|qrstuvwxyzabcdef"))
        await other.call("create_thing", name="A", parent_id="Sales")
    assert [seen.headers["authorization"][7:9] for seen in it.server.seen] == ["12"] * 2 + [
        "34"
    ] * 2


async def test_a_failed_lookup_is_told_as_what_it_is() -> None:
    async with bench(lambda _: reply(401, {"error": "no"})) as it:
        result = await it.call("create_thing", name="A", parent_id="Sales")
    assert "did not accept the API key" in result.text


async def test_a_lookup_may_use_a_tool_that_is_not_offered() -> None:
    async with bench(things, tools=[CREATE], catalogue=TOOLS) as it:
        assert not (await it.call("create_thing", name="A", parent_id="Sales")).is_error


@pytest.mark.parametrize("body", [{"data": ROWS}, {"items": ROWS, "total": 3}, ROWS])
async def test_candidates_are_found_in_every_shape_of_list(body: Any) -> None:
    def script(seen: Seen) -> bytes:
        return reply(200, body) if seen.method == "GET" else reply(200, {})

    async with bench(script) as it:
        assert not (await it.call("create_thing", name="A", parent_id="Sales")).is_error


async def test_a_name_on_a_later_page_is_found() -> None:
    def script(seen: Seen) -> bytes:
        if seen.method == "POST":
            return reply(200, {})
        page = int(seen.target[-1])
        return reply(200, {"data": [{"id": page, "name": f"N{page}"}], "last_page": 3})

    async with bench(script) as it:
        await it.call("create_thing", name="A", parent_id="N3")
    assert it.server.seen[-1].json() == {"name": "A", "parent_id": 3}


async def test_what_is_no_longer_good_is_let_go_of_with_the_next_look() -> None:
    """A caller may ask with ever new arguments; a hosted account lives as long as it is used."""
    account, time = Account("key"), [0.0]

    async def fetch(_name: str, query: Mapping[str, Any]) -> Any:
        return [{"id": query["owner"], "name": "Ada"}]

    resolver = Resolver(account, fetch, lambda: time[0], {})
    for owner in range(20):
        await resolver.rows(BY_OWNER, {"owner": owner})
    assert len(account.kept) == 20
    time[0] = KEPT_SECONDS
    assert await resolver.rows(BY_OWNER, {"owner": 20}) == [{"name": "Ada", "id": 20}]
    assert len(account.kept) == 1
