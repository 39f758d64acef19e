"""The root key of this process, and the trail key under it."""

from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from console.models import Protection
from keys.crypto.errors import CryptoError, RootKeyInvalid
from keys.crypto.material import forget_unwrapped
from keys.crypto.rootkey import RootKey
from keys.crypto.secrets import forget_secrets
from keys.crypto.trail import TrailKey
from keys.errors import KmsError


class RootKeyWrong(KmsError):
    """The root key given is not the one that protects this database."""

    status = 503
    text = _(
        "The root key has the fingerprint %(found)s, but this database is protected by the root key with the "
        "fingerprint %(expected)s. Set ROOT_KEY_FILE or ROOT_KEY to that key."
    )


@cache
def root_key() -> RootKey:
    """The root key that the settings name. Raises RootKeyMissing or RootKeyInvalid."""
    return RootKey.from_text(settings.ROOT_KEY) if settings.ROOT_KEY else RootKey.from_file(settings.ROOT_KEY_FILE)


@cache
def trail_key() -> TrailKey:
    """The key of the traces' MACs, unwrapped. Raises RootKeyWrong where the root key does not open it."""
    return _open(Protection.objects.get())


def protect() -> None:
    """Check that the root key is this database's own; on an empty database take it as such.

    Raises RootKeyMissing, RootKeyInvalid or RootKeyWrong."""
    with transaction.atomic():
        protection = Protection.objects.select_for_update().first()
        if protection is None:
            Protection.objects.create(
                root_key_version=root_key().version,
                root_key_fingerprint=root_key().fingerprint,
                wrapped_trail_key=TrailKey.generate().wrap(root_key()),
            )
        else:
            _open(protection)


def is_ready() -> bool:
    """Whether database and root key answer. Raises what the database raises."""
    try:
        _open(Protection.objects.get())
    except (Protection.DoesNotExist, CryptoError, KmsError):
        return False
    return True


def forget() -> None:
    """Drop what this process knows of the keys; the next use reads them anew."""
    root_key.cache_clear()
    trail_key.cache_clear()
    forget_unwrapped()
    forget_secrets()


def _open(protection: Protection) -> TrailKey:
    if protection.root_key_fingerprint != root_key().fingerprint:
        raise RootKeyWrong(found=root_key().fingerprint, expected=protection.root_key_fingerprint)
    try:
        return TrailKey.unwrap(root_key(), bytes(protection.wrapped_trail_key))
    except RootKeyInvalid:
        raise
    except CryptoError:
        raise RootKeyWrong(found=root_key().fingerprint, expected=protection.root_key_fingerprint) from None
