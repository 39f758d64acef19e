"""Steps 4 to 6: the dialog Create Key, and the new key in the list."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.support import Account, Console, choose, new_alias, row_of

pytestmark = pytest.mark.browser

ENCRYPT, SIGN, MAC = "Encrypt and decrypt", "Sign and verify", "Generate and verify MAC"
TABLE_1 = {
    "AES_256": [ENCRYPT],
    "SM4": [ENCRYPT],
    "HMAC_256": [MAC],
    "HMAC_384": [MAC],
    "HMAC_512": [MAC],
    "HMAC_SM3": [MAC],
    "RSA_2048": [SIGN, ENCRYPT],
    "RSA_3072": [SIGN, ENCRYPT],
    "RSA_4096": [SIGN, ENCRYPT],
    "EC_P256": [SIGN],
    "EC_P384": [SIGN],
}
HELP = {
    "AES_256": re.compile("AES symmetric key"),
    "SM4": re.compile("SM4 symmetric key"),
    "HMAC_256": re.compile("256 bits.*SHA-256"),
    "HMAC_384": re.compile("384 bits.*SHA-384"),
    "HMAC_512": re.compile("512 bits.*SHA-512"),
    "HMAC_SM3": re.compile("SM3 symmetric key"),
    "RSA_2048": re.compile("RSA asymmetric key of 2048 bits"),
    "RSA_3072": re.compile("RSA asymmetric key of 3072 bits"),
    "RSA_4096": re.compile("RSA asymmetric key of 4096 bits"),
    "EC_P256": re.compile("P-256"),
    "EC_P384": re.compile("P-384"),
}


def ok(dialog: Locator) -> None:
    dialog.get_by_role("button", name="OK").click()


def test_the_seven_steps_of_the_users_guide(console: Console, northwind: Account):
    page = console.visit(northwind.server.url)
    page.get_by_label("Account").fill(northwind.name)
    page.get_by_label("User").fill(northwind.user)
    page.get_by_label("Password", exact=True).fill(northwind.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Region: ").click()
    page.get_by_role("link", name="ap-southeast-3").click()
    page.get_by_role("button", name="Service List").click()
    page.get_by_role("navigation", name="Service List").get_by_role("link", name="Data Encryption Workshop").click()
    alias = new_alias()
    page.get_by_role("button", name="Create Key").click()
    dialog = page.get_by_role("dialog", name="Create Key")
    dialog.get_by_label("Alias").fill(alias)
    choose(dialog, "RSA_3072", ENCRYPT)
    dialog.get_by_label("Description").fill("Signs the orders\nof Singapore")
    dialog.get_by_label("Enterprise Project").select_option(label="default")
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag key").fill("team")
    dialog.get_by_label("Tag value").fill("orders")
    ok(dialog)

    expect(page.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").nth(1)
    for text in (alias, "New", "Enabled", "RSA_3072", ENCRYPT, "Key Management Service", "default", "team"):
        expect(row).to_contain_text(text)
    row.get_by_role("link", name=alias, exact=True).click()
    expect(page.get_by_role("heading", name=alias)).to_be_visible()
    expect(page.get_by_text("Signs the orders\nof Singapore")).to_be_visible()


@pytest.mark.parametrize("spec", TABLE_1)
def test_every_algorithm_of_table_1_makes_a_key_with_its_default_usage(dialog: Locator, keys: Page, spec: str):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)

    dialog.get_by_label("Key Algorithm").select_option(spec)

    usages = dialog.get_by_role("group", name="Usage").get_by_role("radio")
    expect(usages).to_have_count(len(TABLE_1[spec]))
    for radio, usage in zip(usages.all(), TABLE_1[spec], strict=True):
        expect(radio).to_have_accessible_name(re.compile(f"^{usage}"))
        expect(radio).to_have_accessible_description("Usage can't be changed after creation.")
    expect(usages.first).to_be_checked()
    expect(dialog.get_by_label("Key Algorithm")).to_have_accessible_description(HELP[spec])
    ok(dialog)
    expect(row_of(keys, alias)).to_contain_text("Enabled")
    expect(row_of(keys, alias)).to_contain_text(f"{spec}{TABLE_1[spec][0]}")


def test_ok_at_once_after_the_algorithm_takes_the_default_usage_of_that_algorithm(dialog: Locator, keys: Page):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)
    held: list[Route] = []
    keys.route("**/create/usages*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it

    with keys.expect_request("**/create/usages*"):
        dialog.get_by_label("Key Algorithm").select_option("EC_P384")
    ok(dialog)
    held[0].continue_()

    expect(row_of(keys, alias)).to_contain_text(f"EC_P384{SIGN}")


def test_a_usage_picked_before_gives_way_to_the_default_of_another_algorithm(dialog: Locator):
    choose(dialog, "RSA_2048", ENCRYPT)

    dialog.get_by_label("Key Algorithm").select_option("RSA_4096")

    expect(dialog.get_by_role("radio", name=SIGN)).to_be_checked()


def test_the_algorithms_are_grouped_and_aes_256_is_proposed(dialog: Locator):
    algorithms = dialog.get_by_label("Key Algorithm")

    expect(algorithms).to_have_value("AES_256")
    assert algorithms.locator("option").all_inner_texts() == list(TABLE_1)
    groups = [one.get_attribute("label") or "" for one in algorithms.locator("optgroup").all()]
    assert groups
    assert all(group.startswith(("Symmetric", "Asymmetric")) for group in groups)


def test_the_proposed_values_alone_make_a_key(dialog: Locator, keys: Page):
    alias = dialog.get_by_label("Alias").input_value()

    keys.keyboard.press("Enter")

    expect(row_of(keys, alias)).to_contain_text(f"AES_256{ENCRYPT}")


def test_the_message_has_a_link_to_the_key_and_can_be_dismissed(dialog: Locator, keys: Page):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)
    ok(dialog)
    link = keys.get_by_role("status").get_by_role("link", name="View key")
    address = link.get_attribute("href")

    keys.get_by_role("status").get_by_role("button", name="Dismiss").click()

    expect(link).to_have_count(0)
    expect(row_of(keys, alias).get_by_role("link", name=alias, exact=True)).to_have_attribute("href", str(address))


def test_a_double_click_makes_one_key(dialog: Locator, keys: Page):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)
    dialog.get_by_label("Key Algorithm").select_option("RSA_3072")

    dialog.get_by_role("button", name="OK").dblclick()

    expect(keys.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
    expect(dialog).to_have_count(0)
    keys.reload()
    expect(row_of(keys, alias)).to_have_count(1)


def test_a_retry_after_a_lost_answer_makes_one_key(dialog: Locator, keys: Page, console: Console):
    alias = new_alias()
    dialog.get_by_label("Alias").fill(alias)
    console.watch.expect_lost_answers()

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    keys.route("**/keys/create", lose_the_answer, times=1)
    ok(dialog)
    problem = keys.get_by_role("alert").filter(has_text="The server can't be reached")
    expect(problem).to_be_visible()
    expect(dialog.get_by_label("Alias")).to_have_value(alias)
    ok(dialog)

    expect(keys.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
    expect(row_of(keys, alias)).to_have_count(1)
