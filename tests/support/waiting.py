"""Time that passes at once: sessions, sign-ins and failed attempts grow old in the database."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.db.models import F

from console.models import Session, User


def age_sign_in(user: User, *, minutes: float = 16) -> None:
    """Let it be so long ago that `user` signed in; he was active all the while."""
    by = timedelta(minutes=minutes)
    Session.objects.filter(user=user).update(begun_at=F("begun_at") - by, expires_at=F("expires_at") - by)


def age_activity(user: User, *, minutes: float) -> None:
    """Let it be so long ago that `user` did something."""
    Session.objects.filter(user=user).update(seen_at=F("seen_at") - timedelta(minutes=minutes))


def age_attempts(*, minutes: float) -> None:
    """Let it be so long ago that attempts failed."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))
