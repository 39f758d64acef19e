"""The dialog Create Key itself: opened once, left without a trace, its counter, its tags and what it proposes."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import Account, Console, make_key, new_alias, row_of

pytestmark = pytest.mark.browser


def test_the_dialog_proposes_an_alias_that_typing_replaces(dialog: Locator, keys: Page):
    expect(dialog.get_by_label("Alias")).to_have_value(re.compile("^KMS-[a-z0-9]{4}$"))
    expect(dialog.get_by_label("Alias")).to_be_focused()

    keys.keyboard.type("payments")

    expect(dialog.get_by_label("Alias")).to_have_value("payments")


def test_a_double_click_on_create_key_opens_one_dialog(keys: Page):
    asked: list[str] = []
    keys.on("request", lambda request: asked.append(request.url) if request.url.endswith("/create") else None)

    keys.get_by_role("button", name="Create Key").dblclick()
    expect(keys.get_by_role("dialog", name="Create Key")).to_be_visible()
    keys.keyboard.type("typed-at-once")
    keys.wait_for_load_state("networkidle")

    expect(keys.get_by_label("Alias")).to_have_value("typed-at-once")
    assert len(asked) == 1


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close"])
def test_leaving_the_dialog_makes_nothing_and_gives_the_focus_back(dialog: Locator, keys: Page, way: str):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)

    if way == "Escape":
        keys.keyboard.press(way)  # asks whether what was typed is meant to be lost
        keys.keyboard.press(way)
    else:
        dialog.get_by_role("button", name=way).click()

    expect(dialog).to_have_count(0)
    expect(keys.get_by_role("button", name="Create Key")).to_be_focused()
    keys.reload()
    expect(row_of(keys, alias)).to_have_count(0)


def test_the_description_is_counted_as_it_is_typed(dialog: Locator):
    dialog.get_by_label("Description").fill("密钥 🔑")

    expect(dialog.get_by_text("4 / 255")).to_be_visible()


def test_tags_are_added_and_deleted(dialog: Locator):
    expect(dialog.get_by_label("Tag key")).to_have_count(0)
    expect(dialog.get_by_text("20 more can be added")).to_be_visible()
    add = dialog.get_by_role("button", name="Add tag")

    for number in range(20):
        add.click()
        expect(dialog.get_by_label("Tag key").nth(number)).to_be_focused()
        # An empty one would be told of below it, and move the button away from under a slow click.
        dialog.get_by_label("Tag key").nth(number).fill(f"key-{number}")
    expect(dialog.get_by_text("0 more can be added")).to_be_visible()
    expect(add).to_have_attribute("aria-disabled", "true")
    add.click(force=True)
    expect(dialog.get_by_label("Tag key")).to_have_count(20)
    dialog.get_by_role("button", name="Delete").nth(4).click()

    expect(dialog.get_by_label("Tag key")).to_have_count(19)
    expect(dialog.get_by_text("1 more can be added")).to_be_visible()


def test_the_accounts_tags_are_suggested(keys: Page, northwind: Account):
    make_key(keys, northwind, **{"tag-1-key": "cost-centre", "tag-1-value": "4711"})
    keys.get_by_role("button", name="Create Key").click()
    dialog = keys.get_by_role("dialog", name="Create Key")

    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag key").fill("cost-centre")
    dialog.get_by_label("Tag value").focus()

    expect(dialog.locator("#tag-keys option[value='cost-centre']")).to_have_count(1)
    values = dialog.get_by_label("Tag value").get_attribute("list")
    expect(dialog.locator(f"#{values} option[value='4711']")).to_have_count(1)


def test_enterprise_projects_are_offered_to_enterprise_accounts_only(dialog: Locator, console: Console, account_of):
    expect(dialog.get_by_label("Enterprise Project").locator("option:checked")).to_have_text("default")

    page = console.sign_in(account_of())
    page.get_by_role("button", name="Create Key").click()

    expect(page.get_by_role("dialog", name="Create Key")).to_be_visible()
    expect(page.get_by_label("Enterprise Project")).to_have_count(0)
