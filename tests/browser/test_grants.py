"""The tab *Grants* in the browser: granting, revoking, and who may use the key, and why."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, new_alias

pytestmark = pytest.mark.browser


@pytest.fixture
def granted(console: Console, northwind: Account) -> tuple[Page, str]:
    """The tab of a new key, and the login of a colleague without roles."""
    login = new_alias()
    northwind.colleague(login)
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    page.goto(northwind.address(f"kms/keys/{make_key(page, northwind)}"))
    page.get_by_role("navigation", name="Parts of the key").get_by_role("link", name="Grants").click()
    return page, login


def test_a_grant_is_created_by_name_and_revoked(granted: tuple[Page, str]):
    page, login = granted
    expect(page.get_by_role("heading", name="No grants yet")).to_be_visible()
    page.get_by_role("button", name="Create grant").click()
    dialog = page.get_by_role("dialog", name="Create grant")
    dialog.get_by_label("Grantee").fill(login)
    dialog.get_by_role("button", name="OK").click()
    expect(dialog.get_by_text("Name one or more operations to grant")).to_be_visible()
    expect(dialog.get_by_label("Grantee")).to_have_value(login)
    dialog.get_by_role("checkbox", name="encrypt-data", exact=True).check()
    dialog.get_by_role("checkbox", name="decrypt-data", exact=True).check()
    dialog.get_by_label("Name").fill("app")

    dialog.get_by_role("button", name="OK").click()

    row = page.get_by_role("row").filter(has_text="app")
    expect(row).to_contain_text(login)
    expect(row).to_contain_text("encrypt-data")
    expect(page.get_by_text("1 of 100 grants")).to_be_visible()
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog", name="Revoke grant “app”").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="No grants yet")).to_be_visible()


def test_who_may_use_the_key_is_told(granted: tuple[Page, str], northwind: Account):
    page, login = granted

    page.get_by_role("link", name="Who may use it, and why").click()
    page.get_by_role("searchbox", name="Find users").fill(login)
    page.get_by_role("searchbox", name="Find users").press("Enter")

    expect(page.get_by_role("row").filter(has_text=login)).to_contain_text("No role and no grant covers this key")
    page.get_by_role("searchbox", name="Find users").fill("")
    page.get_by_role("searchbox", name="Find users").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Manages the account")).to_contain_text("encrypt-data")
