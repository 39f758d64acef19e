"""Who lacks `kms:cmk:create` sees no way to use it, and is told who can give it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, post

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reader(northwind: Account) -> Account:
    """A user who may read keys and their tags, no more."""
    return northwind.colleague("reader", "KMS CMKReadOnlyAccess")


@pytest.fixture(scope="module")
def nobody(northwind: Account) -> Account:
    """A user without any role."""
    return northwind.colleague("nobody")


def test_the_button_is_not_there(console: Console, reader: Account):
    page = console.sign_in(reader)

    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Create Key")).to_have_count(0)


def test_the_empty_list_says_which_role_would_help(console: Console, account_of):
    page = console.sign_in(account_of().colleague("reader", "KMS CMKReadOnlyAccess"))

    expect(page.get_by_text("The administrator of your account can give you KMS CMKFullAccess.")).to_be_visible()


def test_the_address_of_the_dialog_is_refused_with_permission_and_giver(
    console: Console, reader: Account, northwind: Account
):
    console.watch.expect_answer(403)
    page = console.sign_in(reader)

    answer = page.goto(reader.address("kms/keys/create"))

    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", name="You may not do this here")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("permission kms:cmk:create is missing")
    expect(page.get_by_role("main")).to_contain_text("KMS CMKFullAccess")
    expect(page.get_by_role("main")).to_contain_text(f"account administrator {northwind.user}")


def test_a_forged_form_gets_403_and_makes_nothing(console: Console, reader: Account):
    page = console.sign_in(reader)

    answer = post(page, reader.address("kms/keys/create"), alias="forged-by-reader", key_spec="AES_256")

    assert answer.status == 403
    assert "kms:cmk:create" in answer.text()
    page.reload()
    expect(page.get_by_role("link", name="forged-by-reader")).to_have_count(0)


def test_a_right_lost_with_the_dialog_open_is_told_above_it(console: Console, account_of):
    account = account_of()
    changing = account.colleague("changing", "KMS CMKFullAccess")
    console.watch.expect_answer(403)
    page = console.sign_in(changing)
    page.get_by_role("button", name="Create Key").click()
    dialog = page.get_by_role("dialog", name="Create Key")
    dialog.get_by_label("Alias").fill("typed-meanwhile")
    account.shell("""
            update_user(Caller.server(account), account.users.get(login="changing"), roles=[])""")

    dialog.get_by_role("button", name="OK").click()

    problem = page.get_by_text("permission kms:cmk:create is missing")
    expect(problem).to_be_visible()
    expect(dialog.get_by_label("Alias")).to_have_value("typed-meanwhile")
    problem.click(timeout=2000)  # possible only where the dialog does not cover it


def test_a_reader_sees_the_key_and_can_change_nothing(
    console: Console, keys: Page, northwind: Account, reader: Account
):
    key_id = make_key(keys, northwind, description="To be read", **{"tag-1-key": "team", "tag-1-value": "orders"})

    page = console.sign_in(reader, reader.address(f"kms/keys/{key_id}"))

    expect(page.get_by_text("To be read")).to_be_visible()
    expect(page.get_by_role("row", name="team orders")).to_be_visible()
    for button in ("Edit alias", "Edit description", "Add tag", "Delete: team"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    for button, action in (("Disable", "kms:cmk:disable"), ("Delete", "kms:cmk:update")):
        act = page.get_by_role("button", name=button, exact=True)
        expect(act).to_have_attribute("aria-disabled", "true")
        expect(act).to_have_accessible_description(re.compile(re.escape(action)))


@pytest.mark.parametrize(
    ("page_of_key", "fields", "permission"),
    [
        ("alias", {"text": "forged"}, "kms:cmk:update"),
        ("description", {"text": "forged"}, "kms:cmk:update"),
        ("tags", {"tag_key": "forged"}, "kms:cmkTag:create"),
        ("tags/delete", {"tag_key": "team"}, "kms:cmkTag:delete"),
    ],
)
def test_a_forged_change_gets_403(
    console: Console, keys: Page, northwind: Account, reader: Account, page_of_key: str, fields, permission: str
):
    key_id = make_key(keys, northwind)
    page = console.sign_in(reader)

    answer = post(page, reader.address(f"kms/keys/{key_id}/{page_of_key}"), **fields)

    assert answer.status == 403
    assert permission in answer.text()


def test_who_may_not_even_list_keys_is_told_so(console: Console, nobody: Account):
    console.watch.expect_answer(403)

    page = console.sign_in(nobody)

    expect(page.get_by_role("main")).to_contain_text("permission kms:cmk:list is missing")
    expect(page.get_by_role("button", name="Account menu")).to_be_visible()
