"""A second factor in Chromium: an app by its QR code, passkeys of a device of the browser's own, recovery codes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.support import Account, Console, Watch, fill_in_sign_in
from tests.browser.test_accessibility import LOOKS, violations
from tests.support.devices import App
from tests.support.servers import Server, copy_stopped, free_port

pytestmark = [pytest.mark.browser, pytest.mark.without_database]


class AtLocalhost(Server):
    """A server under a name: browsers know no passkeys at an IP address."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="module")
def named(started_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("named") / "data"
    copy_stopped(started_once, folder)
    port = free_port()
    server = AtLocalhost(folder, {"PUBLIC_URL": f"http://localhost:{port}"}, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def console(browser: Browser, named: Server) -> Iterator[Console]:
    watch = Watch(named.url)
    one = Console(browser, watch)
    yield one
    one.close()
    assert watch.strangers == []
    assert watch.said == []


def add_device(page: Page) -> None:
    """Give the page's browser a device that makes passkeys and says yes at once."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    answers = {"isUserVerified": True, "automaticPresenceSimulation": True}
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **answers}})


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Sign out").click()


def test_a_passkey_is_made_by_the_device_and_lets_in_after_the_password(console: Console, named: Server) -> None:
    account = Account.create(named, "with-passkey")
    page = console.visit(account.address("security"))
    add_device(page)
    fill_in_sign_in(page, account)
    page.get_by_role("link", name="Add a passkey").click()
    dialog = page.get_by_role("dialog", name="Add a passkey")
    dialog.get_by_label("Name").fill("Laptop")
    dialog.get_by_label("Your password").fill(account.password)
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("button", name="Create passkey").click()
    codes = page.get_by_role("list", name="Recovery codes")
    expect(codes.get_by_role("listitem")).to_have_count(10)
    recovery = codes.get_by_role("listitem").first.inner_text()
    assert violations(page, LOOKS[1:2]) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert recovery in Path(download.value.path()).read_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("row", name="Laptop")).to_contain_text("Never")

    sign_out(page)
    page.goto(account.address("security"))
    fill_in_sign_in(page, account)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert violations(page, LOOKS[:1]) == []
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(account.address("security"))
    expect(page.get_by_role("row", name="Laptop")).to_contain_text("just now")

    page.get_by_role("link", name="Add a passkey").click()
    dialog.get_by_label("Name").fill("Laptop again")
    dialog.get_by_label("Your password").fill(account.password)
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("button", name="Create passkey").click()
    expect(dialog.get_by_role("alert").last).to_have_text("This device has a passkey for you already.")


def test_an_app_is_set_up_by_its_key_and_a_recovery_code_stands_in_for_it(console: Console, named: Server) -> None:
    account = Account.create(named, "with-app")
    page = console.visit(account.address("security"), java_script_enabled=False)
    fill_in_sign_in(page, account)
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Your password").fill(account.password)
    page.get_by_role("button", name="Continue").click()
    app = App(page.locator(".secret-key span").first.inner_text().replace(" ", ""), [])
    page.get_by_label("Code of the app").fill(app.code(0))
    page.get_by_role("button", name="OK").click()
    recovery = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 left")).to_be_visible()

    other = console.visit(account.address("security"), java_script_enabled=False)
    fill_in_sign_in(other, account)
    other.get_by_label("Code of the authenticator app").fill("000000")
    other.get_by_role("button", name="Continue").click()
    expect(other.get_by_text("This code is wrong")).to_be_visible()
    other.get_by_role("link", name="Use a recovery code").click()
    other.get_by_label("Recovery code").fill(recovery)
    other.get_by_role("button", name="Continue").click()

    expect(other).to_have_url(account.address("security"))
    expect(other.get_by_text("9 of 10 left")).to_be_visible()
