"""Screenshots of every screen of the gallery, both themes and widths, to be looked at; axe looks at each of them too.

`make shots`; not collected with the tests, which look at each screen once.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.gallery import SCREENS
from tests.browser.support import Account
from tests.browser.test_accessibility import LOOKS, violations

FOLDER = Path("test-results/shots")
WIDTHS = {1440: 900, 390: 844}


@pytest.mark.parametrize("screen", SCREENS)
def test_shot(keys: Page, northwind: Account, screen: str) -> None:
    SCREENS[screen](keys, northwind)
    name = re.sub(r"\W+", "-", screen)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        keys.emulate_media(color_scheme=theme)
        for width, height in WIDTHS.items():
            keys.set_viewport_size({"width": width, "height": height})
            keys.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", animations="disabled")
    assert violations(keys, LOOKS) == []
