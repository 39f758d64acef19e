"""Step 1: sign in with account, user and password."""

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console, fill_in_sign_in

pytestmark = pytest.mark.browser


def test_account_user_and_password_lead_to_the_keys(console: Console, northwind: Account):
    page = console.visit(northwind.server.url)

    fill_in_sign_in(page, northwind)

    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Region: ")).to_be_visible()


def test_signing_in_leads_to_the_address_that_was_asked_for(console: Console, northwind: Account):
    page = console.visit(northwind.address("password", northwind.projects["eu-west-101"]))

    fill_in_sign_in(page, northwind)

    expect(page).to_have_url(northwind.address("password", northwind.projects["eu-west-101"]))


def test_signing_in_never_leads_to_another_site(console: Console, northwind: Account):
    page = console.visit(f"{northwind.server.url}/sign-in?next=//example.org/keys")

    fill_in_sign_in(page, northwind)

    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()


@pytest.mark.parametrize("wrong", ["Account", "User", "Password"])
def test_one_sentence_for_whatever_is_wrong_and_the_password_is_asked_again(
    console: Console, northwind: Account, wrong: str
):
    page = console.visit(northwind.server.url)
    page.get_by_label("Account").fill("nobody" if wrong == "Account" else northwind.name)
    page.get_by_label("User").fill("nobody" if wrong == "User" else northwind.user)
    page.get_by_label("Password", exact=True).fill("not it" if wrong == "Password" else northwind.password)

    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_have_text("Account, user or password is wrong. Check all three and try again.")
    expect(page.get_by_label("User")).to_have_value("nobody" if wrong == "User" else northwind.user)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


def test_empty_fields_are_told_beside_each(console: Console, northwind: Account):
    page = console.visit(northwind.server.url)

    page.get_by_role("button", name="Log in").click()

    for label, error in (("Account", "account"), ("User", "user"), ("Password", "password")):
        field = page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(f"Enter the {error}.")


def test_what_is_typed_as_password_can_be_shown(console: Console, northwind: Account):
    page = console.visit(northwind.server.url)
    field = page.get_by_label("Password", exact=True)
    field.fill("correct horse")
    expect(field).to_have_attribute("type", "password")

    page.get_by_role("button", name="Show what is typed").click()

    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value("correct horse")


def test_signing_out_ends_the_session(console: Console, account_of):
    account = account_of()
    page = console.visit(account.address())
    fill_in_sign_in(page, account)
    page.get_by_role("button", name="Account menu").click()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.goto(account.address())
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_a_new_password_opens_and_the_old_one_does_not(console: Console, account_of):
    account = account_of()
    page = console.visit(account.address("password"))
    fill_in_sign_in(page, account)
    page.get_by_label("Old password").fill(account.password)
    page.get_by_label("New password", exact=True).fill("a horse of another colour")
    page.get_by_label("New password confirmation").fill("a horse of another colour")

    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_role("status")).to_contain_text("Password changed.")
    other = console.visit(account.address())
    fill_in_sign_in(other, account)
    expect(other.get_by_role("alert")).to_be_visible()
    account.password = "a horse of another colour"
    fill_in_sign_in(other, account)
    expect(other).to_have_url(account.address())
