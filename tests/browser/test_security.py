"""Sessions ended from another browser, and the password asked again in the dialog that is open."""

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console, expect_wrong, fill_in_sign_in, make_key
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser
OLDER = """
            from datetime import timedelta
            from django.db.models import F
            from console.models import Session
            Session.objects.filter(user__account=account).update(begun_at=F("begun_at") - timedelta(minutes=16))"""


def test_a_session_elsewhere_is_ended_from_the_page_security(console: Console, account_of):
    account: Account = account_of()
    here = console.sign_in(account)
    there = console.visit(account.address())
    fill_in_sign_in(there, account)
    expect(there).to_have_url(account.address())

    here.get_by_role("button", name="Account menu").click()
    here.locator("#me").get_by_role("link", name="Security").click()
    expect(here.get_by_role("row").filter(has_text="This session")).to_have_count(1)
    here.get_by_role("button", name="Sign out everywhere else").click()

    expect(here.get_by_role("status").get_by_text("1 other session has ended.")).to_be_visible()
    there.get_by_role("link", name="Traces").click()
    expect(there.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_password_is_asked_again_where_a_key_is_deleted(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account)
    key_id = make_key(page, account)
    account.shell(OLDER)
    page.goto(account.address(f"kms/keys/{key_id}"))
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    dialog.get_by_label("Your password").fill("not it")

    dialog.get_by_role("button", name="OK").click()

    expect_wrong(dialog.get_by_label("Your password"), "This is not your password. Try again.")
    expect(dialog.get_by_label("Type DELETE to confirm")).to_have_value("DELETE")
    assert violations(page) == []

    dialog.get_by_label("Your password").fill(account.password)
    dialog.get_by_role("button", name="OK").click()

    expect(page.get_by_text("Pending deletion").first).to_be_visible()
