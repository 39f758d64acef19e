"""Every page works without JavaScript too, as a whole page at the same address."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, fill_in_sign_in, make_key, new_alias

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(console: Console, northwind: Account) -> Page:
    """The key list of `northwind` in a browser without JavaScript."""
    return console.sign_in(northwind, java_script_enabled=False)


def test_one_signs_in(console: Console, northwind: Account):
    page = console.visit(northwind.address("password"), java_script_enabled=False)

    fill_in_sign_in(page, northwind)

    expect(page).to_have_url(northwind.address("password"))


def test_a_key_is_created_with_usage_and_tags(plain: Page, northwind: Account):
    alias = new_alias()
    plain.get_by_role("button", name="Create Key").click()
    expect(plain).to_have_url(re.compile(re.escape(northwind.address("kms/keys/create"))))
    expect(plain.get_by_label("Alias")).to_have_value(re.compile("^KMS-[a-z0-9]{4}$"))
    plain.get_by_label("Alias").fill(alias)
    plain.get_by_label("Key Algorithm").select_option("RSA_2048")
    plain.get_by_role("button", name="Show the usages of this algorithm").click()
    expect(plain.get_by_role("radio", name="Sign and verify")).to_be_checked()
    plain.get_by_role("radio", name="Encrypt and decrypt").check()
    for number in range(2):
        plain.get_by_role("button", name="Add tag").click()
        plain.get_by_label("Tag key").nth(number).fill(f"key-{number}")
        plain.get_by_label("Tag value").nth(number).fill("one value")
    plain.get_by_role("button", name="Delete").first.click()
    expect(plain.get_by_label("Tag key")).to_have_count(1)
    expect(plain.get_by_label("Alias")).to_have_value(alias)
    expect(plain.get_by_role("radio", name="Encrypt and decrypt")).to_be_checked()

    plain.get_by_role("button", name="OK", exact=True).click()

    expect(plain.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
    row = plain.get_by_role("row").nth(1)
    for text in (alias, "New", "RSA_2048", "Encrypt and decrypt", "key-1"):
        expect(row).to_contain_text(text)
    plain.get_by_role("link", name="View key").click()
    expect(plain.get_by_role("heading", name=alias)).to_be_visible()


def test_the_default_usage_holds_for_an_algorithm_whose_usages_were_not_shown(plain: Page):
    alias = new_alias()
    plain.get_by_role("button", name="Create Key").click()
    plain.get_by_label("Alias").fill(alias)
    plain.get_by_label("Key Algorithm").select_option("HMAC_512")

    plain.get_by_role("button", name="OK", exact=True).click()

    expect(plain.get_by_role("row").nth(1)).to_contain_text("HMAC_512Generate and verify MAC")


def test_enter_is_ok(plain: Page):
    alias = new_alias()
    plain.get_by_role("button", name="Create Key").click()
    plain.get_by_label("Alias").fill(alias)

    plain.get_by_label("Alias").press("Enter")

    expect(plain.get_by_role("row").nth(1)).to_contain_text(alias)


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(plain: Page):
    plain.get_by_role("button", name="Create Key").click()
    plain.get_by_label("Alias").fill("two words")
    plain.get_by_label("Description").fill("Kept")

    plain.get_by_role("button", name="OK", exact=True).click()

    expect(plain.get_by_label("Alias")).to_have_attribute("aria-invalid", "true")
    expect(plain.get_by_label("Alias")).to_have_accessible_description(re.compile("^Use 1 to 255 characters"))
    expect(plain.get_by_label("Alias")).to_have_value("two words")
    expect(plain.get_by_label("Description")).to_have_value("Kept")


def test_what_was_typed_outlives_the_session(plain: Page, northwind: Account):
    alias = new_alias()
    plain.get_by_role("button", name="Create Key").click()
    plain.get_by_label("Alias").fill(alias)
    plain.context.clear_cookies(name="session")

    plain.get_by_role("button", name="OK", exact=True).click()
    expect(plain.get_by_text("Your session has ended.")).to_be_visible()
    fill_in_sign_in(plain, northwind)

    expect(plain.get_by_label("Alias")).to_have_value(alias)


def test_cancel_leads_back_to_the_list(plain: Page, northwind: Account):
    plain.get_by_role("button", name="Create Key").click()

    plain.get_by_role("button", name="Cancel").click()

    expect(plain).to_have_url(re.compile(f"^{re.escape(northwind.address())}[?]?$"))


def test_a_key_is_edited_and_tagged(plain: Page, northwind: Account):
    alias = new_alias()
    plain.goto(northwind.address(f"kms/keys/{make_key(plain, northwind)}"))

    plain.get_by_role("button", name="Edit alias").click()
    plain.get_by_role("textbox", name="Alias").fill(alias)
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("heading", name=alias)).to_be_visible()
    plain.get_by_role("button", name="Edit description").click()
    plain.get_by_role("textbox", name="Description").fill("Edited")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Edited")).to_be_visible()
    plain.get_by_label("Tag key").fill("team")
    plain.get_by_role("button", name="Add tag").click()
    plain.get_by_role("button", name="Delete: team").click()

    expect(plain.get_by_role("status").get_by_text("Tag “team” deleted.")).to_be_visible()


def test_region_and_project_are_chosen(plain: Page, northwind: Account):
    plain.get_by_role("button", name="Region: ").click()
    plain.get_by_role("link", name="All regions and projects").click()
    plain.get_by_role("searchbox").fill("dublin")
    plain.get_by_role("searchbox").press("Enter")

    plain.get_by_role("main").get_by_role("link", name="eu-west-101").click()

    expect(plain).to_have_url(northwind.address(project=northwind.projects["eu-west-101"]))


def test_language_and_appearance_are_chosen(plain: Page):
    plain.get_by_role("button", name="Account menu").click()
    plain.get_by_role("button", name="Dark").click()
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")

    plain.get_by_role("banner").get_by_role("button", name="简体中文").first.click()

    expect(plain.locator("html")).to_have_attribute("lang", "zh-Hans")
