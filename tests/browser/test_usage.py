"""Home, Usage and Verify trail in the browser, where a real program called the API."""

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console, make_key

pytestmark = pytest.mark.browser


def test_home_leads_to_a_first_key(console: Console, account_of):
    page = console.sign_in(account_of())
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Where to start")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="Create Key").click()

    expect(page.get_by_role("heading", name="Create Key")).to_be_visible()


def test_a_use_of_a_key_is_seen_in_usage(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account, viewport={"width": 1440, "height": 900})
    key_id = make_key(page, account, alias="counted")
    page.goto(account.address(f"kms/keys/{key_id}/tool/encrypt"))
    page.get_by_label("Plaintext", exact=True).fill("hello")
    page.get_by_role("button", name="Execute").click()
    expect(page.get_by_text("Encrypted.")).to_be_visible()

    page.get_by_role("link", name="Usage").click()

    expect(page.get_by_role("row").filter(has_text="counted")).to_contain_text("1")
    expect(page.get_by_role("img", name="Bars, one a day")).to_be_visible()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("region", name="Calls by day").get_by_role("row").nth(1)).to_be_visible()


def test_the_trail_is_verified(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account)
    make_key(page, account)
    page.get_by_role("link", name="Traces").click()
    page.get_by_role("link", name="Verify trail").click()

    page.get_by_role("dialog").get_by_role("button", name="Verify", exact=True).click()

    expect(page.get_by_role("dialog").get_by_text("The trail is intact.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
        page.get_by_role("link", name="Export as CSV").click()
    assert download.value.suggested_filename.startswith("traces-")
