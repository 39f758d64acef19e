"""The import wizard in the browser: from the list's *Import Key* to an enabled key, by real files and real openssl."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, new_alias, row_of

pytestmark = pytest.mark.browser


def test_a_key_of_ones_own_is_imported(console: Console, northwind: Account, tmp_path: Path):
    alias = new_alias()
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    page.get_by_role("button", name="Import Key").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="External")).to_be_checked()
    dialog.get_by_label("Alias").fill(alias)
    dialog.get_by_role("button", name="OK").click()
    page.get_by_role("link", name="Import key material").click()

    page.get_by_role("button", name="Get wrapping key and token").click()
    left = page.get_by_text(re.compile(r"^Token valid, 23:59:\d\d left$"))
    expect(left).to_be_visible()
    expect(left).not_to_have_text(left.text_content() or "")  # it counts down
    for link in page.get_by_role("link", name=".der").or_(page.get_by_role("link", name=".bin")).all():
        with page.expect_download() as download:
            link.click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    for command in page.locator("pre").all():
        subprocess.run(["bash", "-euc", command.inner_text()], cwd=tmp_path, check=True)
    (wrapped,) = tmp_path.glob("wrapped-material-*")

    page.goto(northwind.address("kms/keys"))  # closed, and taken up again from the list
    expect(row_of(page, alias)).to_contain_text("Token ends")
    row_of(page, alias).get_by_role("link", name="Import material").click()
    page.get_by_label("Wrapped material").set_input_files(wrapped)
    page.get_by_role("button", name="Import material").click()

    expect(page.get_by_text(f"Material imported. Key “{alias}” is enabled.")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Enabled").first).to_be_visible()


def test_a_wrong_file_is_told_and_nothing_changes(console: Console, northwind: Account, tmp_path: Path):
    alias = new_alias()
    page = console.sign_in(northwind)
    page.goto(northwind.address("kms/keys/create?origin=external"))
    page.get_by_label("Alias").fill(alias)
    page.get_by_role("button", name="OK").click()
    page.get_by_role("link", name="Import key material").click()
    page.get_by_role("button", name="Get wrapping key and token").click()
    (tmp_path / "wrong.bin").write_bytes(bytes(44))

    page.get_by_label("Wrapped material").set_input_files(tmp_path / "wrong.bin")
    page.get_by_role("button", name="Import material").click()

    expect(page.get_by_text("has 44 bytes; under the public key of an import it has 256.")).to_be_visible()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Pending import").first).to_be_visible()


def test_the_origin_is_folded_away_until_asked_for(keys: Page):
    keys.get_by_role("button", name="Create Key").click()
    dialog = keys.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="External")).to_be_hidden()

    dialog.get_by_text("Advanced: key material origin").click()

    expect(dialog.get_by_role("radio", name="Key Management Service")).to_be_checked()
    expect(dialog.get_by_role("radio", name="External")).to_be_visible()
