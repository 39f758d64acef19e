"""The whole flow without a mouse."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import Account, Console, make_key, new_alias

pytestmark = pytest.mark.browser


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until the focus is on what is wanted; it must come within a screenful of stops."""
    for _ in range(60):
        page.keyboard.press(key)
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{key} never reaches {wanted}")


def test_a_key_is_created_and_edited_without_a_mouse(console: Console, northwind: Account):
    page = console.visit(northwind.server.url)
    alias = new_alias()
    type_ = page.keyboard.type
    press = page.keyboard.press
    expect(page.get_by_label("Account")).to_be_focused()
    type_(northwind.name)
    press("Tab")
    type_(northwind.user)
    press("Tab")
    type_(northwind.password)
    press("Enter")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()

    tab_to(page, page.get_by_role("button", name="Region: "))
    press("Enter")
    places = page.get_by_role("navigation", name="Region")
    expect(places.get_by_role("searchbox")).to_be_focused()
    type_("ap-southeast-3")
    expect(places.get_by_role("link")).to_have_count(1)
    tab_to(page, places.get_by_role("link"))
    press("Enter")
    expect(page).to_have_url(northwind.address())

    tab_to(page, page.get_by_role("button", name="Create Key"))
    press("Enter")
    dialog = page.get_by_role("dialog", name="Create Key")
    expect(dialog.get_by_label("Alias")).to_be_focused()
    type_(alias)
    press("Tab")
    expect(dialog.get_by_label("Key Algorithm")).to_be_focused()
    type_("RSA_2048")
    expect(dialog.get_by_role("radio", name="Sign and verify")).to_be_checked()
    press("Tab")
    expect(dialog.get_by_role("radio", name="Sign and verify")).to_be_focused()
    press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Encrypt and decrypt")).to_be_checked()
    press("Tab")
    expect(dialog.get_by_label("Description")).to_be_focused()
    type_("Without a mouse")
    press("Tab")
    expect(dialog.get_by_label("Enterprise Project")).to_be_focused()
    press("Tab")
    expect(dialog.get_by_role("button", name="Add tag")).to_be_focused()
    press("Enter")
    expect(dialog.get_by_label("Tag key")).to_be_focused()
    type_("team")
    press("Tab")
    type_("orders")
    press("Tab")
    expect(dialog.get_by_role("button", name="Delete")).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name="OK"))
    press("Enter")

    expect(page.get_by_role("status").get_by_text(f"Key “{alias}” created successfully.")).to_be_visible()
    expect(page.get_by_role("button", name="Create Key")).to_be_focused()
    tab_to(page, page.get_by_role("link", name=alias, exact=True))
    press("Enter")
    expect(page.get_by_role("heading", name=alias)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Edit description"))
    press("Enter")
    expect(page.get_by_role("textbox", name="Description")).to_be_focused()
    press("Control+End")
    type_(" at all")
    press("Tab")
    press("Enter")
    expect(page.get_by_text("Without a mouse at all")).to_be_visible()
    expect(page.get_by_role("button", name="Edit description")).to_be_focused()


def test_the_first_stop_leads_past_the_bar(keys: Page):
    keys.keyboard.press("Tab")
    expect(keys.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(keys.get_by_role("link", name="Skip to content")).to_be_in_viewport()

    keys.keyboard.press("Enter")
    keys.keyboard.press("Tab")

    expect(keys.get_by_role("button", name="Import Key")).to_be_focused()


def test_enter_in_a_field_is_ok_and_not_another_button(dialog: Locator, keys: Page):
    alias = new_alias()
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag key").fill("team")
    dialog.get_by_label("Alias").fill(alias)

    dialog.get_by_label("Alias").press("Enter")

    row = keys.get_by_role("row").filter(has=keys.get_by_role("link", name=alias, exact=True))
    expect(row).to_contain_text("team")


def test_the_focus_stays_in_the_dialog(dialog: Locator, keys: Page):
    expect(dialog.get_by_label("Alias")).to_be_focused()

    for _ in range(20):
        keys.keyboard.press("Tab")

        assert keys.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")


@pytest.mark.parametrize("button", ["Service List", "Region: ", "Account menu"])
def test_escape_closes_a_menu_and_gives_the_focus_back(keys: Page, button: str):
    opener = keys.get_by_role("button", name=button)
    opener.focus()
    keys.keyboard.press("Enter")
    menu = keys.locator("[popover]:popover-open")
    expect(menu).to_have_count(1)
    keys.keyboard.press("Tab")

    keys.keyboard.press("Escape")

    expect(menu).to_have_count(0)
    expect(opener).to_be_focused()


def test_deleting_a_tag_row_leaves_the_focus_in_the_tags(dialog: Locator, keys: Page):
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_role("button", name="Delete").first.focus()

    keys.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Delete")).to_be_focused()
    keys.keyboard.press("Enter")

    expect(dialog.get_by_role("button", name="Add tag")).to_be_focused()
    expect(dialog.get_by_label("Tag key")).to_have_count(0)


def test_where_the_focus_is_can_be_seen(keys: Page, northwind: Account):
    make_key(keys, northwind)
    keys.reload()
    seen = """() => { const s = getComputedStyle(document.activeElement);
        return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none'; }"""

    for _ in range(14):
        keys.keyboard.press("Tab")

        assert keys.evaluate(seen), keys.evaluate("document.activeElement.outerHTML.slice(0, 200)")
