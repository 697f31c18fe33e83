"""What a client may ask a person, and what becomes of the person's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.hosted.signin.parties import (
    BACK,
    CHALLENGE,
    ISSUER,
    KEY,
    WRONG,
    AwayStore,
    House,
    asked,
    landed,
)

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio
EXPIRED = {"page": "problem", "kind": "expired"}


@pytest.fixture
def house() -> House:
    return House()


async def test_the_page_names_the_client_and_where_it_is_sent_before_the_key_is_typed(
    house: House,
) -> None:
    client = await house.client(client_name="Müller's <b>client</b>")

    page = await house.ask(client)

    shown = page.json()
    assert (page.status_code, shown["page"]) == (200, "consent")
    assert (shown["client"], shown["host"]) == ("Müller's <b>client</b>", "app.example")
    assert (shown["local"], shown["verified"], shown["fault"]) == (False, False, "")
    assert shown["action"] == "/consent"


@pytest.mark.parametrize(
    ("redirect", "host", "local"),
    [
        ("http://127.0.0.1:7777/cb", "127.0.0.1", True),
        ("http://localhost/cb", "localhost", True),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor", True),
        ("https://APP.example:8443/cb", "app.example:8443", False),
    ],
)
async def test_the_page_tells_apps_and_programs_of_this_machine_from_other_hosts(
    house: House, redirect: str, host: str, local: bool
) -> None:
    client = await house.client(redirect_uris=[redirect])

    shown = (await house.ask(client, redirect_uri=redirect)).json()

    assert (shown["host"], shown["local"]) == (host, local)


async def test_the_answer_has_the_code_the_state_as_it_was_and_the_issuer(house: House) -> None:
    client = await house.client()

    answer = await house.decide(await house.ask(client))

    place = answer.json()["url"]
    back = landed(answer)
    assert answer.json()["granted"]
    assert place.startswith(BACK + "&")  # RFC 6749 section 3.1.2: its own query is kept
    assert (back["state"], back["iss"]) == ("st&te=+ %/ä", ISSUER)  # RFC 9207 section 2
    assert (back["tenant"], back["empty"]) == ("a/b", "")
    assert house.checked == [KEY]
    assert KEY not in place


async def test_who_declines_is_sent_back_without_a_code(house: House) -> None:
    page = await house.ask(await house.client())

    for decision in ("deny", "", "perhaps"):
        answer = await house.decide(page, decision=decision, key="")
        back = landed(answer)
        assert not answer.json()["granted"]
        page = await house.ask(await house.client())
        assert (back["error"], back["iss"]) == ("access_denied", ISSUER)  # RFC 6749 4.1.2.1
        assert back["state"] == "st&te=+ %/ä"
        assert "code" not in back
    assert house.checked == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),  # RFC 6749 section 4.1.2.1
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": ["code", "code"]}, "invalid_request"),  # RFC 6749 section 3.1
        ({"nonce": ["a", "b"]}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),  # RFC 7636 section 4.4.1
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "c" * 42}, "invalid_request"),  # RFC 7636 section 4.2
        ({"code_challenge": "c" * 44}, "invalid_request"),  # no SHA-256 is so long
        ({"code_challenge": CHALLENGE[:-1] + "."}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1] + "="}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),  # RFC 7636 4.3: means plain
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),  # RFC 8707 section 2
        ({"resource": f"{ISSUER}/other"}, "invalid_target"),
        ({"resource": f"{ISSUER}/MCP"}, "invalid_target"),
        ({"resource": f"{ISSUER}/mcp#part"}, "invalid_target"),
        ({"resource": [f"{ISSUER}/mcp", "https://other.example/mcp"]}, "invalid_target"),
        ({"state": "s" * 4097}, "invalid_request"),
    ],
)
async def test_a_wrong_request_goes_back_to_the_client_with_state_and_issuer(
    house: House, changes: dict[str, Any], error: str
) -> None:
    answer = await house.ask(await house.client(), **changes)

    back = landed(answer)
    assert (answer.status_code, answer.json()["kind"]) == (400, "request")
    assert (back["error"], answer.json()["url"].startswith(BACK)) == (error, True)
    assert (back["state"], back["iss"]) == (changes.get("state", "st&te=+ %/ä"), ISSUER)


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("http://127.0.0.1:4444/callback", 302),
        ("http://localhost/callback", 302),
        ("com.example.app:/callback", 302),
        ("https://evil.example/famulor", 400),
    ],
)
async def test_rfc9700_4_11_2_a_wrong_request_sends_nobody_to_another_host_by_itself(
    house: House, uri: str, status: int
) -> None:
    """Anybody can register an address: what trusts this server's name would land there."""
    client = await house.client(redirect_uris=[uri])

    answer = await house.ask(client, redirect_uri=uri, code_challenge_method="plain")

    assert (answer.status_code, landed(answer)["error"]) == (status, "invalid_request")
    assert ("location" in answer.headers) == (status == 302)


@pytest.mark.parametrize(
    ("name", "said"), [("nonce", "nonce"), ("n" * 41, "a parameter"), ('no"nce', "a parameter")]
)
async def test_a_parameter_that_is_given_twice_is_named_if_what_it_has_is_a_name(
    house: House, name: str, said: str
) -> None:
    back = landed(await house.ask(await house.client(), **{name: ["a", "b"]}))

    assert back["error_description"] == f"{said} must not be given more than once"


async def test_a_repeated_state_is_not_given_back(house: House) -> None:
    back = landed(await house.ask(await house.client(), state=["a", "b"]))

    assert (back["error"], "state" in back) == ("invalid_request", False)


@pytest.mark.parametrize(
    "resource",
    [
        *(ISSUER + path for path in ("", "/", "/mcp", "/mcp/", "/sse")),
        ISSUER.upper(),
        f"{ISSUER.upper()}/mcp",
        None,
    ],
)
async def test_tokens_are_for_the_server_by_whichever_address_it_was_given(
    house: House, resource: str | None
) -> None:
    client = await house.client()

    code = await house.code(client, resource=resource, scope="tools offline_access")
    answer = await house.exchange(client, code, resource=resource)

    assert answer.json()["scope"] == "tools"  # RFC 6749 section 3.3: told, since it differs
    assert await house.door.identify(answer.json()["access_token"])


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.example/callback",
        "https://app.example/callback",  # RFC 9700 section 4.1.3: the whole string
        BACK + "/",
        BACK.replace("https", "http"),
        BACK.replace("app.example", "app.example:443"),
        BACK.replace("app.example", "APP.example"),
        BACK.replace("app.example", "app.example@evil.example"),
        BACK + "#fragment",
        BACK.replace("callback", "x/../callback"),
        "javascript:alert(1)",
        [BACK, BACK],
        [BACK, "https://evil.example/"],
    ],
)
async def test_the_browser_is_never_sent_where_the_client_did_not_register(
    house: House, redirect: str | list[str]
) -> None:
    answer = await house.ask(await house.client(), redirect_uri=redirect, response_type="bad")

    assert (answer.status_code, answer.json()["page"]) == (400, "problem")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "client", ["", None, "unknown", "v1.AAAA", "https://", "http://x.example/c", ["a", "b"]]
)
async def test_an_unknown_client_gets_a_page_and_no_redirect(
    house: House, client: str | list[str] | None
) -> None:
    answer = await house.ask("", client_id=client)

    assert (answer.status_code, answer.json()["page"]) == (400, "problem")
    assert "location" not in answer.headers


async def test_an_altered_client_id_is_an_unknown_client(house: House) -> None:
    client = await house.client()

    answer = await house.ask(client[:40] + ("A" if client[40] != "A" else "B") + client[41:])

    assert answer.json() == {"page": "problem", "kind": "client"}


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_rfc8252_7_3_programs_of_this_machine_may_use_any_port(
    house: House, host: str
) -> None:
    client = await house.client(redirect_uris=[f"http://{host}/callback?a=b"])
    place = f"http://{host}:49152/callback?a=b"

    code = await house.code(client, redirect_uri=place)

    assert (await house.exchange(client, code, redirect_uri=place)).status_code == 200
    for other in (
        f"http://{host}:1/callback",
        f"https://{host}:1/callback?a=b",
        f"http://{host}:99999/callback?a=b",
        f"http://{host}:1:2/callback?a=b",
        "http://[::1]:9/",
    ):
        assert (await house.ask(client, redirect_uri=other)).json()["kind"] == "redirect"


async def test_rfc6749_3_1_2_3_a_client_with_one_redirect_uri_need_not_name_it(
    house: House,
) -> None:
    one = await house.client()
    two = await house.client(redirect_uris=[BACK, "https://app.example/other"])

    code = await house.code(one, redirect_uri=None)

    assert (await house.exchange(one, code)).status_code == 200
    assert (await house.ask(two, redirect_uri=None)).json()["kind"] == "redirect"


@pytest.mark.parametrize(
    ("key", "fault", "status"),
    [(WRONG, "refused", 400), ("  ", "malformed", 400), ("limited", "limited", 429),
     ("away", "unreachable", 503)],
)  # fmt: skip
async def test_the_page_tells_why_a_key_was_not_taken_and_can_be_used_again(
    house: House, key: str, fault: str, status: int
) -> None:
    page = await house.ask(await house.client())

    again = await house.decide(page, key=key)

    assert (again.status_code, again.json()["fault"]) == (status, fault)
    assert (fault == "limited") == ("retry-after" in again.headers)
    assert WRONG not in again.text
    assert "code" in landed(await house.decide(again))


async def test_the_page_is_good_for_ten_minutes(house: House) -> None:
    page = await house.ask(await house.client())

    house.clock.advance(600)
    answer = await house.decide(page)

    assert (answer.status_code, answer.json()) == (400, EXPIRED)
    assert house.checked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"csrf": "0" * 32},
        {"csrf": ""},
        {"csrf": "ä" * 32},
        {"transaction": "v1.AAAA"},
        {"transaction": ""},
        {"key": [KEY, KEY]},
    ],
)
async def test_a_form_that_the_page_did_not_make_is_not_read(
    house: House, changes: dict[str, Any]
) -> None:
    page = await house.ask(await house.client())

    answer = await house.decide(page, **changes)

    assert (answer.status_code, answer.json()) == (400, EXPIRED)
    assert house.checked == []


async def test_a_form_from_another_browser_or_another_page_is_not_read(house: House) -> None:
    client = await house.client()
    page = await house.ask(client)
    other = await house.ask(client)

    mixed = await house.decide(page, csrf=other.json()["csrf"])
    house.http.cookies.clear()
    stolen = await house.decide(page)
    planted = await house.http.post(
        "/consent",
        data={"transaction": page.json()["transaction"], "csrf": "a" * 32, "decision": "allow"},
        headers={"Cookie": "; ".join(f"{name}={'a' * 32}" for name in cookies(page))},
    )

    assert [one.json() for one in (mixed, stolen, planted)] == [EXPIRED] * 3
    assert house.checked == []


async def test_two_pages_may_be_open_at_once(house: House) -> None:
    client = await house.client()
    pages = [await house.ask(client), await house.ask(client)]

    for page in pages:
        assert "code" in landed(await house.decide(page))


def cookies(answer: httpx.Response) -> list[str]:
    return [one.partition("=")[0] for one in answer.headers.get_list("set-cookie")]


async def test_the_cookie_is_for_this_host_and_its_own_pages_alone(house: House) -> None:
    page = await house.ask(await house.client())
    (cookie,) = page.headers.get_list("set-cookie")
    plain = House(issuer="http://127.0.0.1:8787")
    (local,) = (await plain.ask(await plain.client())).headers.get_list("set-cookie")
    gone = (await house.decide(page)).headers["set-cookie"]

    assert cookie.startswith("__Host-signin-")
    for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/", "Max-Age=600"):
        assert part in cookie
    assert local.startswith("signin-")
    assert "Secure" not in local
    assert "Max-Age=0" in gone


async def test_new_pages_do_not_give_an_address_new_tries(house: House) -> None:
    client = await house.client()
    for _ in range(60):
        await house.decide(await house.ask(client), key=WRONG)

    crowded = await house.decide(await house.ask(client))
    assert (crowded.status_code, crowded.json()["fault"]) == (429, "limited")
    assert int(crowded.headers["retry-after"]) == 600
    assert len(house.checked) == 60
    house.clock.advance(600)
    assert "code" in landed(await house.decide(await house.ask(client)))


async def test_without_the_store_no_key_is_tried(house: House) -> None:
    client = await house.client()
    away = house.moved(store=AwayStore())

    answer = await away.decide(await away.ask(client))

    assert (answer.status_code, answer.json()) == (503, {"page": "problem", "kind": "server"})
    assert away.checked == []


async def test_the_address_of_the_form_alone_leads_nowhere(house: House) -> None:
    answer = await house.http.get("/consent")

    assert (answer.status_code, answer.json()) == (400, EXPIRED)
    assert (await house.http.post("/authorize", data=asked("x"))).status_code == 405


async def test_below_a_path_the_form_goes_there_and_the_issuer_says_so() -> None:
    house = House(issuer="https://host.example/famulor")
    page = await house.ask(await house.client())

    assert page.json()["action"] == "/famulor/consent"
    assert urlsplit(landed(await house.decide(page))["iss"]).path == "/famulor"
