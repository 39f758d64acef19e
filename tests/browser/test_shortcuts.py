"""Shortcut keys, the bell, a dialog that asks before it forgets, the time zone, and the end of a session."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Account, Console, make_key

pytestmark = pytest.mark.browser


def test_keys_lead_through_the_console(keys: Page, northwind: Account):
    keys.keyboard.press("/")
    expect(keys.get_by_role("searchbox", name="Find keys")).to_be_focused()
    keys.keyboard.type("gt?c")
    expect(keys.get_by_role("searchbox", name="Find keys")).to_have_value("gt?c")
    keys.get_by_role("searchbox", name="Find keys").blur()

    keys.keyboard.press("g")
    keys.keyboard.press("t")
    expect(keys.get_by_role("heading", name="Traces", exact=True)).to_be_visible()
    keys.keyboard.press("g")
    keys.keyboard.press("k")
    expect(keys.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    keys.keyboard.press("c")
    dialog = keys.get_by_role("dialog", name="Create Key")
    expect(dialog.get_by_label("Alias")).to_be_focused()
    keys.keyboard.press("Escape")
    keys.keyboard.press("?")
    expect(keys.get_by_role("dialog", name="Shortcut keys")).to_be_visible()


def test_shortcut_keys_are_switched_off(keys: Page):
    keys.get_by_role("button", name="Account menu").click()
    keys.get_by_role("button", name="Shortcut keys").click()

    keys.keyboard.press("c")
    keys.keyboard.press("/")

    expect(keys.get_by_role("dialog")).to_have_count(0)
    expect(keys.get_by_role("searchbox", name="Find keys")).not_to_be_focused()


def test_esc_asks_once_when_something_was_typed(keys: Page):
    keys.get_by_role("button", name="Create Key").click()
    dialog = keys.get_by_role("dialog")
    dialog.get_by_label("Description").fill("Long thought about")

    keys.keyboard.press("Escape")
    expect(dialog.get_by_text("What you typed is lost when you close.")).to_be_visible()
    expect(dialog.get_by_label("Description")).to_have_value("Long thought about")
    keys.keyboard.press("Escape")

    expect(keys.get_by_role("dialog")).to_have_count(0)


def test_esc_closes_at_once_when_nothing_was_typed(keys: Page):
    keys.get_by_role("button", name="Create Key").click()
    expect(keys.get_by_role("dialog").get_by_label("Alias")).to_be_focused()

    keys.keyboard.press("Escape")

    expect(keys.get_by_role("dialog")).to_have_count(0)


def test_what_was_said_stays_under_the_bell(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account)
    page.get_by_role("button", name="Create Key").click()
    page.get_by_role("dialog").get_by_label("Alias").fill("told")
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    page.locator("#toasts").get_by_role("button", name="Dismiss").click()

    page.get_by_role("button", name="Messages of this page").click()

    bell = page.get_by_role("group", name="Messages of this page")
    expect(bell.get_by_text("Key “told” created successfully.")).to_be_visible()
    expect(page.get_by_text("Key “told” created successfully.")).to_have_count(1)
    expect(bell.get_by_role("link", name="View key")).to_be_visible()


def test_times_are_shown_in_the_zone_that_was_chosen(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account, viewport={"width": 1440, "height": 900}, timezone_id="America/Lima")
    make_key(page, account)
    page.reload()
    expect(page.get_by_role("row").nth(1)).to_contain_text("GMT-05:00")

    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("link", name="Time zone").click()
    page.get_by_role("dialog").get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_role("dialog").get_by_role("button", name="OK").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("GMT+09:00")


def end_session_in(page: Page, account: Account, seconds: int, *, idle: bool) -> None:
    """Let the server end the session that this page has after so many seconds: because nothing was done for an hour, or
    because it has lasted for twelve."""
    session = next(one["value"] for one in page.context.cookies() if one["name"] == "session")
    change = "seen_at=end - timedelta(hours=1)" if idle else "expires_at=end"
    account.shell(f"""
            from datetime import timedelta
            from django.utils import timezone
            from console.models import Session
            from console.sessions import digest_of
            end = timezone.now() + timedelta(seconds={seconds})
            assert Session.objects.filter(pk=digest_of({session!r})).update({change})""")


def test_the_end_of_an_idle_session_is_told_and_put_off(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account)
    page.clock.install()
    page.reload()
    end_session_in(page, account, 100, idle=True)
    page.clock.fast_forward("58:00")  # to the page: to the server it is as late as ever

    warning = page.get_by_role("alert").filter(has_text="Your session ends in")
    expect(warning).to_contain_text(re.compile(r"1:[0-3]\d"))
    warning.get_by_role("button", name="Stay signed in").click()

    expect(warning).to_have_count(0)
    page.reload()
    expect(page.locator("#session-end")).to_have_attribute("data-left", re.compile(r"3[56]\d\d"))


def test_a_session_that_has_lasted_its_time_says_so_and_how_to_go_on(console: Console, account_of):
    account: Account = account_of()
    page = console.sign_in(account)
    end_session_in(page, account, 5, idle=False)
    page.reload()

    expect(page.get_by_text("It has lasted as long as one may")).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)
    expect(page.get_by_text("Your session has ended.")).to_be_visible(timeout=15_000)
    page.get_by_role("alert").get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
