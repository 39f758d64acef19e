"""Files that are there whole or not at all, and the lock that one command at a time has of a volume or an image."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kms_engines.errors import DataUnfit, InUse


def beside(path: Path, ending: str) -> Path:
    """`/srv/vol.luks` and `.json`: `/srv/vol.luks.json`."""
    return path.with_name(path.name + ending)


def refuse_to_replace(*paths: Path) -> None:
    """Raises DataUnfit where one of the files is there already."""
    for path in paths:
        if os.path.lexists(path):
            raise DataUnfit(f"{path} is there already. Choose another name, or remove it.")


def put_exclusively(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; on disk when this returns. Raises DataUnfit where it can't be."""
    refuse_to_replace(path)
    try:
        _write(path, content)
        _sync_folder(path)
    except OSError as error:
        raise DataUnfit(f"{path} can't be written: {error.strerror}.") from None


def replace(path: Path, content: bytes) -> None:
    """Write a file in the place of what is there: at any moment the old one or the new one, which is on disk when this
    returns."""
    new = beside(path, ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()  # of a command that was killed
    try:
        _write(new, content)
        new.rename(path)
        _sync_folder(path)
    except OSError as error:
        raise DataUnfit(f"{path} can't be written: {error.strerror}.") from None


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path to write a new file at, only for its owner: it becomes `path`, and durable, when the block ends, and is
    removed if the block fails."""
    part = beside(path, ".part")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()  # of a command that was killed
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            yield part
            sync(part)
            part.rename(path)
        except BaseException:
            part.unlink()
            raise
        _sync_folder(path)
    except OSError as error:
        raise DataUnfit(f"{path} can't be written: {error.strerror}.") from None


def sync(path: Path) -> None:
    """Have all that was written to a file, or to the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """As long as no other command has it. Raises InUse; DataUnfit where there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise DataUnfit(f"{path} can't be read: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"Another command works on {path}. Try again when it has ended.") from None
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    sync(path.parent)
