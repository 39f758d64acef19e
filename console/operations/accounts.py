"""Accounts."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction

from console.access.caller import Caller
from console.access.trail import traced
from console.models import AccessKey, Account, EnterpriseProject, Project, Region, User
from console.models.enterprise import DEFAULT_ID, DEFAULT_NAME
from console.operations.users import keep_initial_password, new_password, save_user, write_access_key
from keys.errors import KmsError, NameTaken


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """What a new account begins with; password and secret key are known only here."""

    account: Account
    user: User
    password: str
    projects: list[Project]
    access_key: AccessKey
    secret_key: str


def create_account(
    caller: Caller | None,
    *,
    name: str,
    is_enterprise: bool = False,
    key_quota: int = 20,
    password: str = "",
    is_superuser: bool = False,
    to_be_changed: bool = False,
) -> NewAccount:
    """Make an account with its first user, a main project in every region and a first access key.

    `caller` is None for the server itself; without `password` one is made. One that an administrator gave, or that is
    `to_be_changed`, the user has to change when he signs in first. Projects come in the order of the regions'
    ids. Raises NameTaken, NameInvalid and the password's own errors; then nothing was made."""
    # Only ASCII is folded: other letters would fold into names that are not theirs.
    account = Account(name=name.lower() if name.isascii() else name, is_enterprise=is_enterprise, key_quota=key_quota)
    with traced(caller or Caller.server(account), "createAccount", account) as trace:
        trace.caller.require("server:accounts:create")
        account.full_clean(validate_unique=False)
        password = password or new_password()
        user = User(
            account=account,
            login=account.name,
            is_owner=True,
            is_staff=is_superuser,
            is_superuser=is_superuser,
            must_change_password=to_be_changed or caller is not None,
        )
        try:
            with transaction.atomic(durable=True):
                account.save(force_insert=True)
                save_user(user, password)
                projects = [Project(account=account, region=one, name=one.id) for one in Region.objects.order_by("id")]
                Project.objects.bulk_create(projects)
                if is_enterprise:
                    EnterpriseProject.objects.create(account=account, eps_id=DEFAULT_ID, name=DEFAULT_NAME)
                access_key, secret_key = write_access_key(user)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=account.name) from None
    return NewAccount(account, user, password, projects, access_key, secret_key)


def update_account(caller: Caller, account: Account, *, is_enterprise: bool, key_quota: int) -> Account:
    """Change what an account may have. One that becomes an enterprise account gets its enterprise project `default`."""
    with traced(caller, "updateAccount", account) as trace:
        caller.require("server:accounts:update")
        trace.detail = {"is_enterprise": is_enterprise, "key_quota": key_quota}
        with transaction.atomic(durable=True):
            account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            account.is_enterprise, account.key_quota = is_enterprise, key_quota
            account.full_clean(validate_unique=False, validate_constraints=False)
            account.save(update_fields=["is_enterprise", "key_quota"])
            if is_enterprise:
                EnterpriseProject.objects.get_or_create(
                    account=account, eps_id=DEFAULT_ID, defaults={"name": DEFAULT_NAME}
                )
            trace.done()
    return account


def create_first_account() -> NewAccount | None:
    """On an empty database make the account `admin`, whose user manages the server; else None.

    The password comes from ADMIN_PASSWORD_FILE or is made and kept, alone, in `DATA_DIR/initial-password`: written
    before the account is, so that a crash in between leaves a file to be overwritten, never an unknown password. It
    need not be changed: whoever starts the server chose it, or was given 142 random bits that nobody else has."""
    if Account.objects.exists():
        return None
    if settings.ADMIN_PASSWORD_FILE:
        try:
            return create_account(None, name="admin", is_superuser=True, password=_given_password())
        except KmsError:
            raise
        except ValidationError as error:
            raise ImproperlyConfigured(f"ADMIN_PASSWORD_FILE: {' '.join(error.messages)}") from None
    password = new_password()
    keep_initial_password(password)
    return create_account(None, name="admin", is_superuser=True, password=password)


def account_of_the_server() -> Account | None:
    """In whose trail the server tells what it did for all accounts: that of who administers it, else the oldest."""
    accounts = Account.objects.order_by("created_at")
    return accounts.filter(users__is_superuser=True).first() or accounts.first()


def _given_password() -> str:
    path = settings.ADMIN_PASSWORD_FILE
    try:
        with open(path, encoding="utf-8") as file:
            password = file.read().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"ADMIN_PASSWORD_FILE {path} can't be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"ADMIN_PASSWORD_FILE {path} does not hold UTF-8 text.") from None
    if not password:
        raise ImproperlyConfigured(f"ADMIN_PASSWORD_FILE {path} is empty.")
    return password
