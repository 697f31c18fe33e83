"""The pages in a real browser: seen, read aloud, used by keyboard, with and without JavaScript."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Dialog, Page, expect
from tests.hosted.pages.served import KEY, application
from tests.interop.browser import chromium, opened, overflows, serving, violations

from famulor_tools import TOOLS

pytestmark = [pytest.mark.interop, pytest.mark.anyio]

PAGES = [
    "/",
    "/ask/remote",
    "/ask/app?fault=limited",
    "/ask/program?fault=refused",
    "/ask/hostile",
    "/ask/posing",
    "/problem/redirect",
]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for the module: the browser lives in it."""
    return "asyncio"


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(lambda url: application(url, back=f"{url}/back")) as url:
        yield url


async def submit(page: Page, key: str) -> None:
    """Type a key, by keyboard alone, and send it."""
    await page.get_by_label("API key").fill(key)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_page_fits_is_accessible_and_asks_nobody_else(
    path: str, width: int, scheme: str, browser: Browser, site: str
) -> None:
    size = {"width": width, "height": 800}
    async with opened(browser, viewport=size, color_scheme=scheme) as (page, watch):
        await page.goto(site + path)
        assert await violations(page) == []
        assert not await overflows(page)
        assert watch.complaints == []
        assert watch.elsewhere(site) == []


@pytest.mark.parametrize("path", ["/", "/ask/app"])
async def test_a_trial_server_and_one_without_sign_in_are_no_exception(
    path: str, browser: Browser
) -> None:
    with serving(lambda url: application(url, signin=False, sandbox=True)) as site:
        async with opened(browser, viewport={"width": 360, "height": 800}) as (page, watch):
            await page.goto(site + path)
            assert await violations(page) == []
            assert not await overflows(page)
            assert watch.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_with_everything_unfolded_it_still_fits_and_is_accessible(
    width: int, browser: Browser, site: str
) -> None:
    async with opened(browser, viewport={"width": width, "height": 800}) as (page, _):
        await page.goto(site)
        await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => {"
            " one.removeAttribute('name'); one.open = true })"
        )
        assert not await overflows(page)
        if width < 1000:  # the rules are the same at any width, and take their time
            assert await violations(page) == []


async def test_the_address_and_what_each_client_needs_are_copied(
    browser: Browser, site: str
) -> None:
    async with opened(browser, permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        await page.clock.install(time=0)
        await page.goto(site)
        await page.clock.pause_at(3600)  # or the word is gone again: it stands for two seconds
        first = page.locator("[data-copy=address]")
        await first.click()
        await expect(first).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == f"{site}/mcp"
        await page.locator("summary", has_text="Windsurf").focus()
        await page.keyboard.press("Enter")
        await page.locator("[data-copy=client-windsurf]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-copy=client-windsurf]")).to_have_text("Copied")
        copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
        assert copied == {"mcpServers": {"famulor": {"serverUrl": f"{site}/mcp"}}}


async def test_on_a_phone_what_is_copied_has_the_whole_line(browser: Browser, site: str) -> None:
    """Beside its button the address would be cut in two."""
    async with opened(browser, viewport={"width": 360, "height": 800}) as (page, _):
        await page.goto(site)
        whole = page.locator(".copied").first
        outer, inner = await whole.bounding_box(), await whole.locator("pre").bounding_box()
        await expect(whole.get_by_role("button", name="Copy")).to_be_visible()

    assert outer
    assert inner
    assert inner["width"] > 0.95 * outer["width"]


async def test_the_search_finds_tools_by_word_area_and_effect(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, _):
        await page.goto(site)
        shown = page.locator(".tool:visible")
        await expect(shown).to_have_count(len(TOOLS))
        await page.get_by_label("Search the tools").fill("whatsapp template")
        found = await shown.count()
        assert 0 < found < len(TOOLS)
        await expect(page.locator("#count")).to_have_text(f"{found} of {len(TOOLS)} tools")
        await page.get_by_label("Search the tools").fill("")
        await page.get_by_label("Area").select_option("calls")
        await page.get_by_label("Deletes").check()
        wanted = [t.name for t in TOOLS if t.toolset == "calls" and t.effect == "delete"]
        await expect(shown).to_have_count(len(wanted))
        await expect(shown.first).to_contain_text(wanted[0])
        await page.get_by_label("Search the tools").fill("nothing at all")
        await page.get_by_role("button", name="show all").click()
        await expect(shown).to_have_count(len(TOOLS))


async def test_a_link_to_a_tool_unfolds_it(browser: Browser, site: str) -> None:
    name = TOOLS[1].name
    async with opened(browser) as (page, _):
        await page.goto(f"{site}/#{name}")
        await expect(page.locator(f"#{name}")).to_be_visible()
        await page.locator(f"#{name} summary", has_text="Schema").click()
        schema = (
            await page.locator(f"#{name} details", has_text="Schema").locator("pre").inner_text()
        )
        assert json.loads(schema) == TOOLS[1].input_schema


async def test_the_landing_page_tells_how_the_server_is(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, _):
        await page.goto(site)
        await expect(page.locator("#state")).to_have_text(
            "The server runs and reaches the Famulor API."
        )
    with serving(lambda url: application(url, ready=False)) as poor:
        async with opened(browser) as (page, _):
            await page.goto(poor)
            await expect(page.locator("#state")).to_contain_text("a part that it needs is away")


async def test_access_is_allowed_by_keyboard_alone(browser: Browser, site: str) -> None:
    """The client's page redirects to another host, where form-action would have stopped it."""
    async with opened(browser) as (page, watch):
        await page.goto(f"{site}/ask/remote")
        reached = []
        for _ in range(8):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.textContent.trim()"))
            if await page.evaluate("document.activeElement.id") == "key":
                break
        assert reached == ["Skip to the content", "Famulor MCP", ""]
        await page.keyboard.type(KEY)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        assert await page.locator("#key").get_attribute("type") == "text"
        await page.keyboard.press("Enter")  # the key has the focus again
        await page.wait_for_url("http://localhost:*/thanks?code=c0de&state=1")
        assert watch.complaints == []


async def test_the_form_is_sent_once(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, _):
        await page.goto(f"{site}/ask/remote")
        await page.evaluate(
            "document.querySelector('form').addEventListener('submit', (e) => e.preventDefault())"
        )
        await page.get_by_role("button", name="Show").click()
        await submit(page, KEY)
        await expect(page.get_by_role("button", name="Allow access")).to_be_disabled()
        await expect(page.get_by_role("button", name="Deny")).to_be_disabled()
        await expect(page.get_by_role("status")).to_have_text("Checking the key …")
        assert await page.locator("#key").get_attribute("type") == "password"


async def test_a_no_needs_no_key(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, _):
        await page.goto(f"{site}/ask/remote")
        await page.get_by_role("button", name="Deny").click()
        await page.wait_for_url("**/thanks?error=access_denied")


async def test_a_refused_key_is_told_and_typed_anew(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, watch):
        await page.goto(f"{site}/ask/remote")
        await submit(page, "wrong")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Famulor refused this key.")
        await expect(alert).to_be_focused()
        await expect(page.get_by_label("API key")).to_have_value("")
        assert await violations(page) == []
        await submit(page, KEY)
        await page.wait_for_url("**/thanks?code=c0de&state=1")
        assert watch.complaints == []


async def test_a_page_that_has_expired_says_what_to_do(browser: Browser, site: str) -> None:
    async with opened(browser) as (page, _):
        await page.goto(f"{site}/ask/remote")
        await page.locator("[name=csrf]").evaluate("(field) => field.value = 'older'")
        await submit(page, KEY)
        await expect(page.get_by_role("heading", level=1)).to_have_text("This page has expired")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await expect(page.get_by_role("alert")).to_contain_text("Go back to your app")


async def test_a_hostile_name_neither_runs_nor_hides_who_gets_the_answer(
    browser: Browser, site: str
) -> None:
    async with opened(browser, viewport={"width": 360, "height": 800}) as (page, watch):
        dialogs: list[Dialog] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog))  # noqa: PLW0108 - takes no builtin
        await page.goto(f"{site}/ask/hostile")
        await expect(page.locator(".client")).to_contain_text("<img src=x onerror=alert(1)>")
        host = await page.locator(".host").bounding_box()
        name = await page.locator(".client").bounding_box()
        assert host is not None
        assert name is not None
        assert name["height"] < 300
        assert host["y"] >= name["y"] + name["height"]
        assert host["x"] + host["width"] <= 360
        assert dialogs == []
        assert watch.complaints == []


async def test_german_browsers_see_german_pages(browser: Browser, site: str) -> None:
    async with opened(browser, locale="de-AT") as (page, _):
        await page.goto(f"{site}/ask/app?fault=unreachable")
        await expect(page.get_by_role("alert")).to_contain_text("Famulor hat nicht geantwortet.")
        await expect(page.get_by_role("button", name="Zugriff erlauben")).to_be_visible()
        await page.goto(site)
        await expect(page.locator("#state")).to_have_text(
            "Der Server läuft und erreicht die Famulor-API."
        )
        await expect(page.locator("#count")).to_have_text(
            f"{len(TOOLS)} von {len(TOOLS)} Werkzeugen"
        )
        assert await violations(page) == []


async def test_without_javascript_people_sign_in_and_read_the_tools(
    browser: Browser, site: str
) -> None:
    async with opened(browser, java_script_enabled=False) as (page, _):
        await page.goto(f"{site}/ask/remote")
        await expect(page.get_by_role("button", name="Show")).to_be_hidden()
        await submit(page, KEY)
        await page.wait_for_url("**/thanks?code=c0de&state=1")
        await page.goto(site)
        await expect(page.locator(".tool:visible")).to_have_count(len(TOOLS))
        await expect(page.get_by_label("Search the tools")).to_be_hidden()
        await expect(page.get_by_role("link", name="is it ready")).to_be_visible()
