"""What the browser tests are written with: accounts to sign in with, pages to open, and keys made behind the scenes."""

import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, StorageState, expect

from tests.support.servers import Server

LATELY = 600
"""Seconds for which a sign-in is used again: a quarter of an hour after it the password is asked again."""
ANSWERED = "Failed to load resource: the server responded with a status of "
LOST = re.compile(r"htmx:\w+|Failed to load resource: net::ERR_FAILED")
expect.set_options(timeout=10_000)


def new_alias() -> str:
    """An alias that no other test uses."""
    return f"orders-{uuid.uuid4().hex[:8]}"


@dataclass
class Account:
    """An account on the server, whom one signs in as, and his main projects by region."""

    server: Server
    name: str
    user: str
    password: str
    projects: dict[str, str]
    signed_in: StorageState | None = None  # the browser's cookies once it has signed in
    signed_in_at: float = 0.0

    @classmethod
    def create(cls, server: Server, name: str, *options: str) -> "Account":
        made = json.loads(server.quickly(command=["createaccount", name, *options]))
        projects = {one["region"]: one["id"] for one in made["projects"]}
        return cls(server, name, made["user"]["name"], made["user"]["password"], projects)

    @property
    def project(self) -> str:
        """The id of the main project that the tests are in."""
        return self.projects["ap-southeast-3"]

    def address(self, page: str = "kms/keys", project: str = "") -> str:
        return f"{self.server.url}/console/{project or self.project}/{page}"

    def colleague(self, login: str, *roles: str) -> "Account":
        """Another user of the account, who holds these roles in all projects."""
        printed = self.shell(f"""
            user, password = create_user(Caller.server(account), account=account, login={login!r})
            update_user(Caller.server(account), user, roles=[RoleWish(role) for role in {roles!r}])
            print(password)""")
        return Account(self.server, self.name, login, printed.split()[-1], self.projects)

    def shell(self, code: str) -> str:
        """What the code prints, run by the server's management shell with `account` at hand."""
        lines = [line.removeprefix(" " * 12) for line in code.splitlines()]
        imports = """
from console.access.caller import Caller
from console.models import Account, EnterpriseProject, Project, Region
from console.operations.roles import RoleWish
from console.operations.users import create_user, update_user"""
        script = "\n".join([imports, f"account = Account.objects.get(name={self.name!r})", *lines])
        return self.server.quickly(code=script)


class Watch:
    """What pages asked for, and what the browser's console said, beyond what is right."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.strangers: list[str] = []
        self.said: list[str] = []
        self.expected = re.compile(re.escape(f"{ANSWERED}422 (Unprocessable Entity)"))

    def expect_answer(self, status: int) -> None:
        """Let the browser report an answer of this status too: the test asks for it."""
        self.expected = re.compile(rf"{ANSWERED}({status}|422) \(.+\)")

    def expect_lost_answers(self) -> None:
        """Let browser and htmx report answers that the test keeps from them."""
        self.expected = LOST

    def listen(self, context: BrowserContext) -> None:
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.said.append(str(error.error)))

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != self.host:
            self.strangers.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium's remark, no fault: the test typed before a page's own `autofocus` had its turn.
        if message.type == "info" and message.text.startswith("Autofocus processing was blocked"):
            return
        if not self.expected.match(message.text):
            self.said.append(message.text)


@dataclass
class Console:
    """The console as one or more people see it, each in a browser of his own."""

    browser: Browser
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def visit(self, address: str, **options: Any) -> Page:
        """A page in a fresh browser; options are Playwright's (`viewport`, `locale`, `java_script_enabled`, …)."""
        context = self.browser.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **options})
        self.watch.listen(context)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    def sign_in(self, account: Account, address: str = "", **options: Any) -> Page:
        """The account's key list, or the page at `address`, in a browser that is signed in."""
        if account.signed_in is None or time.monotonic() - account.signed_in_at > LATELY:
            page = self.visit(account.address())
            fill_in_sign_in(page, account)
            expect(page).to_have_url(account.address())
            account.signed_in, account.signed_in_at = page.context.storage_state(), time.monotonic()
        return self.visit(address or account.address(), storage_state=account.signed_in, **options)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def fill_in_sign_in(page: Page, account: Account) -> None:
    """Sign in by the page that asks for it."""
    page.get_by_label("Account").fill(account.name)
    page.get_by_label("User").fill(account.user)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Log in").click()


def choose(dialog: Locator | Page, spec: str, usage: str) -> None:
    """Choose the algorithm, and once its usages are there, the usage."""
    dialog.get_by_label("Key Algorithm").select_option(spec)
    expect(dialog.locator("input[name=usage_for]")).to_have_value(spec)
    dialog.get_by_role("radio", name=usage).check()


def expect_wrong(field: Locator, error: str) -> None:
    """The field is marked as wrong, and the error stands beside it."""
    expect(field).to_have_accessible_description(error)
    expect(field).to_have_attribute("aria-invalid", "true")


def row_of(page: Page, alias: str) -> Locator:
    """The key's line of the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=alias, exact=True))


def post(page: Page, address: str, **fields: str) -> Any:
    """The answer to a form that no page offers, with the token that the browser holds."""
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrf")
    return page.request.post(address, form={"csrfmiddlewaretoken": token, **fields}, max_redirects=0)


def make_key(page: Page, account: Account, *, project: str = "", **fields: str) -> str:
    """Make a key without the dialog, in the name of who is signed in on the page; its id."""
    wish = {"alias": new_alias(), "key_spec": "AES_256", "enterprise_project": "0", **fields}
    answer = post(page, account.address("kms/keys/create", project), **wish)
    assert answer.status == 302, answer.text()
    return str(answer.headers["location"]).rpartition("new=")[2]
