"""Steps 2 and 3: regions and projects, chosen at the upper left, and the service list."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, new_alias, post

pytestmark = pytest.mark.browser

REGIONS = {
    "CN-Hong Kong": "ap-southeast-1",
    "AP-Singapore": "ap-southeast-3",
    "CN North-Beijing4": "cn-north-4",
    "EU-Dublin": "eu-west-101",
    "LA-Mexico City2": "la-north-2",
}


def open_places(page: Page):
    page.get_by_role("button", name="Region: ").click()
    return page.get_by_role("navigation", name="Region")


@pytest.fixture(scope="module")
def crowded(account_of) -> Account:
    """An account with 1,000 sub-projects in AP-Singapore beside its main projects."""
    account: Account = account_of()
    account.shell("""
            region = Region.objects.get(pk="ap-southeast-3")
            Project.objects.bulk_create(
                Project(account=account, region=region, name=f"ap-southeast-3_team-{n:04}") for n in range(1000))""")
    return account


def test_the_menu_groups_projects_by_region(keys: Page):
    menu = open_places(keys)

    for region, project in REGIONS.items():
        expect(menu.get_by_role("heading", name=region)).to_be_visible()
        expect(menu.get_by_role("link", name=f"{project} Main project")).to_be_visible()
    expect(menu.get_by_role("link", name="ap-southeast-3 Main project")).to_have_attribute("aria-current", "true")
    expect(menu.get_by_role("heading", name="Recent")).to_have_count(0)


def test_the_choice_scopes_the_page_and_stands_in_the_address(keys: Page, northwind: Account, console: Console):
    alias = new_alias()
    make_key(keys, northwind, project=northwind.projects["eu-west-101"], alias=alias)
    keys.reload()
    expect(keys.get_by_role("link", name=alias)).to_have_count(0)

    open_places(keys).get_by_role("link", name="eu-west-101").click()

    expect(keys).to_have_url(northwind.address(project=northwind.projects["eu-west-101"]))
    expect(keys.get_by_role("button", name="Region: EU-Dublin")).to_be_visible()
    expect(keys.get_by_role("link", name=alias, exact=True)).to_be_visible()
    elsewhere = console.sign_in(northwind, keys.url)
    expect(elsewhere.get_by_role("button", name="Region: EU-Dublin")).to_be_visible()


def test_the_same_page_is_kept(console: Console, northwind: Account):
    page = console.sign_in(northwind, northwind.address("password"))

    open_places(page).get_by_role("link", name="la-north-2").click()

    expect(page).to_have_url(northwind.address("password", northwind.projects["la-north-2"]))


def test_a_key_that_is_not_in_the_other_project_gives_way_to_the_list(keys: Page, northwind: Account):
    key_id = make_key(keys, northwind)
    keys.goto(northwind.address(f"kms/keys/{key_id}"))

    open_places(keys).get_by_role("link", name="la-north-2").click()

    expect(keys.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    expect(keys.get_by_role("button", name="Region: LA-Mexico City2")).to_be_visible()
    expect(keys.get_by_text("The key you saw is not in la-north-2.")).to_be_visible()


def test_the_filter_finds_regions_and_projects(keys: Page):
    menu = open_places(keys)
    expect(menu.get_by_role("searchbox")).to_be_focused()

    keys.keyboard.type("dublin")

    expect(menu.get_by_role("link")).to_have_count(1)
    expect(menu.get_by_role("link", name="eu-west-101")).to_be_visible()
    menu.get_by_role("searchbox").fill("nowhere")
    expect(menu.get_by_text("No region or project matches “nowhere”.")).to_be_visible()


def test_one_of_1000_projects_is_found_in_a_moment(console: Console, crowded: Account):
    page = console.sign_in(crowded)
    menu = open_places(page)
    expect(menu.get_by_text("more projects: type to find them.")).to_be_visible()
    assert menu.get_by_role("link").count() < 200

    began = time.monotonic()
    page.keyboard.type("team-0987")
    expect(menu.get_by_role("link")).to_have_count(1)
    took = time.monotonic() - began
    menu.get_by_role("link", name="ap-southeast-3_team-0987").click()

    assert took < 2
    expect(page.get_by_role("button", name="Region: AP-Singapore / team-0987")).to_be_visible()
    expect(page.get_by_role("heading", name="No keys in ap-southeast-3_team-0987 yet")).to_be_visible()


def test_more_than_ten_projects_have_the_recent_ones_above(console: Console, crowded: Account):
    page = console.sign_in(crowded)
    for wanted in ("team-0123", "team-0456"):
        menu = open_places(page)
        menu.get_by_role("searchbox").fill(wanted)
        menu.get_by_role("link", name=wanted).click()
        expect(page.get_by_role("button", name=wanted)).to_be_visible()

    menu = open_places(page)

    expect(menu.get_by_role("heading", name="Recent")).to_be_visible()
    recent = menu.get_by_role("list").first.get_by_role("link")
    expect(recent.nth(0)).to_contain_text("ap-southeast-3_team-0456")
    expect(recent.nth(1)).to_contain_text("ap-southeast-3_team-0123")


def test_a_neighbours_projects_are_neither_listed_nor_opened(keys: Page, console: Console, account_of, northwind):
    neighbour = account_of()
    theirs = neighbour.projects["ap-southeast-3"]
    make_key(console.sign_in(neighbour), neighbour, alias="secret-orders")

    menu = open_places(keys)
    expect(menu.get_by_role("link", name="eu-west-101")).to_be_visible()
    assert theirs not in menu.inner_html()
    console.watch.expect_answer(404)
    keys.goto(northwind.address(project=theirs))

    expect(keys.get_by_role("heading", name="What you look for is not here")).to_be_visible()
    expect(keys.get_by_text("secret-orders")).to_have_count(0)


def test_a_forged_project_changes_nothing(keys: Page, console: Console, account_of, northwind: Account):
    neighbour = account_of()

    answer = post(keys, northwind.address("kms/keys/create", neighbour.project), alias="forged", key_spec="AES_256")

    assert answer.status == 404
    theirs = console.sign_in(neighbour)
    expect(theirs.get_by_role("heading", name="No keys in ap-southeast-3 yet")).to_be_visible()


def test_a_key_is_seen_in_its_own_project_only(keys: Page, console: Console, northwind: Account):
    key_id = make_key(keys, northwind)
    console.watch.expect_answer(404)

    keys.goto(northwind.address(f"kms/keys/{key_id}", northwind.projects["eu-west-101"]))

    expect(keys.get_by_role("heading", name="What you look for is not here")).to_be_visible()
    expect(keys.get_by_text("You are in EU-Dublin, project eu-west-101.")).to_be_visible()
    keys.get_by_role("link", name="Switch region or project").click()
    keys.get_by_role("link", name="ap-southeast-3 Main project").click()
    expect(keys).to_have_url(northwind.address())


def test_the_service_list_leads_to_the_keys(console: Console, northwind: Account):
    page = console.sign_in(northwind, northwind.address("password"))

    page.get_by_role("button", name="Service List").click()
    services = page.get_by_role("navigation", name="Service List")
    expect(services.get_by_role("heading", name="Security & Compliance")).to_be_visible()
    expect(services.get_by_role("link")).to_have_count(5)
    services.get_by_role("link", name="Data Encryption Workshop").click()

    expect(page).to_have_url(northwind.address())


def test_the_service_list_is_filtered_as_one_types(keys: Page):
    keys.get_by_role("button", name="Service List").click()
    services = keys.get_by_role("navigation", name="Service List")
    expect(services.get_by_role("searchbox", name="Find a service")).to_be_focused()

    keys.keyboard.type("ENCRYPTION")
    expect(services.get_by_role("link", name="Data Encryption Workshop")).to_be_visible()
    keys.keyboard.type(" of what?")

    expect(services.get_by_role("link")).to_have_count(0)


def test_the_product_name_leads_to_the_keys(console: Console, northwind: Account):
    page = console.sign_in(northwind, northwind.address("password"))

    page.get_by_role("banner").get_by_role("link", name="Data Encryption Workshop").click()

    expect(page).to_have_url(northwind.address())
