"""Four eyes in real browsers: one administrator asks, the other approves; and a role is put together with a click."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console, make_key, new_alias

pytestmark = pytest.mark.browser


def test_one_asks_and_the_other_approves(console: Console, account_of) -> None:
    account: Account = account_of()
    second = account.colleague("second")
    account.shell("""
            from console.models import User
            from console.operations.second_administrator import turn_approval_on
            update_user(Caller.server(account), User.objects.get(login="second", account=account), is_owner=True)
            turn_approval_on(Caller.server(account))""")
    page = console.sign_in(account)
    alias = new_alias()
    page.goto(account.address(f"kms/keys/{make_key(page, account, alias=alias)}"))

    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("A second administrator has to approve this")).to_be_visible()
    dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    dialog.get_by_role("button", name="OK").click()
    expect(page.get_by_role("status").get_by_text("Sent for approval.")).to_be_visible()
    expect(page.get_by_text("Waits for approval since")).to_be_visible()

    other = console.sign_in(second, second.address("approvals"))
    expect(other.get_by_role("link", name=re.compile("Approvals 1 waiting"))).to_be_visible()
    other.get_by_role("button", name=f"Approve: {alias}").click()
    other.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(other.get_by_text(f"Approved and done: Delete key {alias} after 7 days")).to_be_visible()
    expect(other.get_by_role("heading", name="Nothing waits for approval")).to_be_visible()
    expect(other.get_by_role("link", name="Approvals", exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_text("Pending deletion").first).to_be_visible()


def test_a_role_is_put_together_with_a_click(console: Console, account_of) -> None:
    account: Account = account_of()
    page = console.sign_in(account, account.address("roles/create"))
    rotation = page.get_by_role("group", name="Rotation")

    rotation.get_by_role("button", name="Choose all").click()
    rotation.get_by_label("Switch rotation off").uncheck()
    expect(rotation.get_by_role("button", name="Choose all")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Rotators")
    page.get_by_role("textbox", name="Name").press("Enter")

    expect(page.get_by_role("status").get_by_text("Role “Rotators” created.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Rotators"))).to_contain_text("1 Read")
