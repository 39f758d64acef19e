"""axe finds no violation on any page, in any menu or dialog, light and dark, wide and narrow; the policy is strict."""

from collections.abc import Sequence
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.gallery import SCREENS, open_dialog
from tests.browser.support import Account, Console

# What pages say is the same on both databases (tests/pages); here it is how they look.
pytestmark = [pytest.mark.browser, pytest.mark.without_database]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
Look = tuple[int, Scheme]
LOOKS: tuple[Look, ...] = tuple((width, scheme) for width in (1440, 390) for scheme in SCHEMES)


def violations(page: Page, looks: Sequence[Look] = LOOKS[:1]) -> list[str]:
    """What axe finds on the page as it is, in these looks."""
    found = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for one in Axe().run(page).response["violations"]:
            nodes = "; ".join(str(node["target"]) for node in one["nodes"][:3])
            found.append(f"{width} {scheme}: {one['id']}: {one['help']}: {nodes}")
    return found


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_on(console: Console, northwind: Account, screen: str):
    """In one of the looks, in turn: `make shots` looks at each screen in all of them."""
    # A long list beneath would be looked at each time.
    page = console.sign_in(northwind, northwind.address("kms/keys?words=none"))
    SCREENS[screen](page, northwind)

    number = list(SCREENS).index(screen)
    assert violations(page, [LOOKS[number % len(LOOKS)]]) == []


@pytest.mark.parametrize("is_refused", [False, True])
def test_axe_finds_nothing_on_the_sign_in_page(console: Console, northwind: Account, is_refused: bool):
    page = console.visit(northwind.server.url, reduced_motion="reduce")
    if is_refused:
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_label("User")).to_have_attribute("aria-invalid", "true")

    assert violations(page) == []


def test_axe_finds_nothing_on_an_empty_list(console: Console, account_of):
    page = console.sign_in(account_of())

    assert violations(page) == []


def test_axe_finds_nothing_where_the_quota_is_reached(console: Console, account_of):
    account = account_of("--quota", "0")
    page = console.sign_in(account)
    open_dialog(page, account)
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(page.get_by_role("dialog").get_by_text("0 of 0 keys are used")).to_be_visible()

    assert violations(page) == []


def test_axe_finds_nothing_on_a_page_that_is_not_there(keys: Page, console: Console, northwind: Account):
    console.watch.expect_answer(404)
    keys.goto(northwind.address(project="forged"))

    assert violations(keys) == []


def test_axe_finds_nothing_in_chinese(console: Console, northwind: Account):
    page = console.sign_in(northwind, locale="zh-CN")
    page.locator("#create-key").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("address", ["sign-in", "console", "static/css/console.css", "nowhere"])
def test_the_policy_allows_this_server_only(keys: Page, northwind: Account, address: str):
    url = f"{northwind.server.url}/{address}" if address != "console" else northwind.address()

    answer = keys.request.get(url, max_redirects=0)

    policy = dict(one.split(" ", 1) for one in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {"'self'"}
    assert "unsafe" not in answer.headers["content-security-policy"]
