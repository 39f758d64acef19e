"""Tokens: what a program gets for a password, and shows instead of a signature for a day."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.limits import check_rate
from console.access.principals import Principal
from console.access.signin import admitted, note_wrong_factor, user_of_password
from console.access.tokens import (
    PasscodeRejected,
    PasswordRejected,
    PasswordToBeChanged,
    SecondFactorMissing,
    SecondFactorNeeded,
    digest_of,
)
from console.access.trail import traced
from console.models import Project, Token, User
from console.operations.authenticators import accept_code
from console.operations.temporary_keys import check_still_good, forget_temporary_keys
from keys.errors import KmsError

LIFETIME = timedelta(hours=24)
RANDOM_BYTES = 32


class AccessKeyOfServiceUserNeeded(KmsError):
    """Of a person it would not be known for which project."""

    code, status = "KMS.0306", 403
    text = _("Such a token is given for the access key of a service user alone. Create one in “Users and roles”.")


@dataclass(frozen=True, slots=True)
class Place:
    """What a token is to be for: a project of the user's account by its id or its name, or none."""

    project_id: str = ""
    project_name: str = ""

    def __bool__(self) -> bool:
        return bool(self.project_id or self.project_name)


@dataclass(frozen=True, slots=True, repr=False)
class NewToken:
    """A token as it leaves, once; the database holds its digest alone."""

    text: str
    row: Token
    methods: tuple[str, ...]
    """What it was given for."""


@dataclass(frozen=True, slots=True, repr=False)
class Passcode:
    """A code of an authenticator app, and whose it is said to be (his id; empty where nothing is said)."""

    code: str
    user_id: str = ""


def create_token(
    *, username: str, password: str, place: Place, source_ip: str, request_id: str, passcode: Passcode | None = None
) -> NewToken:
    """A token of the user `account/login`, for 24 hours. Raises PasswordRejected for whatever does not fit: nobody
    learns from it which users and projects there are; PasswordToBeChanged to who knows the password.

    Who has a second factor shows a code of his authenticator app too: else SecondFactorNeeded, PasscodeRejected. Who
    has none where everyone needs one gets none: SecondFactorMissing. TooManyFailures or SignInLocked, before the
    password is looked at, where too many from this address were wrong."""
    found = user_of_password(username, password, source_ip=source_ip)
    if found is None:
        raise PasswordRejected()
    if found.has_to_change_password:
        raise PasswordToBeChanged()
    project = _project_of(found, place)
    caller = Caller.of_user(found, project, source_ip=source_ip, request_id=request_id, by_api=True)
    text, now = secrets.token_urlsafe(RANDOM_BYTES), timezone.now()
    row = Token(digest=digest_of(text), user=found, project=project, issued_at=now, expires_at=now + LIFETIME)
    with traced(caller, "createToken", found) as trace:
        check_rate(caller)
        _require_second_factor(found, passcode)
        try:
            with transaction.atomic(durable=True):
                if passcode is not None:
                    _accept(found, passcode)
                row.save(force_insert=True)
                trace.done()
        except PasscodeRejected:
            note_wrong_factor(found, source_ip)
            raise
    admitted(username, source_ip)
    return NewToken(text, row, ("password",) if passcode is None else ("password", "totp"))


def create_bound_token(holder: Principal, *, lifetime: timedelta, source_ip: str, request_id: str) -> NewToken:
    """A token for a service user that showed its access key, good in its project for `lifetime`, 24 hours at most, and
    no longer than the access key. Raises AccessKeyOfServiceUserNeeded, SignatureRejected."""
    user, lifetime = holder.user, min(lifetime, LIFETIME)
    text, now = secrets.token_urlsafe(RANDOM_BYTES), timezone.now()
    with traced(holder.caller(source_ip=source_ip, request_id=request_id), "createToken", user) as trace:
        if not user.is_service or not holder.secret or holder.is_temporary:
            raise AccessKeyOfServiceUserNeeded()
        row = Token(
            digest=digest_of(text),
            user=user,
            project_id=user.project_id,
            access_key_id=holder.proof,
            issued_at=now,
            expires_at=now + lifetime,
        )
        trace.detail = {"access": holder.proof, "duration_seconds": int(lifetime.total_seconds())}
        with transaction.atomic(durable=True):
            check_still_good(holder)
            row.save(force_insert=True)
            trace.done()
    return NewToken(text, row, ("access_key",))


def forget_tokens(user: User) -> None:
    """Make all tokens and temporary access keys of a user worthless at once: his password changed, he was disabled, or
    signed out."""
    forget_temporary_keys(user)
    if Token.objects.filter(user=user).exists():
        with transaction.atomic():
            Token.objects.filter(user=user).delete()


def sweep_tokens() -> int:
    """Delete the tokens that expired; how many there were. Nobody could use them any more."""
    expired = Token.objects.filter(expires_at__lte=timezone.now())
    if not expired.exists():
        return 0
    with transaction.atomic(durable=True):
        deleted, _by_model = expired.delete()
    return deleted


def _require_second_factor(user: User, passcode: Passcode | None) -> None:
    if user.has_second_factor and passcode is None:
        raise SecondFactorNeeded()
    if user.account.needs_second_factor and not user.has_second_factor:
        raise SecondFactorMissing()


def _accept(user: User, passcode: Passcode) -> None:
    if passcode.user_id not in {"", user.pk} or not accept_code(user, passcode.code):
        raise PasscodeRejected()


def _project_of(user: User, place: Place) -> Project | None:
    if not place:
        return None
    given = (place.project_id or place.project_name).replace("\0", "")  # which PostgreSQL takes in no text
    named = {"pk" if place.project_id else "name": given}
    project = Project.objects.select_related("region").filter(account=user.account, **named).first()
    if project is None:
        raise PasswordRejected()
    project.account = user.account
    return project
