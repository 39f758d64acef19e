"""Sign-in: account, user and password; Argon2id within bounded memory."""

import json
import threading
from contextlib import suppress
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher

from console import metrics, sql
from console.access.addresses import place_of
from console.access.limits import FAILED_SIGN_INS, TooManyFailures
from console.models import Account, User

_USER = sql.fields(
    User,
    *("id", "account_id", "login", "username", "password", "recent_projects"),
    *("is_owner", "is_active", "is_staff", "is_superuser", "has_second_factor"),
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
    the account in one read."""

    def get_user(self, user_id: Any) -> User | None:
        rows = _BY_ID.rows(user_id)
        if not rows:
            return None
        account = sql.instance(Account, _ACCOUNT, rows[0][len(_USER) :])
        user = sql.instance(User, _USER, rows[0][: len(_USER)], account=account)
        user.recent_projects = json.loads(user.recent_projects)
        return user if self.user_can_authenticate(user) else None


def note_wrong_factor(user: User, source_ip: str) -> None:
    """Count a second factor that was wrong as what it is: a sign-in that failed. Console and API alike report it here,
    and here alone; so does whoever asks for the password again and gets a wrong one."""
    metrics.SIGN_INS.labels("refused").inc()
    with suppress(TooManyFailures):  # so the next password from there is not looked at
        FAILED_SIGN_INS.take(place_of(source_ip))
