"""Temporary access keys: what a program gets for its own access key or token, to hand on to another for a while."""

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.principals import Principal
from console.access.signature import TEMPORARY, SignatureRejected
from console.access.tokens import TokenRejected, digest_of
from console.access.trail import traced
from console.models import AccessKey, TemporaryAccessKey, Token, User
from console.protection import root_key
from keys.crypto.secrets import wrap_secret
from keys.errors import KmsError

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=24)
CAPITALS_AND_DIGITS = string.ascii_uppercase + string.digits
LETTERS_AND_DIGITS = string.ascii_letters + string.digits
TOKEN_BYTES = 48


class DurationInvalid(KmsError):
    field = "duration_seconds"
    text = _("A temporary access key lives for 900 to 86400 seconds.")


class TemporaryKeyBegetsNone(KmsError):
    """Else a key for a quarter of an hour would be one for ever."""

    code, status = "KMS.0306", 403
    text = _("A temporary access key can't make another one. Ask with the access key or token of the user himself.")


@dataclass(frozen=True, slots=True, repr=False)
class NewTemporaryKey:
    """A temporary access key as it leaves, once: secret and token are not to be had again."""

    row: TemporaryAccessKey
    secret: str
    token: str


def create_temporary_access_key(
    holder: Principal, *, seconds: int | None, source_ip: str, request_id: str
) -> NewTemporaryKey:
    """An access key that acts as `holder` for `seconds` (900 to 86,400; by default 900), beside a token of its own.

    What was made with a token is good in the token's project alone; what was made with an access key ends with it too.
    Raises DurationInvalid, TemporaryKeyBegetsNone."""
    user, lifetime = holder.user, SHORTEST if seconds is None else timedelta(seconds=seconds)
    ak = "".join(secrets.choice(CAPITALS_AND_DIGITS) for _ in range(20))
    secret = "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(40))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with traced(holder.caller(source_ip=source_ip, request_id=request_id), "createTemporaryAccessKey", user) as trace:
        if holder.is_temporary:
            raise TemporaryKeyBegetsNone()
        if not SHORTEST <= lifetime <= LONGEST:
            raise DurationInvalid()
        trace.detail = {"access": ak, "duration_seconds": int(lifetime.total_seconds())}
        now = timezone.now()
        row = TemporaryAccessKey(
            ak=ak,
            user=user,
            wrapped_secret=wrap_secret(root_key(), secret, TEMPORARY, ak),
            token_digest=digest_of(token),
            access_key_id=holder.proof if holder.secret else None,
            is_bound=holder.bound_to is not None,
            project_id=holder.bound_to or None,
            issued_at=now,
            expires_at=now + lifetime,
        )
        with transaction.atomic(durable=True):
            check_still_good(holder)
            row.save(force_insert=True)
            trace.done()
    return NewTemporaryKey(row, secret, token)


def check_still_good(holder: Principal) -> None:
    """Within a transaction, once more and locked: what ends at this very moment, user, token or access key, leaves
    nothing behind. Raises SignatureRejected, TokenRejected."""
    if User.objects.select_for_update(no_key=True).filter(pk=holder.user.pk, is_active=True).first() is None:
        raise SignatureRejected()
    if not holder.secret:
        if not Token.objects.filter(pk=holder.proof).exists():
            raise TokenRejected()
    elif AccessKey.objects.select_for_update(no_key=True).filter(pk=holder.proof, is_active=True).first() is None:
        raise SignatureRejected()


def forget_temporary_keys(user: User) -> None:
    """Make all temporary access keys of a user worthless at once."""
    _forget(user=user)


def forget_what_was_made_with(access_key: AccessKey) -> None:
    """Make all temporary access keys and tokens that were made with this access key worthless at once."""
    _forget(access_key=access_key)
    Token.objects.filter(access_key=access_key).delete()


def sweep_temporary_keys() -> int:
    """Delete the temporary access keys that expired; how many there were. Nobody could use them any more."""
    return _forget(expires_at__lte=timezone.now())


def _forget(**which: Any) -> int:
    found = TemporaryAccessKey.objects.filter(**which)
    if not found.exists():
        return 0
    with transaction.atomic():
        deleted, _by_model = found.delete()
    return deleted
