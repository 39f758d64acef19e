"""The online tool in the browser: text there and back, hidden until asked for; bytes counted; a ciphertext named."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key

pytestmark = pytest.mark.browser

AWKWARD = '<script>alert(1)</script> {{ 7 }} "q" עברית 😀'


@pytest.fixture
def tool(console: Console, northwind: Account) -> Page:
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    page.goto(northwind.address(f"kms/keys/{make_key(page, northwind)}"))
    page.get_by_role("navigation", name="Parts of the key").get_by_role("link", name="Online tool").click()
    expect(page.get_by_role("link", name="Encrypt", exact=True)).to_have_attribute("aria-current", "page")
    return page


def execute(page: Page) -> None:
    with page.expect_response(lambda answer: "/tool/" in answer.url and answer.request.method == "POST"):
        page.get_by_role("button", name="Execute").click()


def ciphertext(page: Page) -> str:
    return page.get_by_role("region", name="Ciphertext: Base64").inner_text()


def test_text_is_encrypted_and_shown_only_when_asked_for(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill(AWKWARD)
    execute(tool)
    expect(tool.get_by_text("Encrypted.")).to_be_visible()
    expect(tool.get_by_label("Plaintext", exact=True)).to_have_value(AWKWARD)
    sealed = ciphertext(tool)

    tool.get_by_role("link", name="Decrypt", exact=True).click()
    tool.get_by_label("Ciphertext (Base64)").fill(sealed)
    execute(tool)

    expect(tool.get_by_text("Decrypted.")).to_be_visible()
    expect(tool.get_by_text(AWKWARD)).to_be_hidden()
    tool.get_by_text("Show", exact=True).click()
    expect(tool.get_by_role("region", name="Plaintext: Text")).to_have_text(AWKWARD)
    assert AWKWARD not in tool.url


def test_bytes_are_counted_as_they_are_sent(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill("😀é")
    expect(tool.get_by_text("6 / 4,096 bytes")).to_be_visible()

    tool.get_by_label("Plaintext", exact=True).fill("AP8=")
    tool.get_by_label("Plaintext is").select_option("Base64")

    expect(tool.get_by_text("2 / 4,096 bytes")).to_be_visible()


def test_what_is_wrong_stands_beside_its_field(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill("no base64!")
    tool.get_by_label("Plaintext is").select_option("Base64")

    execute(tool)

    expect(tool.get_by_text("This is not Base64.")).to_be_visible()
    expect(tool.get_by_label("Plaintext", exact=True)).to_have_value("no base64!")


def test_clear_leaves_nothing(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill("secret")
    execute(tool)
    expect(tool.get_by_text("Encrypted.")).to_be_visible()

    tool.get_by_role("link", name="Clear").click()

    expect(tool.get_by_label("Plaintext", exact=True)).to_have_value("")
    expect(tool.get_by_text("It stands here after Execute.")).to_be_visible()


def test_going_back_brings_no_plaintext_back(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill("secret")
    execute(tool)
    expect(tool.get_by_text("Encrypted.")).to_be_visible()
    tool.get_by_role("link", name="Keys").first.click()

    tool.go_back()

    expect(tool.get_by_label("Plaintext", exact=True)).to_have_value("")


def test_a_ciphertext_is_recognized_without_opening_it(tool: Page):
    tool.get_by_label("Plaintext", exact=True).fill("hello")
    execute(tool)
    sealed = ciphertext(tool)
    tool.get_by_role("link", name="What is this ciphertext?").click()
    tool.get_by_label("Ciphertext (Base64)").fill(sealed)

    execute(tool)

    expect(tool.get_by_text("Data, 5 bytes")).to_be_visible()
    expect(tool.get_by_text("is there", exact=True)).to_be_visible()


def test_without_scripts_it_works_too(console: Console, northwind: Account):
    page = console.sign_in(northwind, java_script_enabled=False)
    page.goto(northwind.address(f"kms/keys/{make_key(page, northwind, key_spec='HMAC_256')}/tool"))
    page.get_by_label("Message", exact=True).fill("hello")

    page.get_by_role("button", name="Execute").click()

    expect(page.get_by_text("Made the MAC.")).to_be_visible()
    expect(page.get_by_text("HMAC_SHA_256")).to_be_visible()
