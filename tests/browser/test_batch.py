"""Several keys at once: picked in the list, acted on after a confirmation that names them, each one's result told."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, row_of

pytestmark = pytest.mark.browser

ALIASES = ("batch-a", "batch-b", "batch-c")


@pytest.fixture
def page(console: Console, account_of) -> Page:
    account: Account = account_of()
    page = console.sign_in(account, viewport={"width": 1440, "height": 900})
    for alias in ALIASES:
        make_key(page, account, alias=alias)
    page.goto(account.address("kms/keys"))
    return page


def bar(page: Page):
    return page.get_by_role("group", name="Act on the selected keys")


def pick(page: Page, *aliases: str) -> None:
    for alias in aliases:
        page.get_by_role("checkbox", name=f"Select: {alias}").check()


def test_the_bar_comes_with_the_selection_and_counts_what_can_be_done(page: Page):
    expect(bar(page)).to_be_hidden()

    pick(page, "batch-a", "batch-b")

    expect(bar(page).get_by_text("2 selected")).to_be_visible()
    expect(bar(page).get_by_role("button", name="Disable")).to_have_text("Disable 2")
    expect(bar(page).get_by_role("button", name="Enable")).to_have_text("Enable 0")
    expect(page.get_by_role("searchbox", name="Find keys")).to_be_hidden()
    bar(page).get_by_role("button", name="Clear selection").click()
    expect(bar(page)).to_be_hidden()
    expect(page.get_by_role("searchbox", name="Find keys")).to_be_visible()


def test_all_of_the_page_are_picked_at_once(page: Page):
    page.get_by_role("checkbox", name="Select all keys of this page").check()

    expect(bar(page).get_by_text("3 selected")).to_be_visible()
    page.get_by_role("checkbox", name="Select: batch-a").uncheck()
    expect(bar(page).get_by_text("2 selected")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select all keys of this page")).not_to_be_checked()


def test_disabling_names_the_keys_and_tells_what_became_of_each(page: Page):
    pick(page, "batch-a", "batch-b")
    bar(page).get_by_role("button", name="Disable").click()
    dialog = page.get_by_role("dialog", name="Disable 2 keys")
    expect(dialog.get_by_role("listitem")).to_have_count(2)

    dialog.get_by_role("button", name="Disable").click()
    expect(dialog.get_by_text("Tick this to go on.")).to_be_visible()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Disable").click()

    result = page.get_by_role("dialog").get_by_role("list", name="What became of each key")
    expect(result.get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("heading", name="2 of 2 keys disabled")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(row_of(page, "batch-a")).to_contain_text("Disabled")
    expect(row_of(page, "batch-c")).to_contain_text("Enabled")


def test_a_tag_is_added_to_several_and_leads_to_them(page: Page):
    pick(page, "batch-b", "batch-c")
    bar(page).get_by_role("button", name="Add tag").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tag key").fill("team")
    dialog.get_by_label("Tag value").fill("orders")
    dialog.get_by_role("button", name="Add tag").click()
    expect(page.get_by_role("heading", name="Tag added to 2 of 2 keys")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()

    row_of(page, "batch-b").get_by_role("link", name="orders").last.click()

    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("link", name="Remove filter Tag team=orders")).to_be_visible()


def test_columns_are_chosen_and_remembered(page: Page):
    page.get_by_role("link", name="Choose columns").click()
    page.get_by_role("dialog").get_by_label("Origin").uncheck()

    page.get_by_role("dialog").get_by_role("button", name="OK").click()

    expect(page.get_by_role("columnheader", name="Origin")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="Origin")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Status")).to_be_visible()


def test_a_click_on_a_head_sorts_and_another_turns_it(page: Page):
    page.get_by_role("columnheader", name="Alias/ID").get_by_role("link").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("batch-a")

    page.get_by_role("columnheader", name="Alias/ID").get_by_role("link").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("batch-c")
    expect(page.get_by_role("columnheader", name="Alias/ID")).to_have_attribute("aria-sort", "descending")


def test_without_scripts_the_selection_is_acted_on_too(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account, java_script_enabled=False)
    make_key(page, account, alias="plain")
    page.goto(account.address("kms/keys"))

    pick(page, "plain")
    bar(page).get_by_role("button", name="Disable").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("main").get_by_role("button", name="Disable").click()

    expect(page.get_by_role("heading", name="1 of 1 key disabled")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Close").last.click()
    expect(row_of(page, "plain")).to_contain_text("Disabled")
