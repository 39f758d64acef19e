"""DATA_DIR: closed to others, and one server's alone."""

import fcntl
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

LOCK = "server.lock"
RESTORING = "restoring"
MOVED = "moved-to-postgresql"
OURS = ("kms.sqlite3", "kms.sqlite3-wal", "kms.sqlite3-shm", "secret.key", "initial-password", LOCK, MOVED)


def prepare_folder() -> None:
    """Make DATA_DIR with mode 0700; close one that is open to others, and the server's own files in it."""
    folder: Path = settings.DATA_DIR
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            _close(folder)
        for file in (folder / name for name in OURS):
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(0o600)
    except OSError as error:
        raise CommandError(_unwritable(folder, error)) from None


def hold_folder() -> int:
    """Hold DATA_DIR until this process ends; the number of the lock's file. Other commands are not kept out."""
    folder: Path = settings.DATA_DIR
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CommandError(_unwritable(folder, error)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise CommandError(
            f"Another server (process {holder}) uses the folder {folder}: stop it, or set DATA_DIR to another folder."
        ) from None
    for leftover in folder.glob(".*.key.*"):  # copies of keys that a kill in the midst of their making left
        leftover.unlink()
    shutil.rmtree(folder / RESTORING, ignore_errors=True)  # what a restore that was killed had made
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def require_not_moved() -> None:
    """Refuse to work on the SQLite database of a folder whose content was moved to PostgreSQL."""
    mark: Path = settings.DATA_DIR / MOVED
    if mark.exists():
        raise CommandError(
            f"What the folder {settings.DATA_DIR} held was moved to {mark.read_text().strip()}: set DATABASE_URL to "
            "that database."
        )


def require_never_served() -> None:
    """Refuse to begin a new SQLite database where a server has worked: its database was emptied or taken away."""
    if any(settings.TRAIL_DIR.glob("*.head")):
        raise CommandError(
            f"The database in the folder {settings.DATA_DIR} is empty or gone, and there was one (the heads of its "
            f"trail are in {settings.TRAIL_DIR}): restore it from a backup, or set DATA_DIR to another folder."
        )


def _close(folder: Path) -> None:
    # Never the folder of others: with DATA_DIR=/tmp the whole machine would lose its /tmp.
    names = {one.name for one in folder.iterdir()} - {"lost+found"}
    if names and not names & {*OURS, settings.ROOT_KEY_FILE.name}:
        raise CommandError(
            f"The folder {folder} is open to other users of this machine and holds other files: run chmod 700 on it, "
            "or set DATA_DIR to a folder of the server's own."
        )
    folder.chmod(0o700)


def _unwritable(folder: Path, error: OSError) -> str:
    return (
        f"The folder {folder} can't be written by the server's user, number {os.geteuid()} ({error.strerror}): give it "
        "to that user, or set DATA_DIR to another folder."
    )
