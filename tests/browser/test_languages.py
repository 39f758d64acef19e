"""English and Simplified Chinese, light and dark: chosen by hand or by the system, and remembered."""

from collections.abc import Callable
from functools import cache

import polib  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, fill_in_sign_in, new_alias
from tests.support.servers import ROOT

pytestmark = pytest.mark.browser


@cache
def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / "console" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))


def zh(text: str) -> str:
    """The Chinese of an English text, by the catalogue."""
    entry = next((one for one in catalogue() if one.msgid == text), None)
    assert entry is not None, f"not in the catalogue: {text}"
    assert entry.msgstr, f"not translated: {text}"
    return str(entry.msgstr)


def test_the_flow_in_chinese(console: Console, northwind: Account):
    alias = new_alias()
    page = console.visit(northwind.server.url)
    page.get_by_role("button", name="简体中文").click()
    page.get_by_label("账号", exact=True).fill(northwind.name)
    page.get_by_label(zh("User"), exact=True).fill(northwind.user)
    page.get_by_label(zh("Password"), exact=True).fill(northwind.password)
    page.get_by_role("button", name=zh("Log in")).click()
    expect(page.get_by_role("button", name="区域")).to_be_visible()
    page.get_by_role("button", name="服务列表").click()
    services = page.get_by_role("navigation", name="服务列表")
    expect(services.get_by_role("heading", name="安全与合规")).to_be_visible()
    services.get_by_role("link", name="数据加密服务").click()
    page.goto(northwind.address())

    page.get_by_role("button", name="创建密钥").click()
    dialog = page.get_by_role("dialog", name="创建密钥")
    dialog.get_by_label("别名").fill("不行")
    dialog.get_by_role("button", name="确定").click()
    error = zh("Use 1 to 255 characters: letters, digits and _ - : / only, without spaces.")
    expect(dialog.get_by_label("别名")).to_have_accessible_description(error)
    dialog.get_by_label("别名").fill(alias)
    dialog.get_by_label("密钥算法").select_option("EC_P256")
    expect(dialog.get_by_role("group", name="用途").get_by_role("radio")).to_be_checked()
    dialog.get_by_label("描述").fill("订单密钥")
    dialog.get_by_label("企业项目").select_option("0")
    dialog.get_by_role("button", name=zh("Add tag")).click()
    dialog.get_by_label("标签键").fill("团队")
    dialog.get_by_label("标签值").fill("订单")
    dialog.get_by_role("button", name="确定").click()

    created = zh("Key “%(alias)s” created successfully.") % {"alias": alias}
    expect(page.get_by_role("status").get_by_text(created)).to_be_visible()
    row = page.get_by_role("row").nth(1)
    for text in (alias, "启用", "EC_P256", "团队", "订单"):
        expect(row).to_contain_text(text)
    row.get_by_role("link", name=alias, exact=True).click()
    expect(page.get_by_role("definition").filter(has_text="订单密钥")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_nothing_in_chinese_pages_is_left_in_english(console: Console, account_of: Callable[..., Account]):
    page = console.sign_in(account_of("--enterprise"), locale="zh-CN")
    page.get_by_role("button", name="创建密钥").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("密钥算法").select_option("RSA_2048")
    expect(dialog.get_by_role("group", name="用途").get_by_role("radio")).to_have_count(2)
    dialog.get_by_role("button", name=zh("Add tag")).click()

    words = page.evaluate("""() => [...document.body.innerText.matchAll(/[A-Za-z][A-Za-z']+/g)].map(one => one[0])""")
    english = {"the", "and", "of", "key", "keys", "can", "is", "or", "may", "with", "name", "you"}
    assert english.isdisjoint({one.lower() for one in words})


@pytest.mark.parametrize(("locale", "lang"), [("zh-CN", "zh-Hans"), ("en-GB", "en"), ("fr-FR", "en")])
def test_the_browsers_language_is_taken_at_first(console: Console, northwind: Account, locale: str, lang: str):
    page = console.visit(northwind.server.url, locale=locale)

    expect(page.locator("html")).to_have_attribute("lang", lang)


def test_the_language_is_remembered_and_the_page_stays(console: Console, northwind: Account):
    page = console.sign_in(northwind, northwind.address("password", northwind.projects["eu-west-101"]))

    page.get_by_role("banner").get_by_role("button", name="简体中文").first.click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page).to_have_url(northwind.address("password", northwind.projects["eu-west-101"]))
    page.context.clear_cookies(name="session")
    page.goto(northwind.address())
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="English").click()
    fill_in_sign_in(page, northwind)
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()


def is_dark(page: Page) -> bool:
    """Whether the page's ground is darker than its text."""
    of_body = """name => getComputedStyle(document.body)[name].match(/[\\d.]+/g).slice(0, 3).map(Number)"""
    ground, text = (sum(page.evaluate(of_body, name)) for name in ("backgroundColor", "color"))
    return bool(ground < text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_systems_appearance_is_taken_at_first(console: Console, northwind: Account, scheme: str):
    page = console.sign_in(northwind, color_scheme=scheme)

    assert is_dark(page) == (scheme == "dark")


@pytest.mark.parametrize(("chosen", "system"), [("Dark", "light"), ("Light", "dark")])
def test_an_appearance_chosen_by_hand_holds_and_is_remembered(
    console: Console, northwind: Account, chosen: str, system: str
):
    page = console.sign_in(northwind, color_scheme=system)
    page.get_by_role("button", name="Account menu").click()

    page.get_by_role("button", name=chosen).click()

    expect(page.locator("html")).to_have_attribute("data-theme", chosen.lower())
    assert is_dark(page) == (chosen == "Dark")
    page.goto(northwind.address("services"))
    assert is_dark(page) == (chosen == "Dark")
    page.get_by_role("button", name="Account menu").click()
    expect(page.get_by_role("button", name=chosen)).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="As the system").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", chosen.lower())
    assert is_dark(page) == (system == "dark")
