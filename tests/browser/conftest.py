"""A browser that listens: no request may leave the server, and Chromium's console has nothing to say."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.support import Account, Console, Watch
from tests.support.servers import Server

# Playwright's event loop stays in this thread until the process ends: Django would take the tests that come after
# in it for coroutines, and keep them from the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def account_of(server: Server) -> Callable[..., Account]:
    """Makes an account; its options are those of `createaccount`."""
    numbers = iter(range(1, 1000))

    def make(*options: str) -> Account:
        return Account.create(server, f"account-{next(numbers)}", *options)

    return make


@pytest.fixture(scope="session")
def northwind(account_of: Callable[..., Account]) -> Account:
    """An enterprise account that these tests share, with room for all their keys."""
    return account_of("--enterprise", "--quota", "1000")


@pytest.fixture
def console(browser: Browser, server: Server) -> Iterator[Console]:
    """Opens pages, signed in or not; fails in the end where a request left the server or the console spoke."""
    watch = Watch(server.url)
    one = Console(browser, watch)
    yield one
    one.close()
    assert watch.strangers == []
    assert watch.said == []


@pytest.fixture
def keys(console: Console, northwind: Account) -> Page:
    """The key list of `northwind`, signed in."""
    return console.sign_in(northwind)


@pytest.fixture
def dialog(keys: Page) -> Any:
    """The dialog Create Key, open above the key list of `northwind`."""
    keys.get_by_role("button", name="Create Key").click()
    return keys.get_by_role("dialog", name="Create Key")
