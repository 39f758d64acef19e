"""Step 7: the key's page, its alias and description edited in place, its tags added and deleted."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import Account, Console, make_key, new_alias

pytestmark = pytest.mark.browser


@pytest.fixture
def alias() -> str:
    return new_alias()


@pytest.fixture
def key(keys: Page, northwind: Account, alias: str) -> Page:
    """The page of a new key with one tag."""
    fields = {"description": "For the orders", "tag-1-key": "team", "tag-1-value": "orders"}
    key_id = make_key(keys, northwind, alias=alias, key_spec="EC_P256", **fields)
    keys.goto(northwind.address(f"kms/keys/{key_id}"))
    return keys


def alias_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Alias")


def said(page: Page, text: str):
    return expect(page.get_by_role("status").get_by_text(text)).to_be_visible()


def test_the_alias_leads_to_all_properties(key: Page, northwind: Account, alias: str):
    key.goto(northwind.address())

    key.get_by_role("link", name=alias, exact=True).click()

    expect(key.get_by_role("heading", name=alias)).to_be_visible()
    properties = key.get_by_role("region", name="Properties")
    for name, value in {
        "Key ID": key.url.rpartition("/")[2],
        "Status": "Enabled",
        "Key Algorithm": "EC_P256",
        "Usage": "Sign and verify",
        "Origin": "Key Management Service",
        "Region and project": "AP-Singapore",
        "Enterprise Project": "default",
        "Deletion date": "Not scheduled",
        "Description": "For the orders",
    }.items():
        expect(properties.get_by_role("term").filter(has_text=re.compile(f"^{name}$"))).to_be_visible()
        expect(properties.get_by_role("definition").filter(has_text=value).first).to_be_visible()
    expect(key.get_by_role("row", name="team orders")).to_be_visible()


def test_the_alias_is_edited_in_place(key: Page, alias: str):
    address = key.url
    key.get_by_role("button", name="Edit alias").click()
    field = alias_field(key)
    expect(field).to_be_focused()
    expect(field).to_have_value(alias)

    field.fill(f"{alias}-2")
    key.get_by_role("button", name="Save").click()

    said(key, "Alias changed.")
    expect(key.get_by_role("heading", name=f"{alias}-2")).to_be_visible()
    expect(key.get_by_role("button", name="Edit alias")).to_be_focused()
    expect(key).to_have_url(address)


def test_a_bad_alias_is_told_and_kept(key: Page, alias: str):
    key.get_by_role("button", name="Edit alias").click()

    alias_field(key).fill("two words")
    key.get_by_role("button", name="Save").click()

    field = alias_field(key)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Use 1 to 255 characters"))
    expect(field).to_have_value("two words")
    key.get_by_role("button", name="Cancel").click()
    expect(key.get_by_role("heading", name=alias)).to_be_visible()
    expect(key.get_by_role("button", name="Edit alias")).to_be_focused()


def test_a_taken_alias_is_told(key: Page, northwind: Account):
    taken = new_alias()
    make_key(key, northwind, alias=taken)
    key.get_by_role("button", name="Edit alias").click()

    alias_field(key).fill(taken)
    alias_field(key).press("Enter")

    expect(alias_field(key)).to_have_accessible_description(re.compile(f"^Alias “{taken}” is taken by key"))


def test_the_description_is_edited_in_place(key: Page):
    key.get_by_role("button", name="Edit description").click()
    field = key.get_by_role("textbox", name="Description")
    expect(field).to_be_focused()
    expect(key.get_by_text("14 / 255")).to_be_visible()

    field.fill("First line\nsecond <line>")
    key.get_by_role("button", name="Save").click()

    said(key, "Description changed.")
    expect(key.get_by_text("First line\nsecond <line>")).to_be_visible()
    expect(key.get_by_role("button", name="Edit description")).to_be_focused()


def test_a_description_too_long_is_told_and_kept(key: Page):
    key.get_by_role("button", name="Edit description").click()

    key.get_by_role("textbox", name="Description").fill("x" * 256)
    expect(key.get_by_text("256 / 255")).to_be_visible()
    key.get_by_role("button", name="Save").click()

    field = key.get_by_role("textbox", name="Description")
    expect(field).to_have_accessible_description("The description has 256 characters; up to 255 are possible.")
    expect(field).to_have_value("x" * 256)


def test_tags_are_added_changed_and_deleted(key: Page):
    key.get_by_label("Tag key").fill("stage")
    key.get_by_label("Tag value").fill("test")
    key.get_by_role("button", name="Add tag").click()
    said(key, "Tag “stage” saved.")
    expect(key.get_by_role("row", name="stage test")).to_be_visible()
    expect(key.get_by_text("2 of 20")).to_be_visible()
    expect(key.get_by_label("Tag key")).to_be_focused()
    expect(key.get_by_label("Tag key")).to_have_value("")

    key.get_by_label("Tag key").fill("stage")
    key.get_by_label("Tag value").fill("production")
    key.get_by_label("Tag value").press("Enter")
    expect(key.get_by_role("row", name="stage production")).to_be_visible()
    expect(key.get_by_text("2 of 20")).to_be_visible()

    key.get_by_role("button", name="Delete: team").click()
    said(key, "Tag “team” deleted.")
    expect(key.get_by_role("row", name="team orders")).to_have_count(0)
    expect(key.get_by_text("1 of 20")).to_be_visible()


@pytest.mark.parametrize(
    ("tag_key", "tag_value", "wrong"),
    [("", "v", "Tag key"), ("_sys_team", "", "Tag key"), ("a*b", "", "Tag key"), ("team", " v", "Tag value")],
)
def test_a_bad_tag_is_told_and_kept(key: Page, tag_key: str, tag_value: str, wrong: str):
    key.get_by_label("Tag key").fill(tag_key)
    key.get_by_label("Tag value").fill(tag_value)

    key.get_by_role("button", name="Add tag").click()

    expect(key.get_by_label(wrong)).to_have_attribute("aria-invalid", "true")
    expect(key.get_by_label(wrong)).to_be_focused()
    expect(key.get_by_label("Tag key")).to_have_value(tag_key)
    expect(key.get_by_label("Tag value")).to_have_value(tag_value)
    expect(key.get_by_text("1 of 20")).to_be_visible()


def test_a_key_with_20_tags_takes_no_other(keys: Page, northwind: Account):
    tags = {f"tag-{n}-key": f"tag-{n}" for n in range(1, 21)}
    key_id = make_key(keys, northwind, **tags)
    keys.goto(northwind.address(f"kms/keys/{key_id}"))
    expect(keys.get_by_text("0 more can be added.")).to_be_visible()

    keys.get_by_label("Tag key").fill("one-too-many")
    keys.get_by_role("button", name="Add tag").click()

    expect(keys.get_by_text("A key has at most 20 tags. Delete a tag first.")).to_be_visible()
    expect(keys.get_by_label("Tag key")).to_have_value("one-too-many")


def test_the_key_id_is_copied(key: Page):
    key.context.grant_permissions(["clipboard-read", "clipboard-write"])

    key.get_by_role("button", name="Copy key ID").click()

    expect(key.get_by_role("button", name="Copied")).to_be_visible()
    assert key.evaluate("navigator.clipboard.readText()") == key.url.rpartition("/")[2]


def test_a_key_pending_deletion_shows_its_date_and_can_not_be_changed(key: Page, northwind: Account):
    statement = "UPDATE keys_key SET state = 4, deletion_at = '2099-11-30 12:00:00' WHERE id = %s"
    assert northwind.server.execute(statement, key.url.rpartition("/")[2].replace("-", ""))

    key.reload()

    expect(key.get_by_role("definition").get_by_text("Pending deletion", exact=True)).to_be_visible()
    expect(key.get_by_role("definition").filter(has_text="Nov 30, 2099 12:00:00 GMT")).to_be_visible()
    for button in ("Edit alias", "Edit description", "Add tag", "Delete"):
        expect(key.get_by_role("button", name=button)).to_have_count(0)


def test_markup_in_a_description_is_text(keys: Page, northwind: Account, console: Console):
    key_id = make_key(keys, northwind, description="<img src=x onerror=alert(1)>{{ 7 * 7 }}")

    keys.goto(northwind.address(f"kms/keys/{key_id}"))

    expect(keys.get_by_text("<img src=x onerror=alert(1)>{{ 7 * 7 }}")).to_be_visible()
