"""Sessions as Django's middleware uses them, kept in rows of our own: whose they are, since when, from where.

Every page begins with one: it is read by a prepared statement. A session that was revoked is a row that is gone, which
every node sees at its next request.
"""

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, transaction
from django.utils import timezone

from console import sql
from console.models import Session

SEEN_EVERY: Final = timedelta(minutes=1)
OF_NOBODY: Final = timedelta(hours=1)
"""How long a session lasts in which nobody has signed in: time enough to come back from a provider."""
CONFIRMED: Final = "confirmed_at"
_COLUMNS = (
    *("session_data", "user_id", "address", "agent", "method"),
    *("begun_at", "seen_at", "expires_at"),
)
_LASTING = sql.Query(
    f"SELECT {', '.join(_COLUMNS)} FROM console_session"  # noqa: S608 - names of columns alone
    " WHERE digest = %s AND expires_at > %s AND (user_id IS NULL OR seen_at > %s)"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the row of a session says beside its data."""

    user_id: str | None
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str = ""
    agent: str = ""
    method: str = ""

    @classmethod
    def anew(cls, user_id: str | None) -> "Known":
        """A session that begins now."""
        now = timezone.now()
        lasts = timedelta(seconds=settings.SESSION_COOKIE_AGE) if user_id else OF_NOBODY
        return cls(user_id, begun_at=now, seen_at=now, expires_at=now + lasts)


class SessionStore(db.SessionStore):
    """Django's own, on our rows. Signing in begins a session anew, whatever else it remembers; a new id alone, as after
    a change of password, prolongs nothing."""

    known: Known | None = None
    _is_begun = False

    @classmethod
    def get_model_class(cls) -> type[Session]:  # type: ignore[override]
        return Session

    def note_origin(self, *, address: str, agent: str, method: str) -> None:
        """Say from where and how its user has signed in just now."""
        self.known = replace(Known.anew(self._user_id), address=address[:45], agent=agent[:255], method=method)
        self._is_begun = self.modified = True

    def touch(self, *, address: str, agent: str) -> None:
        """Note that its user is active, where that was not noted within the last minute."""
        now = timezone.now()
        if self.known is None or self.known.user_id is None or now - self.known.seen_at < SEEN_EVERY:
            return
        self.known = replace(self.known, seen_at=now, address=address[:45], agent=agent[:255])
        seen = {"seen_at": now, "address": self.known.address, "agent": self.known.agent}
        Session.objects.filter(pk=digest_of(self.session_key or "")).update(**seen)

    def confirm(self) -> None:
        """Note that its user has shown just now that he is himself; the session gets another id."""
        self[CONFIRMED] = time.time()
        self.cycle_key()

    @property
    def confirmed_at(self) -> datetime | None:
        """When its user last showed that he is himself; None where nobody is signed in."""
        if self._user_id is None:
            return None
        begun_at = self.known.begun_at if self.known else timezone.now()
        return max(begun_at, datetime.fromtimestamp(self.get(CONFIRMED, 0), begun_at.tzinfo))

    @property
    def ends_at(self) -> datetime | None:
        """When it ends if its user does nothing more; None for a session that is in no row."""
        if self.known is None:
            return None
        return min(self.known.expires_at, self.known.seen_at + timedelta(minutes=settings.SESSION_IDLE))

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Seconds until it ends in any case: so long the browser keeps its cookie."""
        expires_at = self.known.expires_at if self.known else timezone.now() + OF_NOBODY
        return max(0, round((expires_at - timezone.now()).total_seconds()))

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=digest_of(session_key)).exists()

    def save(self, must_create: bool = False) -> None:
        """Write what it remembers. A session that was ended meanwhile stays so: UpdateError."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if self.known is None or self.known.user_id != self._user_id:
            self.known, self._is_begun = Known.anew(self._user_id), True
        row = Session(digest=digest_of(self.session_key), session_data=self.encode(data), **asdict(self.known))
        try:
            with transaction.atomic():
                if must_create:
                    row.save(force_insert=True)
                else:
                    row.save(force_update=True, update_fields=None if self._is_begun else ["session_data"])
        except DatabaseError:
            if not must_create and not self.exists(self.session_key):
                raise UpdateError from None
            raise
        self._is_begun = False

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(pk=digest_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    @property
    def _user_id(self) -> str | None:
        return self.get(SESSION_KEY)

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        idle = now - timedelta(minutes=settings.SESSION_IDLE)
        rows = _LASTING.rows(digest_of(self.session_key or ""), sql.moment_parameter(now), sql.moment_parameter(idle))
        if not rows:
            self._session_key = None
            return None
        data, user_id, address, agent, method, *moments = rows[0]
        begun_at, seen_at, expires_at = map(sql.moment_of, moments)
        self.known = Known(user_id, begun_at, seen_at, expires_at, address, agent, method)
        return Session(session_data=data)


def digest_of(session_key: str) -> str:
    """How a session is stored and found."""
    return hashlib.sha256(session_key.encode()).hexdigest()
