"""Users and roles, enterprise projects and projects in the browser: an administrator's work from page to page."""

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console, new_alias

pytestmark = pytest.mark.browser


def test_a_user_is_made_given_a_role_and_kept_from_signing_in(console: Console, northwind: Account):
    login = new_alias()
    page = console.sign_in(northwind)
    page.get_by_role("link", name="Users and roles").click()
    page.get_by_role("link", name="Create user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(login)
    dialog.get_by_role("button", name="OK").click()
    expect(page.get_by_role("dialog").get_by_text("Copy the password now")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="I have kept it").click()

    page.get_by_role("searchbox", name="Find users").fill(login)
    page.get_by_role("searchbox", name="Find users").press("Enter")
    page.get_by_role("link", name=login).click()
    page.get_by_label("Role", exact=True).select_option("KMS User")
    page.get_by_role("button", name="Give role").click()
    expect(page.get_by_role("cell", name="KMS User", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="All projects", exact=True)).to_be_visible()

    page.get_by_role("link", name="Keep from signing in").click()
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(page.get_by_role("main").get_by_text("May not sign in")).to_be_visible()
    page.get_by_role("link", name="Take away: KMS User").click()
    page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    expect(page.get_by_text("No roles: without a grant")).to_be_visible()


def test_a_project_is_made_and_gone_to(console: Console, northwind: Account):
    name = new_alias().replace("-", "_")
    page = console.sign_in(northwind)
    page.get_by_role("button", name="Region: ").click()
    page.get_by_role("link", name="Manage projects").click()
    page.get_by_role("button", name="Create project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Description").fill("For the tests")

    dialog.get_by_role("button", name="OK").click()

    page.get_by_role("link", name="Go there").click()
    expect(page.get_by_role("button", name=f"/ {name}")).to_be_visible()


def test_an_enterprise_project_is_made_and_renamed(console: Console, northwind: Account):
    name = new_alias()
    page = console.sign_in(northwind)
    page.get_by_role("link", name="Enterprise projects").click()
    page.get_by_role("button", name="Create enterprise project").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Enabled")

    page.get_by_role("button", name=f"Edit: {name}").click()
    page.get_by_role("dialog").get_by_label("Name").fill(f"{name}-2")
    page.get_by_role("dialog").get_by_label("Enabled: takes new keys").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="OK").click()

    expect(page.get_by_role("row").filter(has_text=f"{name}-2")).to_contain_text("Disabled")
