"""SQLite's write-ahead log, which lies beside the database file."""

import sqlite3
from typing import Final

PATIENCE: Final = 200
"""Milliseconds to wait for readers of an older state; as long as one is waited for, nobody else can write."""


def empty_log(connection: sqlite3.Connection) -> bool:
    """Bring the log into the database file and leave nothing of it. False where a reader stands in the way for longer,
    a backup say: then the log stays as it is."""
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
    return not is_busy
