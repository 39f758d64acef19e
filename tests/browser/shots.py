"""Screenshots of every page, both themes and widths, to be looked at; axe looks at each of them too.

`make shots`; not collected with the tests, which look at each screen once.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.gallery import SCREENS
from tests.browser.support import Account, Console
from tests.browser.test_accessibility import LOOKS, violations

FOLDER = Path("test-results/shots")
WIDTHS = {1440: 900, 390: 844}


@pytest.mark.parametrize("screen", SCREENS)
def test_shot(keys: Page, northwind: Account, screen: str) -> None:
    SCREENS[screen](keys, northwind)
    take(keys, screen)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("the reference of the API", "api"),
        ("a call of the API", "api/kms/encrypt-data"),
        ("a page that is not there", "kms/keys/00000000-0000-0000-0000-000000000000"),
    ],
)
def test_shot_of_a_page_beside_them(keys: Page, console: Console, northwind: Account, name: str, address: str) -> None:
    console.watch.expect_answer(404)
    keys.goto(northwind.address(address))
    take(keys, name)


def test_shot_of_what_may_not_be_seen(console: Console, northwind: Account) -> None:
    console.watch.expect_answer(403)
    visitor = northwind.colleague("visitor", "KMS CMKReadOnlyAccess")
    take(console.sign_in(visitor, northwind.address("users")), "what may not be seen")


def test_shot_before_the_first_key_and_of_signing_in(console: Console, account_of) -> None:
    account: Account = account_of()
    take(console.sign_in(account), "a list without keys")
    take(console.visit(f"{account.server.url}/sign-in"), "signing in")
    page = console.sign_in(account)
    page.context.add_cookies([{"name": "language", "value": "zh-hans", "url": account.server.url}])
    page.goto(account.address("kms/keys/create"))
    take(page, "the dialog in Chinese")


def take(page: Page, screen: str) -> None:
    """The four pictures of what the page shows now, and what axe says of it in each look."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            path = FOLDER / f"{re.sub(r'[^a-zA-Z0-9]+', '-', screen)}-{theme}-{width}.png"
            page.screenshot(path=path, animations="disabled")
    assert violations(page, LOOKS) == []
