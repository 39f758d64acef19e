"""What authenticator apps and passkeys have in common: the password asked again, recovery codes, and whether a user has
a second factor at all."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.signin import note_wrong_factor
from console.access.trail import traced
from console.models import Authenticator, Passkey, RecoveryCode, User
from keys.errors import KmsError, NotFound

CODES: Final = 10
ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 letters and digits, five bits each, none of which is taken for another on paper."""
GROUPS, GROUP = 4, 4
"""Of 4 characters each, so that a code has 80 bits."""


class PasswordWrong(KmsError):
    field = "password"
    text = _("This is not your password.")


class LastFactorNeeded(KmsError):
    text = _("Your account asks everyone for a second factor. Set up another one before you remove this one.")


class FactorMissing(KmsError):
    text = _("There is no second factor. Set up an authenticator app or a passkey first.")


@dataclass(frozen=True, slots=True)
class Factors:
    """What a user can prove himself by beside his password; `recovery_codes` is how many are left."""

    authenticator: Authenticator | None
    passkeys: list[Passkey]
    recovery_codes: int


def factors_of(user: User) -> Factors:
    """All that the user has set up."""
    return Factors(
        Authenticator.objects.filter(user=user, is_confirmed=True).first(),
        list(Passkey.objects.filter(user=user).order_by("created_at", "pk")),
        RecoveryCode.objects.filter(user=user).count(),
    )


def user_of(caller: Caller) -> User:
    """Who calls for himself. Raises NotFound for the server, which has no factors."""
    if caller.user is None:
        raise NotFound()
    return caller.user


def require_password(caller: Caller, password: str) -> User:
    """Have the caller prove once more that it is he who sits there. Raises PasswordWrong."""
    user = user_of(caller)
    if not user.check_password(password):
        note_wrong_factor(user, caller.source_ip)
        raise PasswordWrong()
    return user


def locked(user: User) -> User:
    """The user's row as it is now; whoever changes his factors waits until this transaction ends."""
    users = User.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    return users.get(pk=user.pk)


def factor_added(user: User) -> list[str]:
    """Within the transaction that adds a factor to the locked user: his recovery codes, where he has none yet."""
    codes = [] if user.has_second_factor and RecoveryCode.objects.filter(user=user).exists() else _write_codes(user)
    if not user.has_second_factor:
        user.has_second_factor = True
        user.save(update_fields=["has_second_factor"])
    return codes


def factor_removed(user: User) -> None:
    """Within the transaction that removed a factor of the locked user: recovery codes stand in for a factor, and go
    with the last one. Raises LastFactorNeeded."""
    if (
        Authenticator.objects.filter(user=user, is_confirmed=True).exists()
        or Passkey.objects.filter(user=user).exists()
    ):
        return
    if user.account.needs_second_factor:
        raise LastFactorNeeded()
    RecoveryCode.objects.filter(user=user).delete()
    user.has_second_factor = False
    user.save(update_fields=["has_second_factor"])


def new_recovery_codes(caller: Caller, *, password: str) -> list[str]:
    """Ten new recovery codes of the caller's, told only here; those he had are good no more.

    Raises PasswordWrong, FactorMissing."""
    user = user_of(caller)
    with traced(caller, "createRecoveryCodes", user) as trace:
        require_password(caller, password)
        with transaction.atomic(durable=True):
            user = locked(user)
            if not user.has_second_factor:
                raise FactorMissing()
            codes = _write_codes(user)
            trace.done()
    return codes


def accept_recovery_code(user: User, code: str) -> bool:
    """Within a transaction: whether it is one of the user's, who has it no more then."""
    deleted, _by_model = RecoveryCode.objects.filter(user=user, digest=_digest_of(code)).delete()
    return deleted == 1


def _write_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_new_code() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest_of(code)) for code in codes)
    return codes


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _digest_of(code: str) -> str:
    """Of 80 random bits a plain hash tells nothing; spaces, dashes and capitals are as people type them."""
    typed = "".join(one for one in code.lower() if one.isalnum())
    return hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()
