"""The comparison as a picture: bars drawn by the tests' browser."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.tools import chromium

COLOURS = ("#1d5bd6", "#8b95a5", "#c9a227")
STYLE = """
body { margin: 0; padding: 24px; width: 1040px; font: 14px/1.4 sans-serif; color: #1c2430; background: #fff; }
h1 { font-size: 18px; margin: 0 0 4px; } p { margin: 0 0 16px; color: #5a6575; }
.row { display: grid; grid-template-columns: 190px 1fr; align-items: center; padding: 5px 0; }
.row { border-top: 1px solid #e6e9ee; }
.bar { display: flex; align-items: center; gap: 8px; height: 16px; font-size: 12px; }
.bar i { display: block; height: 11px; border-radius: 2px; } span.key { margin-right: 16px; }
span.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
"""


def draw(path: Path, title: str, text: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]) -> None:
    """A PNG of groups of bars: each row's rates, one a name (0 where it has none), as long as the row's greatest."""
    keys = "".join(
        f'<span class="key"><i style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in zip(names, COLOURS, strict=False)
    )
    groups = "".join(f'<div class="row"><b>{escape(work)}</b><div>{_bars(rates)}</div></div>' for work, rates in rows)
    head = f"<h1>{escape(title)}</h1><p>{escape(text)}</p><p>{keys}</p>"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1088, "height": 800})
        page.set_content(f"<!DOCTYPE html><meta charset='utf-8'><style>{STYLE}</style><body>{head}{groups}</body>")
        page.screenshot(path=path, full_page=True)
        browser.close()


def _bars(rates: Sequence[float]) -> str:
    most = max(rates)
    return "".join(
        f'<div class="bar"><i style="width:{rate / most * 700:.0f}px;background:{colour}"></i>{rate:,.0f}</div>'
        for rate, colour in zip(rates, COLOURS, strict=False)
        if rate
    )
