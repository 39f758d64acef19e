"""The file of a backup: there whole, or not at all."""

import os
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from console.transfer.backups import Backup, write_backup
from console.transfer.places import installation
from keys.crypto.keyfile import sync_folder


def back_up_to(path: Path) -> Backup:
    """A backup at `path`, mode 0600, on disk when this returns. CommandError where there is a file already."""
    if path.exists():
        raise CommandError(f"There is a file at {path}, and it was left as it is: choose another name.")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise CommandError(_unwritable(path, error)) from None
    try:
        with open(descriptor, "wb") as file, installation() as database:
            made = write_backup(database, connection.vendor, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(name, path)
    except OSError as error:
        raise CommandError(_unwritable(path, error)) from None
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.absolute().parent)
    return made


def back_up_to_stdout() -> Backup:
    """A backup on stdout."""
    with installation() as database:
        made = write_backup(database, connection.vendor, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return made


def backups_folder() -> Path:
    """Where the server's own backups lie, made where there is none."""
    folder: Path = settings.DATA_DIR / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(f"The folder {folder} can't be made ({error.strerror}): make room for it.") from None
    return folder


def _unwritable(path: Path, error: OSError) -> str:
    return f"The backup {path} can't be written ({error.strerror}): its folder must exist and have free space."
