"""Sessions as Django keeps them, read by a prepared statement: every page begins with it."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from console import sql

_COLUMNS = sql.fields(Session, "session_key", "session_data")
_LASTING = sql.Query(
    f"SELECT {', '.join(_COLUMNS)} FROM django_session WHERE session_key = %s AND expire_date > %s"  # noqa: S608 - names of columns alone
)


class SessionStore(db.SessionStore):
    """Django's own, but for the one read."""

    def _get_session_from_db(self) -> Session | None:
        rows = _LASTING.rows(self.session_key, sql.now_parameter())
        if not rows:
            self._session_key = None
            return None
        return sql.instance(Session, _COLUMNS, rows[0])
