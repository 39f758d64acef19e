"""Services that use keys in the browser: a service user is made where it is needed, and its first call is seen."""

import base64
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.support import Account, Console, make_key, new_alias
from tests.support.signing import signed_headers

pytestmark = pytest.mark.browser
PHOTO = "arn:aws:s3::shop:photos/cat.jpg"
CONTEXT = base64.b64encode(json.dumps({"aws:s3:arn": PHOTO}).encode()).decode()


def copied(dialog: Locator, label: str) -> str:
    """What the button of this name copies."""
    return dialog.get_by_role("button", name=label).get_attribute("data-copy") or ""


def create(page: Page, login: str, **choices: str) -> Locator:
    """Make a service user by the dialog; what the dialog shows then."""
    page.get_by_role("link", name="Create service user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(login)
    for label, value in choices.items():
        dialog.get_by_label(label.replace("_", " "), exact=True).select_option(value)
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("dialog", name=f"Service user “{login}” created.")).to_be_visible()
    return page.get_by_role("dialog")


def vault(account: Account, token: str, path: str, **fields: Any) -> Any:
    """What the gateway of an object store asks with its token."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{account.server.url}/v1/{path}", json.dumps(fields).encode(), {"X-Vault-Token": token}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def ask(account: Account, ak: str, secret: str, verb: str, **fields: Any) -> Any:
    """A signed call of the service user."""
    target, body = f"/v1.0/{account.project}/kms/{verb}", json.dumps(fields).encode()
    host = account.server.url.removeprefix("http://")
    headers = signed_headers(ak, secret, "POST", target, body, host=host)
    request = urllib.request.Request(f"{account.server.url}{target}", body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def test_object_storage_is_set_up_from_the_service_list(console: Console, northwind: Account, tmp_path: Path):
    login, alias = new_alias(), new_alias()
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    key_id = make_key(page, northwind, alias=alias)
    page.get_by_role("button", name="Service List").click()
    page.get_by_role("link", name="Object Storage Service").click()
    expect(page.get_by_role("heading", name="Object Storage Service", level=1)).to_be_visible()
    page.get_by_label("Key", exact=True).select_option(label=alias)
    page.get_by_role("button", name="Show settings").click()
    expect(page.get_by_role("region", name="boto3")).to_contain_text(f'SSEKMSKeyId="{key_id}"')

    dialog = create(page, login)

    token = copied(dialog, "Copy token")
    assert re.fullmatch(r"kms\.[\w-]{43}", token)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "token")
    assert (tmp_path / "token").read_text() == token
    dialog.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_label("Service user", exact=True)).to_contain_text(login)
    expect(page.get_by_role("region", name="ceph.conf")).to_contain_text(
        f"rgw_crypt_vault_addr = {northwind.server.url}"
    )
    page.get_by_label("Service user", exact=True).select_option(label=login)
    page.get_by_role("button", name="Show settings").click()
    expect(page.get_by_text(f"{login} has never asked for a key yet.")).to_be_visible()

    answer = vault(northwind, token, f"transit/datakey/plaintext/{key_id}", context=CONTEXT)
    assert answer["data"]["ciphertext"].startswith("vault:v1:")
    page.get_by_role("button", name="Check again").click()

    expect(page.get_by_text(f"{login} last asked")).to_be_visible()
    expect(page.locator("#check")).to_contain_text(f"object {PHOTO}")
    page.goto(northwind.address(f"kms/keys/{key_id}/used-by"))
    expect(page.get_by_role("row").filter(has_text=PHOTO)).to_contain_text(login)


def test_the_first_call_of_a_volume_is_seen_by_the_check_and_on_the_page_of_the_key(
    console: Console, northwind: Account
):
    login, alias, volume = new_alias(), new_alias(), new_alias()
    page = console.sign_in(northwind, viewport={"width": 1440, "height": 900})
    key_id = make_key(page, northwind, alias=alias)
    page.goto(northwind.address(f"kms/services/evs?key={key_id}"))
    dialog = create(page, login, Key=key_id)
    ak, secret = copied(dialog, "Copy access key ID"), copied(dialog, "Copy secret access key")
    dialog.get_by_role("button", name="I have kept it").click()
    page.get_by_label("Service user", exact=True).select_option(label=login)
    page.get_by_role("button", name="Show settings").click()
    expect(page.get_by_text(f"{login} has never asked for a key yet.")).to_be_visible()

    made = ask(northwind, ak, secret, "create-datakey", key_id=key_id, encryption_context={"kms:volume": volume})
    assert made["key_id"] == key_id
    page.get_by_role("button", name="Check again").click()

    expect(page.get_by_text(f"{login} last asked")).to_be_visible()
    expect(page.locator("#check")).to_contain_text(f"volume {volume}")
    page.goto(northwind.address(f"kms/keys/{key_id}"))
    page.get_by_role("navigation", name="Parts of the key").get_by_role("link", name="Used by").click()
    row = page.get_by_role("row").filter(has_text=volume)
    expect(row).to_contain_text("volume")
    expect(row).to_contain_text(login)


def test_a_service_user_is_made_beside_users_without_javascript(console: Console, northwind: Account):
    login = new_alias()
    page = console.sign_in(northwind, northwind.address("users"), java_script_enabled=False)
    page.get_by_role("link", name="Create service user").click()
    page.get_by_label("Name").fill(login)
    page.get_by_label("Service", exact=True).select_option(label="Relational Database Service")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name=f"Service user “{login}” created.")).to_be_visible()
    page.get_by_role("button", name="I have kept it").click()

    expect(page.get_by_role("heading", name=login)).to_be_visible()
    expect(page.get_by_text("rds/default")).to_be_visible()
    page.get_by_role("link", name=f"Delete: {login}").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No tokens.")).to_be_visible()


def test_a_database_gets_its_mount_and_reads_the_key_that_was_rotated(console: Console, northwind: Account):
    login, path = new_alias(), new_alias()
    page = console.sign_in(northwind, northwind.address("kms/services/rds"), viewport={"width": 1440, "height": 900})
    token = copied(create(page, login), "Copy token")
    page.get_by_role("dialog").get_by_role("button", name="I have kept it").click()
    page.get_by_role("link", name="Create mount").click()
    page.get_by_role("dialog").get_by_label("Path").fill(path)
    page.get_by_role("dialog").get_by_role("button", name="Create", exact=True).click()
    row = page.get_by_role("row").filter(has_text=path)
    expect(row).to_contain_text("rds/default")
    row.get_by_role("link", name=f"Rotate: {path} 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    expect(page.get_by_text(f"Key 1 of “{path}” has version 2 now.").first).to_be_visible()
    page.get_by_label("Mount", exact=True).select_option(label=path)
    page.get_by_role("button", name="Show settings").click()
    expect(page.get_by_role("region", name="my.cnf")).to_contain_text(f"{northwind.server.url}/v1/{path}")

    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{northwind.server.url}/v1/{path}/data/1", headers={"X-Vault-Token": token}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
        found = json.load(answer)["data"]
    assert found["metadata"]["version"] == 2
    assert re.fullmatch("[0-9a-f]{64}", found["data"]["data"])
