"""Django's PostgreSQL backend with connections that are given up rather than waited for."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from console.postgresql.connection import Connection

_IS_READ_ONLY = "SHOW transaction_read_only"


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for the class of its connections."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.reach(**conn_params)

    def is_usable(self) -> bool:
        """Whether it answers, and takes writes: its server may have become a standby."""
        try:
            return self.connection is not None and self.connection.execute(_IS_READ_ONLY).fetchone() == ("off",)
        except self.Database.Error:
            return False
