"""What the server alone knows is told in the dialog, and what was typed outlives even the session."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import (
    Account,
    Console,
    choose,
    expect_wrong,
    fill_in_sign_in,
    make_key,
    new_alias,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("way", ["leaving the field", "OK"])
def test_a_taken_alias_says_by_which_key(dialog: Locator, keys: Page, northwind: Account, way: str):
    alias = new_alias()
    key_id = make_key(keys, northwind, alias=alias)
    field = dialog.get_by_label("Alias")
    field.fill(alias)

    field.blur() if way != "OK" else dialog.get_by_role("button", name="OK").click()

    expect_wrong(field, f"Alias “{alias}” is taken by key {key_id}. Choose another alias.")


def test_an_alias_held_by_a_key_pending_deletion_says_until_when(dialog: Locator, keys: Page, northwind: Account):
    alias = new_alias()
    key_id = make_key(keys, northwind, alias=alias)
    statement = "UPDATE keys_key SET state = 4, deletion_at = '2099-11-30 12:00:00' WHERE id = %s"
    assert northwind.server.execute(statement, key_id.replace("-", ""))
    dialog.get_by_label("Alias").fill(alias)

    dialog.get_by_role("button", name="OK").click()

    expect_wrong(
        dialog.get_by_label("Alias"),
        f"Alias “{alias}” is held by key {key_id}, which is pending deletion until Nov 30, 2099. "
        "Cancel that deletion, or choose another alias.",
    )


def test_a_reached_quota_is_said_at_the_button_in_the_dialog_and_by_the_server(console: Console, account_of):
    account = account_of("--quota", "1")
    page = console.sign_in(account)
    make_key(page, account, project=account.projects["la-north-2"])
    page.reload()
    button = page.get_by_role("button", name="Create Key")
    expect(button).to_have_accessible_description(re.compile("1 of 1 used .*Quota reached: the administrator of this"))

    button.click()
    dialog = page.get_by_role("dialog", name="Create Key")
    expect(dialog.get_by_text("All 1 keys of the quota are used, over all regions")).to_be_visible()
    dialog.get_by_label("Alias").fill("one-too-many")
    dialog.get_by_role("button", name="OK").click()

    refusal = dialog.get_by_role("alert").filter(has_text="1 of 1 keys are used, over all regions")
    expect(refusal).to_be_visible()
    expect(refusal).to_be_focused()
    expect(dialog.get_by_label("Alias")).to_have_value("one-too-many")


def test_what_was_typed_outlives_the_session(dialog: Locator, keys: Page, northwind: Account):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)
    choose(dialog, "RSA_2048", "Encrypt and decrypt")
    dialog.get_by_label("Description").fill("For the orders")
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag key").fill("team")
    dialog.get_by_label("Tag value").fill("orders")
    keys.context.clear_cookies(name="session")

    dialog.get_by_role("button", name="OK").click()
    expect(keys.get_by_text("Your session has ended. Sign in again: what you typed is kept.")).to_be_visible()
    fill_in_sign_in(keys, northwind)

    expect(keys.get_by_role("heading", name="Create Key")).to_be_visible()
    expect(keys.get_by_label("Alias")).to_have_value(alias)
    expect(keys.get_by_label("Key Algorithm")).to_have_value("RSA_2048")
    expect(keys.get_by_role("radio", name="Encrypt and decrypt")).to_be_checked()
    expect(keys.get_by_label("Description")).to_have_value("For the orders")
    expect(keys.get_by_label("Tag key")).to_have_value("team")
    keys.get_by_role("button", name="OK", exact=True).click()
    expect(keys.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
