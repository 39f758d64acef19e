"""Millions of rows in the database of a stopped server: straight by SQL, in the columns' forms as Django writes them.

Every key is a real one, its material wrapped under the server's root key, with one version and two tags. A tenth of the
keys (where there are no other accounts, all) lie in one project, the rest in those of the others, by turns. Keys were
made in one half of a year, and called in the other, ten times at once; traces and counters of calls say so. The traces
are a stream of their own whose MACs are random: good for their number, not for `verifytraces`.

Indexes are those of the migrations, taken down for the filling and built anew where SQLite allows it, so that their
pages are fuller than those of a database that grew.
"""

import os
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

from keys.crypto.material import generate, wrap_material
from keys.crypto.providers import RootKeyFile

HALF_A_YEAR = 182 * 86_400.0
CACHE = "PRAGMA cache_size=-1000000; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE"
INDEXES = """
SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN
    ('keys_key', 'keys_keyversion', 'keys_taggedkey', 'console_trace', 'console_callcount')
"""

SPAN = "CREATE TEMP TABLE span AS SELECT :keys AS keys, :traces AS traces, :middle AS middle, :half AS half"
# The measured project is the first; the others' are those of the accounts that `filling.fill` made.
PLACES = """
CREATE TEMP TABLE place AS
SELECT ROW_NUMBER() OVER (ORDER BY p.id <> :project, a.name) - 1 AS n, a.id AS account, p.id AS project,
    u.id AS user, u.username AS user_name
FROM console_project p JOIN console_account a ON a.id = p.account_id JOIN console_user u ON u.account_id = a.id
WHERE p.id = :project OR (a.name LIKE 'scale%' AND p.name = (SELECT MIN(id) FROM console_region))
"""
NAMES = """
CREATE TEMP TABLE filled AS
WITH RECURSIVE counted(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM counted WHERE k + 1 < (SELECT keys FROM span)),
    named AS MATERIALIZED (SELECT k, lower(hex(randomblob(16))) AS id FROM counted)
SELECT k, id, others, CASE WHEN others = 0 OR k % 10 = 0 THEN 0 ELSE 1 + k % others END AS n,
    strftime('%Y-%m-%d %H:%M:%f000', middle - half + half * k / keys, 'unixepoch') AS at,
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-'
        || substr(id, 21) AS dashed
FROM named, span, (SELECT COUNT(*) - 1 AS others FROM place)
"""
CALLS = """
CREATE TEMP VIEW call AS
WITH RECURSIVE counted(t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM counted WHERE t + 1 < (SELECT traces FROM span)),
    named AS (SELECT t, t / 10 AS burst, middle + half * t / traces AS second, keys FROM counted, span)
SELECT t, second, strftime('%Y-%m-%d %H:%M:%f000', second, 'unixepoch') AS at, burst * 7919 % keys + 1 AS place,
    CASE burst % 4 WHEN 0 THEN 'decryptData' WHEN 1 THEN 'createDataKey' ELSE 'encryptData' END AS name
FROM named
"""
FILLING = (
    """
    INSERT INTO keys_key (id, alias, description, key_spec, key_usage, origin, state, is_default, created_at,
        updated_at, project_id, number, rotation_interval, unused_since)
    SELECT f.id, 'key-' || f.k, '', 'AES_256', 'ENCRYPT_DECRYPT', 'kms', 2, 0, f.at, f.at, p.project, f.k + 1, 365,
        substr(f.at, 1, 10)
    FROM filled f CROSS JOIN place p ON p.rowid = f.n + 1
    """,
    """
    INSERT INTO keys_keyversion (key_id, number, wrapped_material, root_key_version, reason, created_at)
    SELECT id, 1, wrapped(dashed), 1, 'created', at FROM filled
    """,
    """
    INSERT OR IGNORE INTO keys_tag (key, value, name, slug, account_id)
    SELECT t.column1, 'x', t.column1 || '=x', t.column1 || '-x', account FROM place, (VALUES ('env'), ('team')) t
    """,
    """
    INSERT INTO keys_taggedkey (content_object_id, tag_id, tag_key, project_id, number)
    SELECT f.id, t.id, t.key, p.project, f.k + 1
    FROM filled f CROSS JOIN place p ON p.rowid = f.n + 1 CROSS JOIN keys_tag t ON t.account_id = p.account
    """,
    """
    UPDATE console_account SET last_key_number = (SELECT keys FROM span), key_count = made.keys
    FROM (SELECT account, COUNT(*) AS keys FROM filled f JOIN place p ON p.rowid = f.n + 1 GROUP BY account) made
    WHERE id = made.account
    """,
    """
    INSERT INTO console_callcount (account_id, day, operation, resource_id, user_name, calls, refused, last_at)
    SELECT p.account, substr(c.at, 1, 10), c.name, f.dashed, p.user_name, 10, 0, c.at
    FROM call c CROSS JOIN filled f ON f.rowid = c.place CROSS JOIN place p ON p.rowid = f.n + 1 WHERE c.t % 10 = 9
    ON CONFLICT DO UPDATE SET calls = calls + 10, last_at = excluded.last_at
    """,
    "INSERT INTO console_tracestream (id, opened_at, heads_before) SELECT 'filled', at, '{}' FROM filled LIMIT 1",
    """
    INSERT INTO console_trace (stream_id, sequence, mac, at, name, account_id, project_id, user_id, user_name,
        resource_type, resource_id, resource_name, source_ip, request_id, status, error_code, detail)
    SELECT 'filled', c.t + 1, randomblob(32), c.at, c.name, p.account, p.project, p.user, p.user_name, 'key',
        f.dashed, 'key-' || f.k, '192.0.2.' || (c.t % 250),
        printf('%012x%s', CAST(c.second * 1000 AS integer), lower(hex(randomblob(10)))), 200, '', '{}'
    FROM call c CROSS JOIN filled f ON f.rowid = c.place CROSS JOIN place p ON p.rowid = f.n + 1
    """,
)


def fill_database(data_dir: Path, project: str, *, keys: int, traces: int) -> None:
    """Put keys, traces and counters into the database of DATA_DIR, `project` having its share of the keys."""
    root_key = RootKeyFile(data_dir / "root.key").load()[1]

    def wrapped(key_id: str) -> bytes:
        return wrap_material(root_key, generate("AES_256"), key_id, 1)

    file = data_dir / "kms.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.create_function("wrapped", 1, wrapped)
        database.executescript(CACHE)
        indexes = database.execute(INDEXES).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        middle = time.time() - HALF_A_YEAR
        database.execute(SPAN, {"keys": keys, "traces": traces, "middle": middle, "half": HALF_A_YEAR})
        database.execute(PLACES, {"project": project})
        for statement in (NAMES, CALLS, *FILLING, *(sql for _, sql in indexes)):
            database.execute(statement)
    # What the kernel has not written yet would be waited for by the first commits that are measured.
    with file.open("rb") as written:
        os.fsync(written.fileno())


def spread(data_dir: Path, project: str, number: int) -> list[str]:
    """The ids of some keys of the project, evenly from the oldest to the newest."""
    query = "SELECT id FROM keys_key WHERE project_id = ? AND key_spec = 'AES_256' ORDER BY number"
    with closing(sqlite3.connect(data_dir / "kms.sqlite3")) as database:
        found = [str(uuid.UUID(pk)) for (pk,) in database.execute(query, [project])]
    return [found[place * len(found) // number] for place in range(number)] if number < len(found) else found
