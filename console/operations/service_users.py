"""Service users, which are programs of one project, and the tokens that they show."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.tokens import digest_of
from console.access.trail import traced
from console.models import Project, Service, ServiceToken, User
from console.operations.roles import PlaceUnknown
from console.operations.tokens import RANDOM_BYTES
from keys.errors import KmsError, NameTaken, NotFound

PREFIX: Final = "kms."
MOST_TOKENS: Final = 10
LONGEST: Final = timedelta(days=3650)


class ServiceUnknown(KmsError):
    field = "service"
    text = _("There is no service “%(service)s”. Choose one of: %(services)s.")


class NotAServiceUser(KmsError):
    text = _("Only service users have such tokens. Create one in “Users and roles”.")


class TooManyServiceTokens(KmsError):
    text = _("A service user has at most 10 tokens. Delete one first.")


class LifetimeInvalid(KmsError):
    field = "lifetime"
    text = _("A token lives for 1 to 3650 days, or until it is deleted.")


@dataclass(frozen=True, slots=True, repr=False)
class NewServiceToken:
    """A token as it leaves, once; the database holds its digest alone."""

    text: str
    row: ServiceToken


def create_service_user(caller: Caller, *, project: Project, login: str, service: str = "") -> User:
    """Make a service user in a project of the caller's account; with `service` (`obs`, ...) it makes and opens data
    keys under the default key of that service there. It has no token, role or grant yet.

    Raises NotPermitted, PlaceUnknown, ServiceUnknown, NameInvalid, NameTaken."""
    user = User(account=caller.account, login=login, project=project, service=service)
    user.set_unusable_password()
    with traced(caller, "createUser", user) as trace:
        caller.require("iam:users:create")
        if project.account_id != caller.account.pk:
            raise PlaceUnknown()
        if service and service not in Service.values:
            raise ServiceUnknown(service=service, services=", ".join(Service.values))
        user.full_clean(exclude=["account", "username"], validate_unique=False, validate_constraints=False)
        trace.detail = {"project": project.name, "service": service}
        try:
            with transaction.atomic(durable=True):
                user.save(force_insert=True)
                trace.done()
        except IntegrityError:
            raise NameTaken(name=user.username) from None
    return user


def service_tokens_of(user: User) -> list[ServiceToken]:
    """The tokens of a service user, the oldest first."""
    return list(ServiceToken.objects.filter(user=user).order_by("created_at", "pk"))


def service_token_of(user: User, digest: str) -> ServiceToken:
    """One of them. Raises NotFound."""
    found = ServiceToken.objects.select_related("user__account").filter(user=user, pk=digest.replace("\0", "")).first()
    if found is None:
        raise NotFound()
    return found


def create_service_token(
    caller: Caller, user: User, *, name: str, lifetime: timedelta | None = None
) -> NewServiceToken:
    """A new token of a service user of the caller's account, good for `lifetime`, or until it is deleted.

    Raises NotPermitted, NotFound, NotAServiceUser, NameInvalid, LifetimeInvalid, TooManyServiceTokens, NameTaken."""
    text, now = PREFIX + secrets.token_urlsafe(RANDOM_BYTES), timezone.now()
    row = ServiceToken(digest=digest_of(text), user=user, name=name)
    with traced(caller, "createServiceToken", user) as trace:
        _check_manages(caller, user)
        if not user.is_service:
            raise NotAServiceUser()
        if lifetime is not None:
            if not timedelta(days=1) <= lifetime <= LONGEST:
                raise LifetimeInvalid()
            row.expires_at = now + lifetime
        row.full_clean(exclude=["user"], validate_unique=False, validate_constraints=False)
        trace.detail = {"name": name, "expires_at": row.expires_at and row.expires_at.isoformat()}
        with transaction.atomic(durable=True):
            User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
            held = ServiceToken.objects.filter(user=user)
            if held.count() >= MOST_TOKENS:
                raise TooManyServiceTokens()
            if held.filter(name=name).exists():
                raise NameTaken(name=name)
            row.save(force_insert=True)
            trace.done()
    return NewServiceToken(text, row)


def delete_service_token(caller: Caller, token: ServiceToken) -> None:
    """Make a token worthless, for ever and at once. Raises NotPermitted, NotFound."""
    with traced(caller, "deleteServiceToken", token.user) as trace:
        _check_manages(caller, token.user, "iam:credentials:delete")
        trace.detail = {"name": token.name}
        with transaction.atomic(durable=True):
            if not ServiceToken.objects.filter(pk=token.pk).delete()[0]:
                raise NotFound()
            trace.done()


def _check_manages(caller: Caller, user: User, action: str = "iam:credentials:create") -> None:
    """Whoever shows a token acts as its user: nobody hands one out but who manages the user's account."""
    if user.account_id != caller.account.pk:
        raise NotFound()
    caller.require(action)
