"""The two keys outside the database: the root key, and the secret key of sessions."""

import errno
import logging
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.utils import get_random_secret_key

from console.models import Account, Protection
from console.protection import protect, trail_key
from keys.crypto import keyfile
from keys.crypto.errors import RootKeyExists, RootKeyNotCreated
from keys.crypto.rootkey import create_root_key_file

logger = logging.getLogger(__name__)


def prepare_secret_key() -> None:
    """Make the secret key where there is none, and use it in this process."""
    path: Path = settings.SECRET_KEY_FILE
    try:
        if not path.exists():
            _create(path)
        secret_key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise CommandError(
            f"The secret key file {path} can't be read ({reason}): give the server's user the right to read it, "
            "or correct SECRET_KEY_FILE."
        ) from None
    if len(secret_key) < 50:
        raise CommandError(
            f"The secret key file {path} has fewer than 50 characters: restore it, or delete it and a new one is made "
            "(every user then signs in again)."
        )
    # Read at import, when the file was not there yet: the processes that serve must sign with what the file holds.
    settings.SECRET_KEY = secret_key


def prepare_root_key() -> None:
    """Check the root key against the database; only a database that protects nothing yet gets a new one.

    Raises RootKeyMissing, RootKeyInvalid, RootKeyWrong."""
    path: Path = settings.ROOT_KEY_FILE
    if not settings.ROOT_KEY and _is_free(path):
        _refuse_where_needed(path)
        create_root_key_file(path)
    protect()
    if not settings.ROOT_KEY and not settings.DATABASE_URL and path.resolve().parent == settings.DATA_DIR.resolve():
        logger.warning(
            "The root key lies in %s, in the same folder as the database that it protects: whoever copies the folder "
            "has both. Move it, set ROOT_KEY_FILE, and keep a copy elsewhere.",
            path,
        )


def check_root_key() -> None:
    """Refuse another root key than the database's own. Raises RootKeyMissing, RootKeyInvalid, RootKeyWrong."""
    try:
        trail_key()
    except Protection.DoesNotExist:
        raise CommandError("This database has no root key yet: start the server once.") from None


def _is_free(path: Path) -> bool:
    """Whether there is nothing at `path`; where the server's user may not look, something may be."""
    try:
        path.lstat()
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ENOTDIR}
    return False


def _create(path: Path) -> None:
    try:
        keyfile.create(path, get_random_secret_key() + "\n")
    except RootKeyExists:
        return  # another node was quicker; its key is as good
    except RootKeyNotCreated as error:
        reason = error.__context__.strerror if isinstance(error.__context__, OSError) else "unknown"
        raise CommandError(
            f"The secret key file {path} can't be made ({reason}): its folder must exist and be writable."
        ) from None


def _refuse_where_needed(path: Path) -> None:
    protection = Protection.objects.first()
    if protection is not None:
        raise CommandError(
            f"There is no root key at {path}, and this database is protected by the root key with the fingerprint "
            f"{protection.root_key_fingerprint}: restore that file, or set ROOT_KEY_FILE or ROOT_KEY to that key."
        )
    if Account.objects.exists():
        raise CommandError(
            f"There is no root key at {path}, and this database has accounts already: restore the file, or set "
            "ROOT_KEY_FILE or ROOT_KEY to the root key that protects it."
        )
