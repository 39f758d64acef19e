"""Guessing is made slow: failed attempts are counted by sign-in name and address, and by address alone.

They are django-axes' rows, in the database that all nodes share. An attempt is counted before the password is looked
at, and taken back where it was right: else many attempts at once would all find the count of those before them.
"""

import ipaddress
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.addresses import place_of
from console.access.limits import TooManyFailures
from keys.errors import KmsError

LONGEST_NAME: Final = 255
UNKNOWN: Final = "0.0.0.0"  # noqa: S104 - where the proxy said nothing that is an address
LOOKED_AT: Final = timedelta(seconds=1)
"""So long a password is looked at, at most, where many are at once."""
PATIENCE: Final = 5.0
BETWEEN: Final = 0.05
"""Seconds: what an attempt waits for others at most, and from one look to the next."""


class SignInLocked(TooManyFailures):
    """Too many attempts failed. Says nothing of whether there is such a user."""

    text = _("Too many failed attempts. Try again in %(minutes)s min, or ask an administrator to unlock the sign-in.")

    def __init__(self, seconds: int = 1, *, is_settled: bool = True) -> None:
        KmsError.__init__(self, minutes=-(-seconds // 60))
        self.retry_after, self.is_settled = seconds, is_settled


class Lockout(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes' handler, whose commands work on the same rows. Its signals do nothing: see `admit`."""

    def admit(self, username: str, source_ip: str) -> int:
        """Count an attempt, as one that failed until `take_back`; how many there are now of this name from there.

        Those that are being looked at just now count too, and may turn out right: they are waited for. Raises
        SignInLocked, which counts nothing: the time does not begin anew."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._admit(username, source_ip)
            except SignInLocked as locked:
                if locked.is_settled or time.monotonic() > end:
                    raise
            time.sleep(BETWEEN)

    def _admit(self, username: str, source_ip: str) -> int:
        now, address = timezone.now(), address_of(source_ip)
        since = now - settings.AXES_COOLOFF_TIME
        with transaction.atomic(durable=True):
            row, is_new = AccessAttempt.objects.select_for_update().get_or_create(
                username=name_of(username),
                ip_address=address,
                user_agent="",
                defaults={
                    "failures_since_start": 0,
                    "http_accept": "",
                    "path_info": "",
                    "get_data": "",
                    "post_data": "",
                },
            )
            failures = 0 if is_new or row.attempt_time < since else row.failures_since_start
            others = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=since).exclude(pk=row.pk)
            counted = [(one.attempt_time, one.failures_since_start) for one in others]
            _require_fewer([(row.attempt_time, failures)], settings.LOCKOUT_FAILURES, now)
            _require_fewer([*counted, (row.attempt_time, failures)], settings.LOCKOUT_ADDRESS_FAILURES, now)
            row.failures_since_start, row.attempt_time = failures + 1, now
            row.save(update_fields=["failures_since_start", "attempt_time"])
        return failures + 1

    def take_back(self, username: str, source_ip: str) -> None:
        """Have the attempt just admitted not count: it was right."""
        self._of(username, source_ip).filter(failures_since_start__gt=0).update(
            failures_since_start=F("failures_since_start") - 1
        )

    def forget(self, username: str, source_ip: str) -> None:
        """The sign-in is complete: what failed of this name from there before counts no more. What failed there of
        other names does, lest one account of his own let somebody guess on."""
        self._of(username, source_ip).delete()

    def unlock(self, username: str) -> int:
        """Forget what failed of this name, from wherever; how many addresses that were."""
        return int(self.reset_attempts(username=name_of(username)))

    def locked(self, username: str) -> list[AccessAttempt]:
        """Where this name is locked now, the latest first; `attempt_time` is when the last one failed."""
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        rows = AccessAttempt.objects.filter(username=name_of(username), attempt_time__gte=since)
        return list(rows.filter(failures_since_start__gte=settings.LOCKOUT_FAILURES).order_by("-attempt_time"))

    def user_login_failed(self, sender: Any, credentials: Any, request: Any = None, **kwargs: Any) -> None:
        """Counted already."""

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """`forget` is called where a sign-in is complete."""

    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """No matter."""

    def _of(self, username: str, source_ip: str) -> "QuerySet[AccessAttempt]":
        rows: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
            username=name_of(username), ip_address=address_of(source_ip), user_agent=""
        )
        return rows


lockout: Final = Lockout()


def sweep_attempts() -> int:
    """Delete the attempts that count no more; how many there were."""
    gone = AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME)
    return gone.delete()[0] if gone.exists() else 0


def name_of(username: str) -> str:
    """A sign-in name as it is counted. NUL is in no name, and PostgreSQL can't store it."""
    return username.replace("\0", "")[:LONGEST_NAME]


def address_of(source_ip: str) -> str:
    """An address as it is counted, in the form that the rows hold: of IPv6 the first one of its network."""
    try:
        ipaddress.ip_address(source_ip)
    except ValueError:
        return UNKNOWN
    return place_of(source_ip).partition("/")[0]


def _require_fewer(counted: Iterable[tuple[datetime, int]], most: int, now: datetime) -> None:
    """Raise SignInLocked where `most` or more failed: until so many of them are over that fewer are left."""
    rows = sorted(counted)
    left = sum(failures for _at, failures in rows)
    if left < most:
        return
    until = now
    for at, failures in rows:
        until, left = at + settings.AXES_COOLOFF_TIME, left - failures
        if left < most:
            break
    is_settled = now - rows[-1][0] > LOOKED_AT
    raise SignInLocked(max(1, round((until - now) / timedelta(seconds=1))), is_settled=is_settled)
