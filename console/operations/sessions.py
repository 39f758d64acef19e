"""Sessions of users: begun, listed, ended. Whoever ends one ends it on every node, at its next request."""

from datetime import timedelta
from typing import Final

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console.access.caller import Caller
from console.access.lockout import address_of, lockout
from console.access.signin import admitted
from console.access.trail import traced
from console.models import Session, User
from console.operations.tokens import forget_tokens
from keys.errors import NotFound

PASSWORD: Final = "password"  # noqa: S105 - the way of signing in
SINGLE_SIGN_ON: Final = "oidc"
MOST_SHOWN: Final = 100


def note_sign_in(caller: Caller, *, method: str) -> None:
    """The caller has signed in, by all factors that were asked of him: in his trail, and what failed before is over."""
    assert caller.user is not None  # noqa: S101 - the server signs in nowhere
    with traced(caller, "signIn", caller.user) as trace:
        trace.detail = {"method": method}
        trace.done()
    admitted(caller.user.username, caller.source_ip)


def note_sign_out(caller: Caller) -> None:
    """The caller signs out: with his session end the tokens that he asked for."""
    assert caller.user is not None  # noqa: S101 - nor does it sign out
    with traced(caller, "signOut", caller.user) as trace, transaction.atomic(durable=True):
        forget_tokens(caller.user)
        trace.done()


def sessions_of(caller: Caller, user: User) -> list[Session]:
    """The sessions of a user that last, the one used last first; one's own, or as who manages users.

    Raises NotPermitted."""
    with traced(caller, "listSessions", user):
        if caller.user != user:
            caller.require("iam:users:list")
        return list(_lasting(user)[:MOST_SHOWN])


def end_session(caller: Caller, digest: str) -> None:
    """End one of the caller's own sessions. Raises NotFound."""
    with traced(caller, "endSession", caller.user) as trace, transaction.atomic(durable=True):
        deleted, _by_model = Session.objects.filter(user=caller.user, pk=digest.replace("\0", "")).delete()
        if not deleted or caller.user is None:
            raise NotFound()
        trace.detail = {"session": digest[:8]}
        trace.done()


def end_sessions(caller: Caller, user: User, *, but: str = "") -> int:
    """End all sessions of a user `but` the one of this digest, and his tokens; how many sessions there were. One's own,
    or as who manages users. Raises NotPermitted."""
    with traced(caller, "endSessions", user) as trace:
        if caller.user != user:
            caller.require("iam:users:update")
        with transaction.atomic(durable=True):
            ended = _lasting(user).exclude(pk=but).count()
            Session.objects.filter(user=user).exclude(pk=but).delete()
            forget_tokens(user)
            trace.detail = {"ended": ended}
            trace.done()
    return ended


def locks_of(caller: Caller, user: User) -> list[AccessAttempt]:
    """From where a user can't sign in now, after failed attempts. Raises NotPermitted."""
    with traced(caller, "showUser", user):
        caller.require("iam:users:list")
        return lockout.locked(user.username)


def unlock(caller: Caller, user: User) -> int:
    """Let a user try again to sign in, from wherever too many attempts failed; from how many addresses they had been
    counted. Raises NotPermitted."""
    with traced(caller, "unlockSignIn", user) as trace:
        caller.require("iam:users:update")
        with transaction.atomic(durable=True):
            freed = lockout.unlock(user.username)
            trace.done()
    return freed


def unlock_address(caller: Caller, address: str) -> int:
    """Let all who come from an address try again; of how many names they had been counted. For the server's own
    administrators: it concerns every account. Raises NotPermitted."""
    with traced(caller, "unlockAddress") as trace:
        caller.require("server:addresses:unlock")
        trace.detail = {"address": address}
        with transaction.atomic(durable=True):
            freed = lockout.reset_attempts(ip_address=address_of(address))
            trace.done()
    return int(freed)


def sweep_sessions() -> int:
    """Delete the sessions that have ended; how many there were. Nobody could use them any more."""
    ended = Session.objects.filter(expires_at__lte=timezone.now())
    return ended.delete()[0] if ended.exists() else 0


def _lasting(user: User) -> "QuerySet[Session]":
    now = timezone.now()
    idle = now - timedelta(minutes=settings.SESSION_IDLE)
    return Session.objects.filter(user=user, expires_at__gt=now, seen_at__gt=idle).order_by("-seen_at")
