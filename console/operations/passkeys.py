"""Passkeys: made by the user's devices, and asked to sign from then on."""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access import webauthn
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Passkey, User
from console.operations.second_factor import factor_added, factor_removed, locked, require_password, user_of
from keys.errors import KmsError, NotFound

MOST: Final = 10
LONGEST_NAME: Final = 64


class PasskeyNameInvalid(KmsError):
    field = "name"
    text = _("Enter a name of 1 to 64 characters, such as that of the device.")


class TooManyPasskeys(KmsError):
    text = _("A user has at most 10 passkeys. Remove one first.")


class PasskeysImpossible(KmsError):
    text = _(
        "Browsers know no passkeys at the address of this server: it has to be https:// and the name of a host. "
        "Use an authenticator app."
    )


class PasskeyRejected(KmsError):
    text = _("The passkey was not accepted. Try again, or use another one.")


class PasskeyMissing(PasskeyRejected):
    text = _("The browser sent no passkey: that needs JavaScript. Use another way.")


def begin_passkey(caller: Caller, *, name: str, password: str) -> tuple[dict[str, Any], str]:
    """What the browser is asked to make a passkey of the caller's by, and the challenge that its answer has to be to.

    Raises PasswordWrong, PasskeyNameInvalid, TooManyPasskeys, PasskeysImpossible."""
    user = user_of(caller)
    with traced(caller, "createPasskey", user):
        require_password(caller, password)
        known = _check(user, name)
        return webauthn.options_to_create(user, known)


def add_passkey(caller: Caller, *, name: str, challenge: str, answer: str) -> tuple[Passkey, list[str]]:
    """Take the passkey of the browser's `answer`, JSON, to the `challenge` that this session was given; with it
    recovery codes, where the caller had none, which are told only here.

    Raises PasskeyMissing, PasskeyRejected, PasskeyNameInvalid, TooManyPasskeys, PasskeysImpossible."""
    user = user_of(caller)
    with traced(caller, "createPasskey", user) as trace:
        if not answer:
            raise PasskeyMissing()
        try:
            made = webauthn.created(challenge, answer)
            with transaction.atomic(durable=True):
                user = locked(user)
                _check(user, name)
                passkey = Passkey.objects.create(
                    user=user,
                    name=name.strip(),
                    credential_id=made.credential_id,
                    credential=made.credential,
                    sign_count=made.sign_count,
                    transports=made.transports,
                )
                codes = factor_added(user)
                trace.about(passkey)
                trace.done()
        except (webauthn.AnswerRejected, IntegrityError):
            raise PasskeyRejected() from None
    return passkey, codes


def own_passkey(caller: Caller, passkey_id: int) -> Passkey:
    """One of the caller's own. Raises NotFound."""
    found = Passkey.objects.filter(user=user_of(caller), pk=passkey_id).first()
    if found is None:
        raise NotFound()
    return found


def remove_passkey(caller: Caller, passkey: Passkey, *, password: str) -> None:
    """Accept a passkey of the caller's no more. Raises PasswordWrong, NotFound, LastFactorNeeded."""
    user = user_of(caller)
    with traced(caller, "deletePasskey", passkey) as trace:
        require_password(caller, password)
        with transaction.atomic(durable=True):
            user = locked(user)
            own_passkey(caller, passkey.pk)
            Passkey.objects.filter(pk=passkey.pk).delete()
            factor_removed(user)
            trace.done()


def accept_passkey(user: User, challenge: str, answer: str) -> bool:
    """Within a transaction: whether a passkey of the user's signed this challenge, here.

    A device counts its signatures; one that has not signed more than it said before was copied, and is refused.
    Passkeys that several devices share count none, and stay at 0. Raises PasskeyMissing."""
    if not answer:
        raise PasskeyMissing()
    if not challenge:  # none was asked for: nothing can be the answer to it
        return False
    try:
        passkey, count = webauthn.proven(challenge, list(Passkey.objects.filter(user=user)), answer)
    except webauthn.AnswerRejected:
        return False
    as_before = Passkey.objects.filter(pk=passkey.pk)
    as_before = as_before.filter(sign_count__lt=count) if count else as_before.filter(sign_count=0)
    return as_before.update(sign_count=count, last_used_at=timezone.now()) == 1


def _check(user: User, name: str) -> list[Passkey]:
    """Refuse what no device needs to be asked for; those that the user has."""
    if not webauthn.is_possible():
        raise PasskeysImpossible()
    if not name.strip() or len(name.strip()) > LONGEST_NAME or not name.strip().isprintable():
        raise PasskeyNameInvalid()
    known = list(Passkey.objects.filter(user=user))
    if len(known) >= MOST:
        raise TooManyPasskeys()
    return known
