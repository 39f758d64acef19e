"""The second step of a sign-in: the password was right, and nobody is signed in until a second factor is shown too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access import one_time_codes, webauthn
from console.access.caller import Caller
from console.access.signin import note_wrong_factor
from console.access.trail import traced
from console.models import Passkey, PendingSignIn, User
from console.operations.authenticators import CodeWrong, accept_code
from console.operations.passkeys import PasskeyRejected, accept_passkey
from console.operations.second_factor import accept_recovery_code, user_of
from keys.errors import KmsError

LIFETIME: Final = timedelta(minutes=5)
ATTEMPTS: Final = 5


class SignInOver(KmsError):
    status = 403
    text = _("Too many wrong codes, or too long ago. Sign in again.")


class FactorWrong(CodeWrong):
    text = _("This code is wrong, or was used already. Enter the one that the app shows now, or another recovery code.")


def begin_second_step(user: User) -> PendingSignIn:
    """A sign-in of the user, whose password was right: for five minutes and five attempts."""
    pending = PendingSignIn(
        user=user,
        auth_hash=user.get_session_auth_hash(),
        attempts_left=ATTEMPTS,
        expires_at=timezone.now() + LIFETIME,
    )
    with transaction.atomic(durable=True):
        pending.save(force_insert=True)
    return pending


def pending_sign_in(pending_id: str) -> PendingSignIn | None:
    """The sign-in of this id, where it can still be gone on with: neither over nor that of a user who was disabled, or
    whose password was changed meanwhile."""
    going_on = PendingSignIn.objects.select_related("user__account")
    found = going_on.filter(pk=pending_id, expires_at__gt=timezone.now(), attempts_left__gt=0).first()
    if found is None or not found.user.is_active or found.auth_hash != found.user.get_session_auth_hash():
        return None
    return found


def ask_passkey(pending: PendingSignIn) -> dict[str, Any]:
    """What the browser is asked to sign with a passkey of the user's; what was asked before is worthless now."""
    passkeys = list(Passkey.objects.filter(user=pending.user))
    options, challenge = webauthn.options_to_prove(passkeys)
    with transaction.atomic(durable=True):
        PendingSignIn.objects.filter(pk=pending.pk).update(challenge=challenge)
    return options


def prove_by_code(caller: Caller, pending: PendingSignIn, code: str, *, now: float | None = None) -> None:
    """Let the sign-in pass by a code of the user's app, or one of his recovery codes, which is gone then.

    `now` is in seconds since 1970. Raises FactorWrong, SignInOver."""
    typed = "".join(code.split())
    is_of_app = one_time_codes.is_like_a_code(typed)
    with traced(caller, "verifySecondFactor", pending.user) as trace:
        trace.detail = {"factor": "authenticator app" if is_of_app else "recovery code"}
        _take_attempt(pending)
        with _wrong_ones_noted(caller), transaction.atomic(durable=True):
            _end(pending)
            user = pending.user
            if not (accept_code(user, typed, now=now) if is_of_app else accept_recovery_code(user, typed)):
                raise FactorWrong()
            trace.done()


def prove_by_passkey(caller: Caller, pending: PendingSignIn, answer: str) -> None:
    """Let the sign-in pass by a passkey of the user's, which signed what `ask_passkey` asked last, once.

    Raises PasskeyMissing, PasskeyRejected, SignInOver."""
    with traced(caller, "verifySecondFactor", pending.user) as trace:
        trace.detail = {"factor": "passkey"}
        challenge = _take_attempt(pending, with_challenge=True)
        with _wrong_ones_noted(caller), transaction.atomic(durable=True):
            _end(pending)
            if not accept_passkey(pending.user, challenge, answer):
                raise PasskeyRejected()
            trace.done()


def sweep_pending_sign_ins() -> int:
    """Delete the sign-ins that nobody can go on with; how many there were."""
    over = PendingSignIn.objects.filter(expires_at__lte=timezone.now())
    if not over.exists():
        return 0
    with transaction.atomic(durable=True):
        deleted, _by_model = over.delete()
    return deleted


def _take_attempt(pending: PendingSignIn, *, with_challenge: bool = False) -> str:
    """Use up one attempt, whatever comes of it, and with it the challenge, which is returned: both are used once, by
    whoever is first. Raises SignInOver."""
    going_on = PendingSignIn.objects.filter(pk=pending.pk, attempts_left__gt=0, expires_at__gt=timezone.now())
    with transaction.atomic(durable=True):
        found = going_on.select_for_update(no_key=True).first()
        if found is None:
            raise SignInOver()
        challenge = found.challenge if with_challenge else ""
        going_on.update(attempts_left=F("attempts_left") - 1, challenge="" if with_challenge else found.challenge)
    return challenge


def _end(pending: PendingSignIn) -> None:
    """Within the transaction that lets it pass: a sign-in passes once. Raises SignInOver."""
    deleted, _by_model = PendingSignIn.objects.filter(pk=pending.pk).delete()
    if not deleted:
        raise SignInOver()


@contextmanager
def _wrong_ones_noted(caller: Caller) -> Iterator[None]:
    """Report a factor that was wrong, when nothing is left of the transaction that found it so."""
    try:
        yield
    except (FactorWrong, PasskeyRejected):
        note_wrong_factor(user_of(caller), caller.source_ip)
        raise
