"""A key is disabled, enabled, deleted and kept, from its own page and from the list, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, expect_wrong, make_key, new_alias, row_of

pytestmark = pytest.mark.browser


@pytest.fixture
def alias() -> str:
    return new_alias()


@pytest.fixture
def key(keys: Page, northwind: Account, alias: str) -> Page:
    """The page of a new key."""
    keys.goto(northwind.address(f"kms/keys/{make_key(keys, northwind, alias=alias)}"))
    return keys


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").get_by_text(text)).to_be_visible()


def test_a_key_is_disabled_and_enabled_again_from_its_page(key: Page, alias: str):
    key.get_by_role("button", name="Disable").click()
    dialog = key.get_by_role("dialog", name=f"Disable key “{alias}”")
    expect(dialog.get_by_role("definition").filter(has_text="Never")).to_be_visible()
    dialog.get_by_role("button", name="OK").click()
    expect_wrong(dialog.get_by_role("checkbox"), "Tick this to go on.")
    dialog.get_by_role("checkbox", name="I understand that services using this key").check()
    dialog.get_by_role("button", name="OK").click()

    said(key, f"Key “{alias}” disabled.")
    expect(dialog).to_be_hidden()
    expect(key.get_by_role("button", name="Enable")).to_be_visible()

    key.get_by_role("button", name="Enable").focus()
    key.keyboard.press("Enter")
    key.get_by_role("dialog").get_by_role("button", name="OK").click()

    said(key, f"Key “{alias}” enabled.")
    expect(key.get_by_role("button", name="Disable")).to_be_visible()


def test_a_key_is_deleted_from_the_list_and_kept_after_all(keys: Page, northwind: Account, alias: str):
    key_id = make_key(keys, northwind, alias=alias)
    keys.goto(northwind.address(f"kms/keys/{key_id}"))
    keys.get_by_role("button", name="Delete", exact=True).click()
    dialog = keys.get_by_role("dialog", name=f"Delete key “{alias}”")
    expect(dialog.get_by_label("Type DELETE to confirm")).to_be_focused()
    before = dialog.get_by_text("the deletion can be canceled").text_content()
    dialog.get_by_label("Delete after, in days").fill("30")
    expect(dialog.get_by_text("the deletion can be canceled")).not_to_have_text(before or "")
    dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    dialog.get_by_role("button", name="OK").click()
    said(keys, f"Key “{alias}” will be deleted on")

    keys.goto(northwind.address())
    expect(row_of(keys, alias).get_by_text("Pending deletion")).to_be_visible()
    row_of(keys, alias).get_by_role("link", name="Cancel deletion").click()
    keys.get_by_role("dialog").get_by_role("button", name="OK").click()

    said(keys, "Its status is: Disabled.")
    expect(row_of(keys, alias).get_by_text("Disabled")).to_be_visible()
    expect(keys).to_have_url(northwind.address())


def test_instead_of_deleting_a_key_it_is_disabled(key: Page, alias: str):
    key.get_by_role("button", name="Delete", exact=True).click()
    key.get_by_role("link", name="Disable instead").click()

    expect(key.get_by_role("dialog", name=f"Disable key “{alias}”")).to_be_visible()
    expect(key.get_by_role("dialog", name=f"Delete key “{alias}”")).to_be_hidden()


def test_esc_closes_the_dialog_and_the_focus_is_back_where_it_was(key: Page):
    key.get_by_role("button", name="Disable").click()
    expect(key.get_by_role("dialog")).to_be_visible()
    key.keyboard.press("Escape")

    expect(key.get_by_role("dialog")).to_be_hidden()
    expect(key.get_by_role("button", name="Disable")).to_be_focused()


def test_it_works_without_javascript(console: Console, northwind: Account, keys: Page, alias: str):
    key_id = make_key(keys, northwind, alias=alias)
    address = northwind.address(f"kms/keys/{key_id}")
    page = console.sign_in(northwind, address, java_script_enabled=False)

    page.get_by_role("button", name="Disable").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="OK").click()

    said(page, f"Key “{alias}” disabled.")
    expect(page).to_have_url(re.compile(re.escape(address)))


def test_a_key_rotates_and_has_aliases(key: Page):
    key.get_by_role("link", name="Rotation policy").click()
    key.get_by_role("button", name="Switch rotation on").click()
    said(key, "Rotation switched on.")
    key.get_by_label("Rotation period, in days").fill("29")
    key.get_by_role("button", name="Save period").click()
    expect_wrong(key.get_by_label("Rotation period, in days"), "Set a rotation interval of 30 to 365 days.")
    key.get_by_label("Rotation period, in days").fill("90")
    key.get_by_role("button", name="Save period").click()
    said(key, "Rotation period changed.")
    key.get_by_role("button", name="Rotate now").click()
    expect(key.get_by_role("row", name="Rotation on demand")).to_be_visible()

    alias = new_alias()
    key.get_by_role("link", name="Aliases").click()
    key.get_by_role("textbox", name="Alias").fill(f"alias/{alias}")
    key.get_by_role("button", name="Create alias").click()
    said(key, f"Alias “alias/{alias}” created.")
    key.get_by_role("button", name=f"Delete: alias/{alias}").click()
    expect(key.get_by_text("No aliases yet.")).to_be_visible()
