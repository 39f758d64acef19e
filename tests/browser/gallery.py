"""Every page, menu and dialog of the console, and the way there: what axe looks at, and `make shots` takes."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.support import Account, make_key, new_alias

Steps = Callable[[Page, Account], object]


def open_dialog(page: Page, _account: Account):
    page.get_by_role("button", name="Create Key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page.get_by_role("dialog")


def fill_with_errors(page: Page, account: Account) -> None:
    dialog = open_dialog(page, account)
    dialog.get_by_label("Alias").fill("two words")
    dialog.get_by_label("Description").fill("x" * 256)
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Tag value").fill("a*b")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog.get_by_text("These fields need your attention:")).to_be_visible()


def create(page: Page, account: Account) -> None:
    page.goto(account.address("kms/keys?rows=10"))
    dialog = open_dialog(page, account)
    dialog.get_by_label("Alias").fill(new_alias())
    dialog.get_by_role("button", name="OK").click()
    expect(page.get_by_role("link", name="View key")).to_be_visible()
    page.get_by_role("link", name="View key").focus()  # stays while it has the focus


def go_to_key(page: Page, account: Account) -> None:
    tags = {"tag-1-key": "team", "tag-1-value": "orders"}
    page.goto(account.address(f"kms/keys/{make_key(page, account, description='For the orders', **tags)}"))


def press(*buttons: str, after: Steps | None = None) -> Steps:
    def steps(page: Page, account: Account) -> None:
        if after:
            after(page, account)
        for button in buttons:
            page.get_by_role("button", name=button).click()
        page.wait_for_load_state("networkidle")

    return steps


def go_to(address: str) -> Steps:
    return lambda page, account: page.goto(account.address(address))


def at_key(tab: str, **fields: str) -> Steps:
    """A new key's page at this tab or dialog."""
    return lambda page, account: page.goto(account.address(f"kms/keys/{make_key(page, account, **fields)}/{tab}"))


def open_from_key(button: str) -> Steps:
    """The dialog that a new key's page opens."""

    def steps(page: Page, account: Account) -> None:
        go_to_key(page, account)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return steps


def open_user(page: Page, account: Account) -> None:
    login = new_alias()
    account.colleague(login, "KMS User")
    page.goto(account.address(f"users?words={login}"))
    page.get_by_role("link", name=login).click()


def open_service(name: str) -> Steps:
    """The page of a service whose user asked for a key, once in vain."""

    def steps(page: Page, account: Account) -> None:
        account.shell(f"""
            from console.models import Service
            from keys import operations
            from keys.errors import KmsError
            from keys.operations.services import create_user_for_service, service_users_of
            project = account.projects.get(name="ap-southeast-3")
            who = Caller.of_user(account.users.get(is_owner=True), project, source_ip="192.0.2.1", request_id="0" * 32)
            if not service_users_of(who, "{name}"):
                user = create_user_for_service(who, login="{name}-gateway", service="{name}").user
                it = Caller.of_user(user, project, source_ip="192.0.2.9", request_id="0" * 32, by_api=True)
                context = {{"aws:s3:arn": "arn:aws:s3:::photos/2026/11/cat.jpg"}}
                operations.create_datakey(it, key_id="{name}/default", additional_data=context)
                try:
                    operations.create_datakey(it, key_id="sfs/default")
                except KmsError:
                    pass""")
        page.goto(account.address(f"kms/services/{name}"))

    return steps


def open_databases(page: Page, account: Account) -> None:
    """The page of databases with a mount that has two keys."""
    account.shell("""
            from keys import operations
            from keys.models import MountKind
            project = account.projects.get(name="ap-southeast-3")
            who = Caller.of_user(account.users.get(is_owner=True), project, source_ip="192.0.2.1", request_id="0" * 32)
            if not operations.list_mounts(who):
                operations.create_mount(who, path="mariadb/orders", key_id="rds/default", kind=MountKind.DATABASE)
                for number in (1, 7):
                    operations.create_database_key(who, path="mariadb/orders", number=number)
                operations.rotate_database_key(who, path="mariadb/orders", number=1)""")
    open_service("rds")(page, account)


def open_service_user(page: Page, account: Account) -> None:
    open_service("obs")(page, account)
    page.goto(account.address("users?words=obs-gateway"))
    page.get_by_role("link", name="obs-gateway").click()


def see_used_by(page: Page, account: Account) -> None:
    key_id = make_key(page, account)
    account.shell(f"""
            from keys import operations
            project = account.projects.get(name="ap-southeast-3")
            who = Caller.of_user(account.users.get(is_owner=True), project, source_ip="192.0.2.1", request_id="0" * 32)
            for pair in ({{"aws:s3:arn": "arn:aws:s3:::photos/2026/11/cat.jpg"}}, {{"kms:volume": "accounts (5d0c)"}}):
                operations.create_datakey(who, key_id="{key_id}", additional_data=pair)
            operations.disable_key(who, "{key_id}")
            try:
                operations.create_datakey(who, key_id="{key_id}", additional_data={{"kms:volume": "accounts (5d0c)"}})
            except Exception:
                pass""")
    page.goto(account.address(f"kms/keys/{key_id}/used-by"))


def see_key(page: Page, account: Account) -> None:
    """The list, narrowed to a new key with tags."""
    alias = new_alias()
    tags = {f"tag-{n}-key": f"tag-{n}" for n in range(1, 5)}
    make_key(page, account, alias=alias, **tags)
    page.goto(account.address(f"kms/keys?words={alias}"))


def pick_key(page: Page, account: Account) -> None:
    see_key(page, account)
    page.get_by_role("checkbox", name="Select: ").first.check()


def set_up_app(page: Page, account: Account) -> None:
    """The QR code of an app that nobody takes into use."""
    page.goto(account.address("security"))
    page.locator("#set-up-app").click()
    page.get_by_label("Your password").fill(account.password)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()


SCREENS: dict[str, Steps] = {
    "the key list": see_key,
    "the dialog": open_dialog,
    "the dialog with errors": fill_with_errors,
    "the list with a new key": create,
    "the dialog as a page": go_to("kms/keys/create"),
    "a key": go_to_key,
    "a key, editing its alias": press("Edit alias", after=go_to_key),
    "a key, editing its description": press("Edit description", after=go_to_key),
    "a key, a bad tag": press("Add tag", after=go_to_key),
    "disabling a key": open_from_key("Disable"),
    "deleting a key": open_from_key("Delete"),
    "deleting a key, refused": press("OK", after=at_key("delete")),
    "enabling a key, as a page that refuses": at_key("enable"),
    "the rotation of a key": at_key("rotation"),
    "the aliases of a key": at_key("aliases"),
    "the tags of a key": at_key("tags", **{"tag-1-key": "env"}),
    "the grants of a key": at_key("grants"),
    "granting": at_key("grants/create"),
    "who may use a key": at_key("access"),
    "the tool": at_key("tool/encrypt"),
    "the tool, refused": press("Execute", after=at_key("tool/decrypt")),
    "the tool, signing": at_key("tool/sign", key_spec="EC_P256"),
    "the tool, asked what a ciphertext is": at_key("tool/identify"),
    "an import": press("Get wrapping key and token", after=at_key("import", origin="external")),
    "an import, refused": press(
        "Get wrapping key and token", "Import material", after=at_key("import", origin="external")
    ),
    "the public key of a key": at_key("public-key", key_spec="EC_P256"),
    "the list, filtered to nothing": go_to("kms/keys?words=nothing"),
    "the list with a key selected": pick_key,
    "disabling what is selected": press("Disable", after=pick_key),
    "the columns of the list": go_to("kms/columns"),
    "the default keys": go_to("kms/default-keys"),
    "the access keys": go_to("access-keys"),
    "home": go_to("kms/home"),
    "the usage": go_to("kms/usage"),
    "verifying the trail": go_to("traces/verify"),
    "the users": go_to("users"),
    "making a user": go_to("users/create"),
    "a user": open_user,
    "a service user": open_service_user,
    "making a service user": go_to("kms/service-users/create?service=obs"),
    "object storage": open_service("obs"),
    "volumes": open_service("evs"),
    "images": go_to("kms/services/ims"),
    "databases": open_databases,
    "making a mount": go_to("kms/mounts/create"),
    "what a key is used for": see_used_by,
    "the roles": go_to("roles"),
    "making a role, refused": press("Save", after=go_to("roles/create")),
    "the approvals": go_to("approvals"),
    "protecting a key": at_key("protect"),
    "the enterprise projects": go_to("enterprise-projects"),
    "making an enterprise project, refused": press("OK", after=go_to("enterprise-projects/create")),
    "the projects": go_to("projects"),
    "making a project": go_to("projects/create"),
    "the traces": go_to("traces"),
    "the traces, none found": go_to("traces?user=nobody"),
    "the traces of a key": at_key("traces"),
    "the menu of services": press("Service List"),
    "the menu of places": press("Region: "),
    "the account menu": press("Account menu"),
    "the services": go_to("services"),
    "the places": go_to("places"),
    "the security": go_to("security"),
    "the password": go_to("password"),
    "the password, refused": press("Change password", after=go_to("password")),
    "another region": go_to("kms/keys?left=key"),
    "the page Security": go_to("security"),
    "setting up an app": set_up_app,
}
