"""Restoring a backup: the old installation stays whole until the new one is, and is checked."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection, transaction

from console import protection
from console.access import given_up, heads, stream
from console.access.archives import Archives
from console.access.caller import Caller
from console.access.given_up import RESTORE
from console.access.heads import Head
from console.access.trail import traced
from console.access.verification import Verdict, verify_streams
from console.operations.accounts import account_of_the_server
from console.serving.database import database_name, in_turn
from console.serving.folder import MOVED, RESTORING
from console.serving.keyfiles import check_root_key
from console.sqlite.log import empty_log
from console.transfer import sqlite
from console.transfer.backups import Backup, check_backup, reading
from console.transfer.files import back_up_to, backups_folder
from console.transfer.places import installation, is_lived_in, sqlite_file, within_transaction
from console.transfer.schema import check_foreign_keys, fill, migrate_on, migrate_to, require_known_to_us
from console.transfer.sqlite import Sqlite
from console.transfer.tables import Database, Row
from keys.crypto.keyfile import sync_folder

Query = Callable[[str], Sequence[Row]]
LAST_OF_STREAMS = """
SELECT t.stream_id, t.sequence, t.mac FROM console_tracestream s JOIN console_trace t ON t.stream_id = s.id
WHERE t.sequence = (SELECT MAX(sequence) FROM console_trace WHERE stream_id = s.id)
"""
RESTORES = "SELECT CAST(detail AS text) FROM console_trace WHERE name = 'restoreBackup' AND status = 200"


class Service(Protocol):
    """What a service has to do with a restore."""

    def look(self, old: Database) -> None:
        """Note what it will want to know of the installation that is to be replaced."""

    def settle(self) -> None:
        """Check and change the restored database, before anybody else can see it."""


class Restored(NamedTuple):
    """What was restored, what is to say of its trail, and where what it replaced lies now: an SQLite file, a backup of
    what PostgreSQL held, or nowhere."""

    backup: Backup
    verdict: Verdict
    replaced: Path | None


def restore(path: Path, *, replace: bool, service: Service) -> Restored:
    """Put the backup at `path` in the place of what the settings' database holds: all or nothing, be it killed.

    The caller holds DATA_DIR. Raises what `check_backup` does; CommandError where it can't, or must not, be done."""
    backup = check_backup(path)
    require_known_to_us(backup.description)
    folder = settings.DATA_DIR / RESTORING
    try:
        if connection.vendor == "sqlite":
            return _restore_file(path, backup, folder, service, replace=replace)
        with in_turn():
            return _restore_in_transaction(path, backup, folder, service, replace=replace)
    except (Error, sqlite3.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise CommandError(f"The backup could not be restored ({reason}), and nothing was changed.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _restore_file(path: Path, backup: Backup, folder: Path, service: Service, *, replace: bool) -> Restored:
    target, known = Path(connection.settings_dict["NAME"]), heads.kept()
    if target.exists() and target.stat().st_size:
        _require(replace)
        try:
            with sqlite_file(target) as old, old.snapshot():
                known += _heads_in(old.query)
                service.look(old)
        except sqlite3.Error:
            pass  # a damaged database is a reason to restore one
    with _working_in(folder):
        new = Path(connection.settings_dict["NAME"])
        migrate_to(backup.description.migrations)
        connection.close()
        with closing(sqlite.connect(new)) as plain, reading(path, "Restore") as again:
            database = Sqlite(plain)
            with database.loading():
                fill(database, again)
        verdict = _finish(backup, known, service)
        connection.ensure_connection()
        empty_log(connection.connection)
    replaced = _put_in_place(new, target)
    _keep_heads(folder)
    (settings.DATA_DIR / MOVED).unlink(missing_ok=True)
    return Restored(backup, verdict, replaced)


def _restore_in_transaction(path: Path, backup: Backup, folder: Path, service: Service, *, replace: bool) -> Restored:
    known, replaced = heads.kept(), None
    if others := within_transaction().others_connected():
        raise CommandError(
            f"The database {database_name()} is in use by {others} other sessions: stop all servers that use it."
        )
    with installation() as old:
        if is_lived_in(old):
            _require(replace)
            replaced = backups_folder() / f"before-restore-{_stamp()}.kmsbackup"
            with old.snapshot():
                known += _heads_in(old.query)
                service.look(old)
    if replaced:
        back_up_to(replaced)
    with _working_in(folder), transaction.atomic(durable=True), connection.wrap_database_errors:
        database = within_transaction()
        database.drop_all()
        migrate_to(backup.description.migrations)
        with reading(path, "Restore") as again:
            fill(database, again)
        verdict = _finish(backup, known, service)
    _keep_heads(folder)
    return Restored(backup, verdict, replaced)


def _finish(backup: Backup, known: Sequence[Head], service: Service) -> Verdict:
    """Bring the restored tables to this version, check them, and leave the trace of it all."""
    check_foreign_keys()
    migrate_on()
    protection.forget()
    stream.forget_stream()
    check_root_key()
    service.settle()
    made_at = backup.description.made_at
    kept = [*_last_of_streams(_rows), *Archives.known().heads]
    gone = given_up.beyond(known, kept, made_at)
    account = account_of_the_server()
    if account is not None:
        with traced(Caller.server(account), RESTORE) as trace:
            trace.detail = {
                "backup_made_at": made_at,
                "backup_sha256": backup.sha256,
                "given_up": given_up.detail_of(gone),
            }
            with transaction.atomic():
                trace.done()
    return verify_streams()


def _heads_in(query: Query) -> list[Head]:
    """The heads that a trail ends with, and those that it gave up itself."""
    details = [json.loads(detail) for (detail,) in query(RESTORES)]
    return [*_last_of_streams(query), *(one.head for detail in details for one in given_up.read(detail))]


def _last_of_streams(query: Query) -> list[Head]:
    return [Head(pk, sequence, bytes(mac)) for pk, sequence, mac in query(LAST_OF_STREAMS)]


def _rows(statement: str) -> Sequence[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Have Django work on a file in `folder`, where the database is one, and keep the heads of the trail there: none of
    them counts before all is in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    name, trail = connection.settings_dict["NAME"], settings.TRAIL_DIR
    settings.TRAIL_DIR = folder / trail.name
    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["NAME"] = folder / Path(name).name
    try:
        yield
    finally:
        settings.TRAIL_DIR = trail
        if connection.vendor == "sqlite":
            connection.close()
            connection.settings_dict["NAME"] = name


def _put_in_place(new: Path, target: Path) -> Path | None:
    """Rename the new file over the old one, which gets a second name before. Where the old one is now."""
    replaced = None
    if target.exists():
        replaced = target.with_name(f"{target.stem}.replaced-{_stamp()}{target.suffix}")
        with suppress(sqlite3.Error), closing(sqlite.connect(target)) as old:
            empty_log(old)
        os.link(target, replaced)
        # Left beside where the old one is damaged: the new one must not take it for its own.
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.rename(f"{target}{ending}", f"{replaced}{ending}")
    with new.open("rb") as whole:
        os.fsync(whole.fileno())
    os.rename(new, target)
    sync_folder(target.parent)
    return replaced


def _keep_heads(folder: Path) -> None:
    settings.TRAIL_DIR.mkdir(mode=0o700, exist_ok=True)
    for head in (folder / settings.TRAIL_DIR.name).glob("*.head"):
        os.rename(head, settings.TRAIL_DIR / head.name)


def _require(replace: bool) -> None:
    if not replace:
        raise CommandError(
            f"The database {database_name()} holds an installation already: add --replace to put the backup in its "
            "place."
        )


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
