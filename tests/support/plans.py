"""What a database is asked in a test, and how it goes about that."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

# PostgreSQL reads a table of a few rows from its beginning: what it would do with many shows once these cost more.
ROUNDABOUT = ("seqscan", "bitmapscan")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that the database gets meanwhile, parameters and all."""
    asked: list[str] = []
    connection.ensure_connection()
    plain: Any = connection.connection
    if connection.vendor == "sqlite":
        plain.set_trace_callback(asked.append)
        try:
            yield asked
        finally:
            plain.set_trace_callback(None)
        return

    class Telling(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            asked.append(psycopg.ClientCursor(plain).mogrify(query, params))
            return super().execute(query, params, **options)

    before, plain.cursor_factory = plain.cursor_factory, Telling
    try:
        yield asked
    finally:
        plain.cursor_factory = before


def plan_of(statement: str) -> list[str]:
    """The steps of the database's plan in its own words; those of PostgreSQL for a large table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]
        for way in ROUNDABOUT:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        return [step for (step,) in cursor.execute(f"EXPLAIN {statement}").fetchall()]


def reads_all(plan: list[str]) -> bool:
    """Whether a table or an index is read from its beginning to its end."""
    return any(step.startswith("SCAN") or "Seq Scan" in step for step in plan)


def by_index_of_traces(plan: list[str]) -> bool:
    """Whether an index of the traces finds them, or those of the months that they lie in."""
    return any("trace_by" in step or re.search("Index Scan.* console_trace_", step) for step in plan)


def sorts(plan: list[str]) -> bool:
    """Whether what was read is sorted afterwards."""
    return any("TEMP B-TREE" in step or "Sort" in step for step in plan)
