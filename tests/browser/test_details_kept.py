"""The key's page when the right or the session is gone meanwhile: it is told, and what was typed is kept."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, fill_in_sign_in, make_key, new_alias

pytestmark = pytest.mark.browser


@pytest.fixture
def key(keys: Page, northwind: Account) -> Page:
    """The page of a new key."""
    keys.goto(northwind.address(f"kms/keys/{make_key(keys, northwind)}"))
    return keys


def test_an_edit_outlives_the_session(key: Page, northwind: Account):
    alias = new_alias()
    key.get_by_role("button", name="Edit alias").click()
    key.get_by_role("textbox", name="Alias").fill(alias)
    key.context.clear_cookies(name="session")

    key.get_by_role("button", name="Save").click()
    expect(key.get_by_role("button", name="Log in")).to_be_visible()
    fill_in_sign_in(key, northwind)

    expect(key.get_by_role("textbox", name="Alias")).to_have_value(alias)
    key.get_by_role("button", name="Save").click()
    expect(key.get_by_role("heading", name=alias)).to_be_visible()


def test_a_right_lost_while_editing_is_told(console: Console, account_of):
    account = account_of()
    changing = account.colleague("changing", "KMS CMKFullAccess")
    page = console.sign_in(changing)
    key_id = make_key(page, changing)
    page.goto(changing.address(f"kms/keys/{key_id}"))
    page.get_by_role("button", name="Edit alias").click()
    page.get_by_role("textbox", name="Alias").fill("typed-meanwhile")
    console.watch.expect_answer(403)
    account.shell("""
            reader = account.users.get(login="changing")
            update_user(Caller.server(account), reader, roles=[RoleWish("KMS CMKReadOnlyAccess")])""")

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_contain_text("permission kms:cmk:update is missing")
    expect(page.get_by_role("textbox", name="Alias")).to_have_value("typed-meanwhile")


def test_a_new_tag_outlives_the_session(key: Page, northwind: Account):
    key.get_by_label("Tag key").fill("kept")
    key.get_by_label("Tag value").fill("as typed")
    key.context.clear_cookies(name="session")

    key.get_by_role("button", name="Add tag").click()
    expect(key.get_by_role("button", name="Log in")).to_be_visible()
    fill_in_sign_in(key, northwind)

    expect(key.get_by_label("Tag key")).to_have_value("kept")
    expect(key.get_by_label("Tag value")).to_have_value("as typed")
