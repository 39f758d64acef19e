"""Sign-in: account, user and password; Argon2id within bounded memory, and no more tries than the lock-out allows."""

import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher

from console import metrics, served, sql
from console.access.addresses import place_of
from console.access.caller import Caller
from console.access.limits import FAILED_SIGN_INS, TooManyFailures
from console.access.lockout import SignInLocked, lockout
from console.access.trail import traced
from console.models import Account, User

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

_USER = sql.fields(
    User,
    *("id", "account_id", "login", "username", "password", "recent_projects"),
    *("is_owner", "is_active", "is_staff", "is_superuser", "has_second_factor"),
    *("must_change_password", "password_changed_at", "project_id"),
)
_ACCOUNT = sql.fields(
    Account, "id", "name", "is_enterprise", "needs_second_factor", "needs_approval", "key_quota", "key_count"
)
_COLUMNS = ", ".join(
    "CAST(u.recent_projects AS text)" if name == "recent_projects" else f"{table}.{name}"
    for table, names in (("u", _USER), ("a", _ACCOUNT))
    for name in names
)
_BY_ID = sql.Query(
    f"SELECT {_COLUMNS} FROM console_user u JOIN console_account a ON a.id = u.account_id WHERE u.id = %s"  # noqa: S608 - names of columns alone
)

# Each call takes 19 MiB: at most two at a time in a worker, the rest wait.
_turn = threading.BoundedSemaphore(2)


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's first choice; Django's default takes 100 MiB a call)."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1

    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)


class AccountBackend(ModelBackend):
    """Django's own backend, which takes as long for an unknown user as for a wrong password; its user comes with
    the account in one read. A service user is none of its users."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and not user.is_service

    def get_user(self, user_id: Any) -> User | None:
        rows = _BY_ID.rows(user_id)
        if not rows:
            return None
        account = sql.instance(Account, _ACCOUNT, rows[0][len(_USER) :])
        user = sql.instance(User, _USER, rows[0][: len(_USER)], account=account)
        user.recent_projects = json.loads(user.recent_projects)
        user.password_changed_at = sql.moment_of(user.password_changed_at)
        return user if self.user_can_authenticate(user) else None


def user_of_password(username: str, password: str, *, source_ip: str) -> User | None:
    """The active user `account/login` whose password this is; `admitted` once no other factor is asked for.

    Raises SignInLocked."""
    backend = AccountBackend()
    found = try_factor(username, source_ip, lambda: backend.authenticate(None, username=username, password=password))
    return found if isinstance(found, User) else None


def is_own_password(user: User, password: str, *, source_ip: str) -> bool:
    """Whether a user who is signed in knows his password. Raises SignInLocked."""
    return bool(try_factor(user.username, source_ip, lambda: user.check_password(password)))


def try_factor(username: str, source_ip: str, check: Callable[[], Found]) -> Found:
    """What `check` finds of a password, a code or whatever else somebody may guess: nothing counts as one more failure
    of this sign-in name from this address, and too many lock it. Raises SignInLocked and TooManyFailures before `check`
    is asked."""
    FAILED_SIGN_INS.take(place_of(source_ip))
    number = lockout.admit(username, source_ip)
    found = check()
    if found:
        lockout.take_back(username, source_ip)
        FAILED_SIGN_INS.give_back(place_of(source_ip))
    elif number == settings.LOCKOUT_FAILURES:
        _tell_of_lock(username, source_ip)
    return found


def note_wrong_factor(user: User, source_ip: str) -> None:
    """Count a second factor that was wrong as what it is: a sign-in that failed. Console and API alike report it here,
    and here alone."""
    metrics.SIGN_INS.labels("refused").inc()
    with suppress(TooManyFailures):  # so the next password from there is not looked at
        FAILED_SIGN_INS.take(place_of(source_ip))
    with suppress(SignInLocked):
        if lockout.admit(user.username, source_ip) == settings.LOCKOUT_FAILURES:
            _tell_of_lock(user.username, source_ip)


def admitted(username: str, source_ip: str) -> None:
    """All factors were right: what failed before counts no more."""
    lockout.forget(username, source_ip)


def _tell_of_lock(username: str, source_ip: str) -> None:
    """In the trail of the user's account, where there is such a user: strangers fill none."""
    metrics.SIGN_INS.labels("locked").inc()
    logger.warning("A sign-in was locked after failed attempts.", extra={"source_ip": source_ip})
    user = User.objects.select_related("account").filter(username=username).first()
    if user is not None:
        serving, server = served.now.get(), Caller.server(user.account)
        request_id = serving.request_id if serving else server.request_id
        with traced(replace(server, source_ip=source_ip, request_id=request_id), "lockSignIn", user) as trace:
            trace.done()
