"""Files of secrets on disk: read only if nobody else can read them, written whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keys.crypto.errors import RootKeyExists, RootKeyInvalid, RootKeyMissing, RootKeyNotCreated

_LONGEST = 16 * 1024


def read(path: Path, what: str = "root key") -> str:
    """The text of the file at `path`, at most 16 KiB; `what` it holds is named in refusals.

    Raises RootKeyMissing if it is absent; RootKeyInvalid if it can't be read, is too long or not ASCII, or if it is
    open to others."""
    try:
        with path.open("rb") as file:
            # Asked of the open file, not of the path, which could lead elsewhere a moment later.
            status = os.fstat(file.fileno())
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise RootKeyInvalid(
                f"The {what} file {path} is a link that leads nowhere: mount what it leads to."
            ) from None
        raise RootKeyMissing(
            f"There is no {what} at {path}. Restore the file from where you keep its copy, or correct its path."
        ) from None
    except OSError as error:
        raise RootKeyInvalid(
            f"The {what} file {path} can't be read ({error.strerror}). Give the server's user, number "
            f"{os.geteuid()}, the right to read it."
        ) from None
    if is_open_to_others(status, os.geteuid()):
        raise RootKeyInvalid(
            f"The {what} file {path} is open to other users of this machine. Run chmod 600 on it, and replace the "
            f"{what} if someone may have read it."
        )
    if len(content) > _LONGEST or not content.isascii():
        raise RootKeyInvalid(f"The file {path} does not hold a {what}. Correct its path, or restore it from its copy.")
    return content.decode("ascii")


def is_open_to_others(status: os.stat_result, user: int) -> bool:
    """Whether others than the user of this number may read or change such a file.

    A group may read what belongs to root: systemd's credentials and Kubernetes' secrets are handed to a server so."""
    allowed = 0o040 if status.st_uid == 0 and user != 0 else 0
    return bool(stat.S_IMODE(status.st_mode) & 0o077 & ~allowed)


def create(path: Path, text: str, what: str = "root key") -> None:
    """Write `text` to a new file at `path`, mode 0600, on disk when this returns; there is never a part of it.

    Raises RootKeyExists, leaving it as it is, if there is anything at `path`, be it a link that leads nowhere;
    RootKeyNotCreated if the file can't be written."""
    try:
        with _written(path, text) as name:
            # A link, because renaming would replace a file that came in between, and the keys under it would be lost.
            os.link(name, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise RootKeyExists(
            f"There is already a file at {path}, and it was left as it is. Use it, or choose another path."
        ) from None
    except OSError as error:
        raise RootKeyNotCreated(
            f"The {what} file {path} could not be created ({error.strerror}). Its folder must exist, be writable for "
            "the server's user, have free space and support hard links."
        ) from None


def replace(path: Path, text: str) -> None:
    """Write `text` to the file at `path`, which is there: mode 0600, its owner as before, on disk when this returns.
    Whoever reads meanwhile finds the old text or the new one, whole.

    Raises RootKeyNotCreated if the file can't be written; then it is as it was."""
    path = path.resolve()  # a link stays one
    try:
        owner = path.stat()
        for leftover in path.parent.glob(f".{path.name}.*"):  # a kill in the midst of writing left it
            leftover.unlink()
        with _written(path, text) as name:
            if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(name, owner.st_uid, owner.st_gid)
            os.rename(name, path)
        sync_folder(path.parent)
    except OSError as error:
        raise RootKeyNotCreated(
            f"The root key file {path} could not be written ({error.strerror}), and was left as it is. Its folder must "
            "be writable for the server's user and have free space."
        ) from None


@contextmanager
def _written(path: Path, text: str) -> Iterator[str]:
    """The name of a file beside `path` that holds `text`, on disk; it is gone afterwards, unless it was renamed."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files survive a power cut: it could forget a key's file, and all wrapped since."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
