"""Authenticator apps: set up by a code that proves that the app has the secret, and asked for codes from then on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access import one_time_codes
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Authenticator, User
from console.operations.second_factor import factor_added, factor_removed, locked, require_password, user_of
from keys.errors import KmsError, NotFound

SETUP: Final = timedelta(minutes=10)
"""How long the password that was given for it lets one go on setting up."""


class CodeWrong(KmsError):
    field = "code"
    text = _("This code is wrong, or was used already. Enter the one that the app shows now.")


class SetupOver(KmsError):
    text = _("The setup was begun too long ago, or elsewhere since. Begin again.")


@dataclass(frozen=True, slots=True, repr=False)
class NewAuthenticator:
    """What an app is told: the secret by hand, the address by a QR code."""

    secret: str
    address: str


def begin_authenticator(caller: Caller, *, password: str) -> NewAuthenticator:
    """Make the secret of a new app of the caller's; the one he has, if any, goes on until the new one is confirmed.

    Raises PasswordWrong."""
    user = user_of(caller)
    with traced(caller, "createMfaDevice", user) as trace:
        require_password(caller, password)
        secret = one_time_codes.new_secret()
        wrapped = one_time_codes.wrapped(secret, user)
        with transaction.atomic(durable=True):
            locked(user)
            Authenticator.objects.filter(user=user, is_confirmed=False).delete()
            Authenticator.objects.create(user=user, wrapped_secret=wrapped)
            trace.done()
    return NewAuthenticator(secret, one_time_codes.address_of(secret, user))


def begun_authenticator(caller: Caller) -> NewAuthenticator:
    """The caller's app that waits for its first code, once more. Raises SetupOver."""
    user = user_of(caller)
    with traced(caller, "createMfaDevice", user):
        secret = one_time_codes.secret_of(_begun(user))
    return NewAuthenticator(secret, one_time_codes.address_of(secret, user))


def confirm_authenticator(caller: Caller, *, code: str, now: float | None = None) -> list[str]:
    """Take the app into use that made this code, in the place of the one before; recovery codes, where the caller had
    none, which are told only here.

    `now` is in seconds since 1970. Raises SetupOver, CodeWrong."""
    user = user_of(caller)
    with traced(caller, "bindMfaDevice", user) as trace, transaction.atomic(durable=True):
        user = locked(user)
        begun = _begun(user)
        step = one_time_codes.step_of(one_time_codes.secret_of(begun), _typed(code), now=now)
        if step is None:
            raise CodeWrong()
        Authenticator.objects.filter(user=user, is_confirmed=True).delete()
        begun.is_confirmed, begun.last_step, begun.created_at = True, step, timezone.now()
        begun.save(update_fields=["is_confirmed", "last_step", "created_at"])
        codes = factor_added(user)
        trace.done()
    return codes


def remove_authenticator(caller: Caller, *, password: str) -> None:
    """Ask the caller's app for no more codes. Raises PasswordWrong, NotFound, LastFactorNeeded."""
    user = user_of(caller)
    with traced(caller, "unbindMfaDevice", user) as trace:
        require_password(caller, password)
        with transaction.atomic(durable=True):
            user = locked(user)
            deleted, _by_model = Authenticator.objects.filter(user=user).delete()
            if not deleted:
                raise NotFound()
            factor_removed(user)
            trace.done()


def accept_code(user: User, code: str, *, now: float | None = None) -> bool:
    """Within a transaction: whether the user's app shows this code about now. Once accepted, it and those before it are
    accepted no more: the database compares and sets, whoever else shows it at the same moment."""
    found = Authenticator.objects.filter(user=user, is_confirmed=True).first()
    if found is None:
        return False
    step = one_time_codes.step_of(one_time_codes.secret_of(found), _typed(code), now=now)
    if step is None:
        return False
    unused = Authenticator.objects.filter(pk=found.pk, is_confirmed=True, last_step__lt=step)
    return unused.update(last_step=step, last_used_at=timezone.now()) == 1


def _begun(user: User) -> Authenticator:
    begun = Authenticator.objects.filter(user=user, is_confirmed=False, created_at__gt=timezone.now() - SETUP).first()
    if begun is None:
        raise SetupOver()
    return begun


def _typed(code: str) -> str:
    """Without the spaces that apps show in it."""
    return "".join(code.split())
