"""Step 4: the key list, its columns, its pages, and the quota over all regions."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, new_alias, row_of

pytestmark = pytest.mark.browser

COLUMNS = ["Alias/ID", "Status", "Key Algorithm and Usage", "Origin", "Tags", "Created", "Last used", "Operation"]


def test_an_empty_list_explains_keys_and_points_to_create_key(console: Console, account_of):
    page = console.sign_in(account_of())

    expect(page.get_by_role("heading", name="No keys in ap-southeast-3 yet")).to_be_visible()
    expect(page.get_by_text("Choose Create Key at the upper right to make the first one.")).to_be_visible()
    expect(page.get_by_text("0 of 20 used")).to_be_visible()


def test_the_first_key_takes_the_place_of_the_explanation(console: Console, account_of):
    page = console.sign_in(account_of())
    page.get_by_role("button", name="Create Key").click()

    page.get_by_role("dialog").get_by_role("button", name="OK").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("Enabled")
    expect(page.get_by_role("heading", name="No keys in ap-southeast-3 yet")).to_have_count(0)
    expect(page.get_by_text("1 of 20 used")).to_be_visible()


def test_the_columns_are_those_of_the_guide(console: Console, northwind: Account):
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    make_key(page, northwind)

    page.reload()

    expect(page.get_by_role("columnheader")).to_have_text([*COLUMNS[:4], "Enterprise Project", *COLUMNS[4:]])


def test_other_accounts_have_no_column_of_enterprise_projects(console: Console, account_of):
    account = account_of()
    page = console.sign_in(account, viewport={"width": 1440, "height": 900})
    make_key(page, account)

    page.reload()

    expect(page.get_by_role("columnheader")).to_have_text(COLUMNS)


def test_create_key_stands_at_the_upper_right(keys: Page):
    box = keys.get_by_role("button", name="Create Key").bounding_box()

    assert box is not None
    assert box["x"] + box["width"] > 1280 - 100
    assert box["y"] < 200


def test_the_quota_counts_the_keys_of_all_regions(console: Console, account_of):
    account = account_of()
    page = console.sign_in(account)

    for project in account.projects.values():
        make_key(page, account, project=project)
    page.reload()

    expect(page.get_by_text(f"{len(account.projects)} of 20 used")).to_be_visible()
    expect(page.get_by_role("meter")).to_have_attribute("value", str(len(account.projects)))


def test_two_tags_are_shown_and_the_others_are_counted(keys: Page, northwind: Account):
    alias = new_alias()
    make_key(keys, northwind, alias=alias, **{f"tag-{n}-key": f"tag-{n}" for n in range(1, 6)})

    keys.reload()

    row = keys.get_by_role("row").filter(has=keys.get_by_role("link", name=alias, exact=True))
    expect(row.get_by_text("tag-2")).to_be_visible()
    expect(row.get_by_text("tag-3")).to_have_count(0)
    row.get_by_role("link", name=f"3 more tags of {alias}").click()
    expect(keys.get_by_role("row", name="tag-5")).to_be_in_viewport()


def test_the_newest_is_first_and_pages_stand_in_the_address(console: Console, account_of):
    account = account_of()
    page = console.sign_in(account)
    aliases = [new_alias() for _ in range(12)]
    for alias in aliases:
        make_key(page, account, alias=alias)
    page.reload()
    expect(page.get_by_role("row").nth(1)).to_contain_text(aliases[-1])

    page.get_by_label("Rows").select_option("10")
    expect(page.get_by_role("row")).to_have_count(11)
    page.get_by_role("link", name="Next").click()

    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row").nth(2)).to_contain_text(aliases[0])
    second = console.sign_in(account, page.url)
    expect(second.get_by_role("row")).to_have_count(3)
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("row")).to_have_count(11)


def test_a_key_created_on_a_later_page_is_shown_first(console: Console, account_of):
    account = account_of()
    page = console.sign_in(account)
    for _ in range(11):
        make_key(page, account)
    page.goto(f"{account.address()}?rows=10")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("button", name="Create Key").click()
    page.get_by_role("dialog").get_by_label("Alias").fill("the-newest")

    page.get_by_role("dialog").get_by_role("button", name="OK").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("the-newest")
    expect(page.get_by_role("row")).to_have_count(11)


def test_the_long_and_the_many_fit_a_narrow_screen(console: Console, northwind: Account):
    page = console.sign_in(northwind, viewport={"width": 390, "height": 844})
    tags = {"tag-1-key": "k" * 128, "tag-1-value": "v" * 255}
    key_id = make_key(page, northwind, alias=new_alias() + "x" * 200, description="d" * 255, **tags)

    for address in ("kms/keys", f"kms/keys/{key_id}", "kms/keys/create", "places", "services", "password"):
        page.goto(northwind.address(address))

        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} pixels too wide"


def test_typing_narrows_the_list_and_is_never_overwritten(keys: Page, northwind: Account):
    alias = new_alias()
    make_key(keys, northwind, alias=alias)
    make_key(keys, northwind, alias=new_alias())
    keys.reload()
    search = keys.get_by_role("searchbox", name="Find keys")

    search.press_sequentially(alias, delay=30)

    expect(keys.locator("tbody tr")).to_have_count(1)
    expect(row_of(keys, alias)).to_be_visible()
    expect(search).to_have_value(alias)
    expect(search).to_be_focused()
    expect(keys).to_have_url(re.compile(f"words={alias}"))

    keys.get_by_label("Add filter").select_option("Disabled")
    expect(keys.get_by_text("No key meets this filter")).to_be_visible()
    keys.get_by_role("link", name="Clear filter").first.click()
    expect(row_of(keys, alias)).to_be_visible()
