"""What a real browser makes of markup in texts: nothing runs, and nothing is asked of elsewhere."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key, new_alias, post

# What a text is shown as no database says; that it is stored as it was typed both tell (tests/pages/test_free_text.py).
pytestmark = [pytest.mark.browser, pytest.mark.without_database]

PAYLOADS = (
    "<script>pwned=1</script>",
    "\"'><img src=x onerror=pwned=1>",
    "</textarea></title><svg/onload=pwned=1>",
    "<a href=javascript:pwned=1 id=trap>here</a>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<b hx-get=/sign-out hx-trigger=load hx-on:load=pwned=1>x</b>",
)
PAYLOAD = "".join(PAYLOADS)[:255]
"""As much of it as a description takes: all but the last in whole."""


def check_nothing_ran(page: Page) -> None:
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("#trap, img[src=x], iframe, svg[onload], b[hx-get]").count() == 0


def test_nothing_runs_that_was_typed(console: Console, northwind: Account) -> None:
    page = console.sign_in(northwind)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    post(page, northwind.address("projects/" + northwind.project), description=PAYLOAD)
    alias = new_alias()
    key = make_key(page, northwind, alias=alias, description=PAYLOAD)

    shown = {
        f"kms/keys/{key}": "p, dd, td",
        f"kms/keys/{key}/description": "textarea",
        f"kms/keys?words={quote(PAYLOAD)}": "input[type=search]",
        "projects": "td",
        f"users?words={quote(PAYLOAD)}": "input[type=search]",
        f"places?q={quote(PAYLOAD)}&at={quote(PAYLOAD)}": "input[type=search]",
    }
    for address in shown:
        page.goto(northwind.address(address))
        check_nothing_ran(page)
        assert PAYLOADS[0] in page.content().replace("&lt;", "<").replace("&gt;", ">")

    # A part that htmx brings, and the message that the page's own script copies under its bell.
    page.goto(northwind.address("enterprise-projects"))
    page.get_by_role("button", name="Create enterprise project").click()
    page.get_by_label("Name").fill((alias + PAYLOAD)[:255])
    page.get_by_role("button", name="OK").click()
    expect(page.locator("[data-toast]").filter(has_text=alias)).to_be_visible()
    check_nothing_ran(page)
    page.get_by_role("button", name=re.compile("Messages")).click()
    expect(page.locator("[data-bell]").get_by_text(PAYLOADS[0]).first).to_be_visible()
    check_nothing_ran(page)


def test_the_policy_stops_what_would_get_in_all_the_same(console: Console, northwind: Account) -> None:
    page = console.sign_in(northwind)

    page.evaluate(
        """markup => {
        document.getElementById("content").innerHTML += markup;
        const script = document.createElement("script");
        script.textContent = "pwned = 1";
        document.body.append(script);
        document.body.append(Object.assign(document.createElement("script"), {src: "https://evil.example/x.js"}));
        document.getElementById("trap").click();
    }""",
        "<img src=x onerror=pwned=1><a id=trap href=javascript:pwned=1>here</a><b style='color: red'>red</b>",
    )
    page.wait_for_timeout(300)

    assert page.evaluate("typeof pwned") == "undefined"
    refused = [one for one in console.watch.said if "Content Security Policy" in one]
    assert len(refused) >= 4
    console.watch.said.clear()
    console.watch.strangers.clear()
