"""The reference of the API: axe finds nothing, it fits a narrow screen, and needs neither JavaScript nor English."""

import pytest
from playwright.sync_api import expect

from tests.browser.support import Account, Console
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.without_database]


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(console: Console, northwind: Account):
    page = console.sign_in(northwind)
    page.goto(northwind.address("api"))

    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_a_call_is_found_by_its_name_in_chinese(console: Console, northwind: Account):
    page = console.sign_in(northwind, java_script_enabled=False)
    page.goto(northwind.address("api"))
    expect(page.get_by_role("heading", name="API reference")).to_be_visible()
    page.get_by_role("button", name="简体中文").click()

    page.get_by_role("navigation", name="接口").get_by_role("link", name="加密数据", exact=True).click()

    call = page.get_by_role("region", name="加密数据", exact=True)
    expect(call).to_be_in_viewport()
    expect(call.get_by_text(f"/v1.0/{northwind.project}/kms/encrypt-data")).not_to_have_count(0)
    expect(page.get_by_role("heading", name="不提供")).to_be_visible()
