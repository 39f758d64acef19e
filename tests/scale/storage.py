"""What keys and traces take: `make bench-storage` writes a table of docs/scaling.md.

On either database STORAGE_KEYS keys (with one version and two tags) are filled in bulk, and STORAGE_TRACES traces of
two months are written as the server does, 64 in a commit, with their counters; then the trail is verified and the first
month archived. Times by the clock depend on what else the machine does, CPU times less.
"""

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scale.figures import put  # noqa: E402
from tests.support.servers import Server  # noqa: E402
from tests.support.tools import fresh_database  # noqa: E402

KEYS = int(os.environ.get("STORAGE_KEYS", "200000"))
TRACES = int(os.environ.get("STORAGE_TRACES", "1000000"))
ACCOUNTS, TOGETHER, FIRST = 100, 64, datetime(2026, 1, 1, tzinfo=UTC)
PREPARE = "from console.management.commands.up import prepare; prepare()"
OF_KEYS = ("keys_key", "keys_keyversion", "keys_taggedkey")


def main() -> None:
    figures = []
    with tempfile.TemporaryDirectory(prefix="kms-storage-") as folder, ExitStack() as stack:
        for name in ("SQLite", "PostgreSQL"):
            settings = {"DATABASE_URL": stack.enter_context(fresh_database())} if name == "PostgreSQL" else {}
            server = Server(Path(folder) / name, settings)
            stack.callback(server.kill)
            server.data_dir.mkdir(mode=0o700)
            server.quickly(code=PREPARE)
            code = f"import json; from tests.scale.storage import measure; print(json.dumps(measure({KEYS}, {TRACES})))"
            figures.append(json.loads(server.quickly(code=code).splitlines()[-1]))
            print(name, figures[-1], flush=True)
    names = [*figures[1], *(one for one in figures[0] if one not in figures[1])]
    lines = [f"| of {KEYS:,} keys and {TRACES:,} traces | SQLite | PostgreSQL |", "|---|---|---|"]
    lines += [f"| {name} | {figures[0].get(name, '–')} | {figures[1].get(name, '–')} |" for name in names]
    put("storage", lines, "scaling.md")


def measure(keys: int, traces: int) -> dict[str, str]:
    """In a process that has Django: fill, write, verify, archive; by name what was measured."""
    from django.core.management import call_command

    from console.access.verification import verify_streams
    from console.partitions import make_partitions
    from tests.scale.filling import fill

    found: dict[str, str] = {}
    make_partitions(FIRST)
    empty = _size()
    users = fill(accounts=ACCOUNTS, keys_each=keys // ACCOUNTS)
    full = _size()
    found["bytes a key, its version and two tags"] = f"{(full - empty) / keys:,.0f}"
    found |= _by_table(OF_KEYS, keys, "key")
    wal, rows = _wal(), 0
    wall, cpu, rows = *_timed(lambda: _write(users, traces)), _counters()
    written = _size() - full
    found["bytes a trace, with what its counters take"] = f"{written / traces:,.0f}"
    found |= _by_table(("console_trace",), traces, "trace")
    found["rows of counters"] = f"{rows:,}"
    if wal is not None:
        found["bytes of WAL a trace, 64 in a commit"] = f"{((_wal() or 0) - wal) / traces:,.0f}"
    found["writing, 64 in a commit: traces a second; CPU µs a trace"] = _rate(traces, wall, cpu)
    found["verifying: traces a second; CPU µs a trace"] = _rate(traces, *_timed(verify_streams))
    half = traces // 2
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = _timed(lambda: call_command("archivetraces", "--before", "2026-02", "--to", folder, verbosity=0))
        size = sum(one.stat().st_size for one in Path(folder).iterdir())
        found["archiving, checking and removing: traces a second; CPU µs a trace"] = _rate(half, wall, cpu)
        found["bytes of archive a trace"] = f"{size / half:,.0f}"
        looked = _timed(lambda: verify_streams(folder=Path(folder)))
        found["verifying, half of it in archives: traces a second; CPU µs a trace"] = _rate(traces, *looked)
    return found


def _write(users: list[Any], traces: int) -> None:
    """Traces as the scribe writes them; half of them in each month, each user calling with a key ten times at once."""
    from django.db import transaction

    from console.access.stream import Writing
    from keys.models import Key

    keys = [(str(key.pk), key.alias, key.project) for key in Key.objects.select_related("project").iterator()]
    user_of = {user.account_id: user for user in users}
    step = timedelta(days=59) / traces
    for first in range(0, traces, TOGETHER):
        records = []
        for number in range(first, min(first + TOGETHER, traces)):
            key, alias, project = keys[number // 10 * 7919 % len(keys)]
            user, at = user_of[project.account_id], FIRST + step * number
            records.append(
                {
                    "at": at, "name": "encryptData", "account_id": user.account_id, "project_id": project.pk,
                    "user_id": user.pk, "user_name": user.username, "resource_type": "key", "resource_id": key,
                    "resource_name": alias, "source_ip": "192.0.2.17", "status": 200, "error_code": "", "detail": {},
                    "request_id": f"{int(at.timestamp() * 1000):012x}{uuid.uuid4().hex[:20]}",
                }
            )  # fmt: skip
        with transaction.atomic():
            writing = Writing(records, records)
        writing.close(committed=True)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process."""
    wall, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - wall, time.process_time() - cpu


def _rate(number: int, wall: float, cpu: float) -> str:
    return f"{number / wall:,.0f}; {cpu / number * 1e6:.0f}"


def _asked(question: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _counters() -> int:
    return int(_asked("SELECT COUNT(*) FROM console_callcount"))


def _size() -> int:
    from console import sql

    if sql.IS_SQLITE:
        return int(_asked("PRAGMA page_count")) * int(_asked("PRAGMA page_size"))
    return int(_asked("SELECT pg_database_size(current_database())"))


def _wal() -> int | None:
    from console import sql

    return None if sql.IS_SQLITE else int(_asked("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))


def _by_table(names: tuple[str, ...], number: int, unit: str) -> dict[str, str]:
    """Bytes of table and of indexes for each row of a unit, on PostgreSQL, partitions added up."""
    from console import sql

    if sql.IS_SQLITE:
        return {}
    found = {}
    for name in names:
        for kind, function in (("table", "pg_table_size"), ("indexes", "pg_indexes_size")):
            parts = f"SELECT SUM({function}(relid)) FROM pg_partition_tree('{name}') WHERE isleaf"  # noqa: S608 - names of ours
            size = _asked(f"SELECT COALESCE(({parts}), {function}('{name}'))")
            found[f"of a {unit}: {name}, {kind}"] = f"{int(size) / number:,.0f}"
    return found


if __name__ == "__main__":
    main()
