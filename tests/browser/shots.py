"""Screenshots of every screen of the gallery, in both themes and at both widths: `make shots`, to be looked at.

Not collected with the tests: nothing here can fail for what a picture shows.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.gallery import SCREENS
from tests.browser.support import Account

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
