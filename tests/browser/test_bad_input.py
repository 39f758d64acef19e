"""Bad input: told beside its field as that is left and on OK, and nothing that was typed is lost."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.support import choose, expect_wrong, new_alias

# What is wrong with a text no database says; the rules are tested on both (tests/operations).
pytestmark = [pytest.mark.browser, pytest.mark.without_database]

CHARACTERS = "Use 1 to 255 characters: letters, digits and _ - : / only, without spaces."
TAG_KEY = "Use letters and digits of any language, spaces inside, and _ . : / + - @ in a tag key."
RESERVED = "Tag keys that begin with _sys_ are reserved. Choose another tag key."
TAG_VALUE = "Use letters and digits of any language, spaces inside, and _ . : / + - @ in a tag value."


@dataclass
class Bad:
    """A bad input: in which field, what is typed, what is said of it."""

    id: str
    label: str
    text: str
    error: str


INPUTS = [
    Bad("no alias", "Alias", "", "Enter an alias."),
    Bad("a space", "Alias", "two words", CHARACTERS),
    Bad("a space at the end", "Alias", "orders ", CHARACTERS),
    Bad("a dot", "Alias", "orders.2026", CHARACTERS),
    Bad("other letters than ASCII", "Alias", "schlüssel", CHARACTERS),
    Bad("digits of another script", "Alias", "orders-٣", CHARACTERS),
    Bad("markup", "Alias", "<b>orders</b>", CHARACTERS),
    Bad("256 characters", "Alias", "a" * 256, CHARACTERS),
    Bad(
        "a reserved end",
        "Alias",
        "orders/default",
        "Aliases that end in /default are reserved for default keys. Choose another alias.",
    ),
    Bad("256 characters", "Description", "x" * 256, "The description has 256 characters; up to 255 are possible."),
    Bad("no tag key", "Tag key", "", "Enter a tag key, or delete this row."),
    Bad("129 characters", "Tag key", "k" * 129, "A tag key has 1 to 128 characters."),
    Bad("a comma", "Tag key", "a,b", TAG_KEY),
    Bad("a space before", "Tag key", " team", TAG_KEY),
    Bad(
        "a reserved tag key",
        "Tag key",
        "_sys_x",
        "Tag keys that begin with _sys_ are reserved. Choose another tag key.",
    ),
    Bad("256 characters", "Tag value", "v" * 256, "A tag value has up to 255 characters."),
    Bad("an asterisk", "Tag value", "a*b", TAG_VALUE),
    Bad("a space after", "Tag value", "orders ", TAG_VALUE),
]
of_each_field = pytest.mark.parametrize("label", dict.fromkeys(bad.label for bad in INPUTS))


def inputs_of(dialog: Locator, label: str) -> Iterator[tuple[Locator, Bad]]:
    """The field, with each of its bad inputs typed into a form that is good otherwise."""
    dialog.get_by_label("Alias").fill(new_alias())
    if label.startswith("Tag"):
        dialog.get_by_role("button", name="Add tag").click()
        dialog.get_by_label("Tag key").fill("team")
    for bad in INPUTS:
        if bad.label == label:
            field = dialog.get_by_label(label)
            field.fill("x")
            field.blur()
            field.fill(bad.text)
            yield field, bad


@of_each_field
def test_it_is_told_as_the_field_is_left_and_goes_once_mended(dialog: Locator, label: str):
    for field, bad in inputs_of(dialog, label):
        field.blur()

        expect_wrong(field, bad.error)
        expect(field).to_have_value(bad.text)
        field.fill("mended")
        field.blur()
        expect(field).not_to_have_attribute("aria-invalid", "true")
        expect(dialog.get_by_text(bad.error)).to_have_count(0)


@of_each_field
def test_ok_tells_it_keeps_what_was_typed_and_makes_nothing(dialog: Locator, keys: Page, label: str):
    choose(dialog, "RSA_2048", "Encrypt and decrypt")
    for field, bad in inputs_of(dialog, label):
        with keys.expect_response(lambda answer: answer.url.endswith("/keys/create")):
            dialog.get_by_role("button", name="OK").click()

        expect_wrong(field, bad.error)
        expect(field).to_have_value(bad.text)
        expect(field).to_be_focused()
        expect(dialog.get_by_label("Key Algorithm")).to_have_value("RSA_2048")
        expect(dialog.get_by_role("radio", name="Encrypt and decrypt")).to_be_checked()
        expect(keys.get_by_text("created successfully.")).to_have_count(0)


def test_fields_left_in_quick_succession_are_all_checked(dialog: Locator, keys: Page):
    held: list[Route] = []
    keys.route("**/create/check", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright marks it

    with keys.expect_request("**/create/check"):
        dialog.get_by_label("Alias").fill("two words")
        dialog.get_by_label("Alias").blur()
    dialog.get_by_label("Description").fill("x" * 256)
    dialog.get_by_label("Description").blur()
    held[0].continue_()

    expect_wrong(dialog.get_by_label("Alias"), CHARACTERS)
    expect_wrong(dialog.get_by_label("Description"), "The description has 256 characters; up to 255 are possible.")


def test_several_are_listed_on_top_and_the_first_has_the_focus(dialog: Locator):
    dialog.get_by_label("Alias").fill("two words")
    dialog.get_by_label("Description").fill("x" * 300)
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag value").fill("without key")

    dialog.get_by_role("button", name="OK").click()

    on_top = dialog.get_by_role("alert").filter(has_text="These fields need your attention")
    expect(on_top).to_contain_text("Alias, Description, Tags. Nothing was created.")
    expect(dialog.get_by_label("Alias")).to_be_focused()
    expect(dialog.get_by_label("Tag value")).to_have_value("without key")
    on_top.get_by_role("link", name="Description").click()
    expect(dialog.get_by_label("Description")).to_be_focused()


def test_a_tag_key_can_be_there_once(dialog: Locator):
    for value in ("blue", "green"):
        dialog.get_by_role("button", name="Add tag").click()
        dialog.get_by_label("Tag key").last.fill("team")
        dialog.get_by_label("Tag value").last.fill(value)

    dialog.get_by_role("button", name="OK").click()

    expect_wrong(
        dialog.get_by_label("Tag key").last, "Tag key “team” is used twice. A key has one value for each tag key."
    )
    expect(dialog.get_by_label("Tag value").first).to_have_value("blue")
    expect(dialog.get_by_label("Tag value").last).to_have_value("green")
