"""Users, their passwords and access keys."""

import os
import secrets
import string
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.passwords import keep_past
from console.access.signature import PURPOSE
from console.access.trail import traced
from console.models import AccessKey, Account, Session, User
from console.operations.roles import RoleWish, check_roles, write_roles
from console.operations.second_administrator import keep_second_administrator
from console.operations.tokens import forget_tokens
from console.protection import root_key
from keys.crypto.secrets import wrap_secret
from keys.errors import KmsError, NameTaken

LETTERS_AND_DIGITS = string.ascii_letters + string.digits


class OwnRightsNeeded(KmsError):
    """Whoever administers can't shut himself out; so one superuser is left always."""

    text = _("You can't take rights from yourself. Ask another administrator to do it.")


class PasswordElsewhere(KmsError):
    """Who signs in at the provider has no password here: it would be a way around the provider."""

    field = "password"
    text = _("This user signs in by single sign-on and has no password here.")


class ServiceUserHasNone(KmsError):
    """What only a person can have."""

    text = _("This is a service user: it has tokens and access keys, and neither a password nor single sign-on.")


class ServiceUserManagesNothing(KmsError):
    text = _("A service user can't manage anything. Give it roles in its project, or grants of keys.")


def new_password() -> str:
    """A random password of 24 letters and digits (142 bits)."""
    return "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(24))


def save_user(user: User, password: str) -> None:
    """Check and store a new user with his password. Raises NameInvalid and the password's own errors."""
    user.full_clean(exclude=["password", "account", "username"], validate_unique=False, validate_constraints=False)
    validate_password(password, user)
    user.set_password(password)
    user.save(force_insert=True)


def create_user(caller: Caller, *, account: Account, login: str, password: str = "", **flags: bool) -> tuple[User, str]:
    """Make a user in `account` and return him with his password; `flags` are `is_staff` and its like.

    Who made him knows the password, so he has to change it when he signs in first.
    Raises NameTaken, NameInvalid and the password's own errors."""
    user = User(account=account, login=login, must_change_password=caller.user is not None, **flags)
    password = password or new_password()
    with traced(caller, "createUser", user) as trace:
        caller.require("iam:users:create")
        if user.is_staff or user.is_superuser:
            caller.require("server:users:create")
        if user.is_owner:
            caller.require("iam:users:update")
        try:
            with transaction.atomic(durable=True):
                save_user(user, password)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=user.username) from None
    return user, password


def update_user(
    caller: Caller,
    user: User,
    *,
    is_owner: bool | None = None,
    is_active: bool | None = None,
    is_staff: bool | None = None,
    is_superuser: bool | None = None,
    roles: Sequence[RoleWish] | None = None,
) -> User:
    """Change what `user` may do; None leaves a flag, or all his roles, as they are.

    Raises NotPermitted, OwnRightsNeeded, RoleUnknown, PlaceUnknown, RoleBeyondProject, ServiceUserManagesNothing,
    SecondAdministratorStays."""
    wish = {"is_owner": is_owner, "is_active": is_active, "is_staff": is_staff, "is_superuser": is_superuser}
    flags = {name: flag for name, flag in wish.items() if flag is not None}
    with traced(caller, "updateUser", user) as trace:
        caller.require("iam:users:update")
        if is_staff is not None or is_superuser is not None:
            caller.require("server:users:update")
        if user.is_service and (is_owner or is_staff or is_superuser):
            raise ServiceUserManagesNothing()
        if caller.user == user and any(getattr(user, name) and not flag for name, flag in flags.items()):
            raise OwnRightsNeeded()
        trace.detail = dict(flags)
        if roles is not None:
            check_roles(user, roles)
            trace.detail["roles"] = [wish.role for wish in roles]
        with transaction.atomic(durable=True):
            user = User.objects.select_for_update(of=("self",), no_key=True).select_related("account").get(pk=user.pk)
            manages = user.is_owner and user.is_active
            for name, flag in flags.items():
                setattr(user, name, flag)
            user.save(update_fields=[*flags])
            if manages and not (user.is_owner and user.is_active):
                keep_second_administrator(user.account_id)
            if not user.is_active:
                forget_tokens(user)
                Session.objects.filter(user=user).delete()
            if roles is not None:
                write_roles(user, roles)
            trace.done()
    return user


def set_password(caller: Caller, user: User, password: str, *, to_be_changed: bool = False) -> None:
    """Give `user` a new password: his own, or any user's for who manages users. It ends his sessions, and the file of
    the initial password where it was for him. One that somebody else gave him, or that is `to_be_changed`, he has to
    change when he signs in.

    Raises NotPermitted, ServiceUserHasNone, PasswordElsewhere and the password's own errors."""
    with traced(caller, "updatePassword", user) as trace:
        if caller.user != user:
            caller.require("iam:users:update")
        if user.is_service:
            raise ServiceUserHasNone()
        if not user.has_usable_password() and user.identities.exists():
            raise PasswordElsewhere()
        validate_password(password, user)
        before = user.password if user.has_usable_password() else ""
        user.set_password(password)
        user.must_change_password = to_be_changed or (caller.user is not None and caller.user != user)
        user.password_changed_at = timezone.now()
        with transaction.atomic(durable=True):
            keep_past(user, before)
            user.save(update_fields=["password", "must_change_password", "password_changed_at"])
            forget_tokens(user)
            Session.objects.filter(user=user).delete()
            trace.done()
    if user.is_superuser and user.account.name == user.login == "admin":
        settings.INITIAL_PASSWORD_FILE.unlink(missing_ok=True)


def keep_initial_password(password: str) -> None:
    """Write the first password, alone, to `DATA_DIR/initial-password` (mode 0600) until it is changed.

    Whole and on disk when this returns, so that the account, made after it, never has a password that nobody knows."""
    path = settings.INITIAL_PASSWORD_FILE
    unfinished = path.with_name(f".{path.name}")
    with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{password}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def forget_initial_password() -> None:
    """Remove `DATA_DIR/initial-password` where it opens nothing any more: the password was changed on another node, or
    a crash came between the change and the removal."""
    path = settings.INITIAL_PASSWORD_FILE
    if path.exists():
        admin = User.objects.select_related("account").filter(username="admin/admin").first()
        if admin is None or not admin.check_password(path.read_text(encoding="utf-8").strip()):
            path.unlink(missing_ok=True)


def write_access_key(user: User) -> tuple[AccessKey, str]:
    """Within the caller's transaction, a new access key of `user` and its secret: 20 upper-case letters and digits, and
    40 letters and digits."""
    ak = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(20))
    secret_key = "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(40))
    wrapped = wrap_secret(root_key(), secret_key, PURPOSE, ak)
    return AccessKey.objects.create(ak=ak, user=user, wrapped_secret=wrapped), secret_key
