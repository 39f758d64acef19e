"""The two keys outside the database: the root key, and the secret key of sessions."""

import logging
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.utils import get_random_secret_key

from console.models import Account, Protection
from console.protection import protect, provider, root_key, trail_key
from keys.crypto import keyfile
from keys.crypto.errors import RootKeyExists, RootKeyMissing, RootKeyNotCreated
from keys.crypto.keytext import FIRST_VERSION

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

    Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable, RootKeyWrong."""
    try:
        root_key()
    except RootKeyMissing:
        place = provider().place
        _refuse_where_needed(place)
        provider().add(FIRST_VERSION)
        logger.info("The root key was made: keep a copy elsewhere.", extra={"place": str(place)})
    protect()
    path: Path = settings.ROOT_KEY_FILE
    is_in_use = not settings.ROOT_KEY and not settings.DATABASE_URL and path.exists()
    if is_in_use and path.resolve().parent == settings.DATA_DIR.resolve():
        logger.warning(
            "The root key lies in %s, in the same folder as the database that it protects: whoever copies the folder "
            "has both. Move it, set ROOT_KEY_FILE, and keep a copy elsewhere.",
            path,
        )


def check_root_key() -> None:
    """Refuse another root key than the database's own.

    Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable, RootKeyWrong."""
    try:
        trail_key()
    except Protection.DoesNotExist:
        raise CommandError("This database has no root key yet: start the server once.") from None


def _create(path: Path) -> None:
    try:
        keyfile.create(path, get_random_secret_key() + "\n")
        logger.info("The secret key was made.", extra={"file": str(path)})
    except RootKeyExists:
        return  # another node was quicker; its key is as good
    except RootKeyNotCreated as error:
        reason = error.__context__.strerror if isinstance(error.__context__, OSError) else "unknown"
        raise CommandError(
            f"The secret key file {path} can't be made ({reason}): its folder must exist and be writable."
        ) from None


def _refuse_where_needed(place: str) -> None:
    protection = Protection.objects.first()
    if protection is not None:
        raise CommandError(
            f"There is no root key at {place}, and this database is protected by the root key with the fingerprint "
            f"{protection.root_key_fingerprint}: restore it, or correct where it is looked for."
        )
    if Account.objects.exists():
        raise CommandError(
            f"There is no root key at {place}, and this database has accounts already: restore the root key that "
            "protects it, or correct where it is looked for."
        )
