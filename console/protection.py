"""The root key of this process, and the trail key under it."""

import threading
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from console.models import Protection
from keys.crypto.errors import CryptoError, RootKeyUnreachable, WrappedRejected
from keys.crypto.keyring import Keyring, Provider
from keys.crypto.material import forget_unwrapped
from keys.crypto.pkcs11 import Token
from keys.crypto.providers import Moving, RootKeyFile, RootKeyText
from keys.crypto.secrets import forget_secrets
from keys.crypto.trail import TrailKey
from keys.errors import KmsError

_turn = threading.Lock()


class RootKeyWrong(KmsError):
    """The root key given is not the one that protects this database."""

    status = 503
    text = _(
        "The root key has the fingerprint %(found)s, but this database is protected by the root key with the "
        "fingerprint %(expected)s. Set ROOT_KEY_FILE or ROOT_KEY to that key."
    )


class TrailKeyDamaged(KmsError):
    """The root key is the right one, and what it should open does not open."""

    status = 503
    text = _(
        "The trail's key in the database is damaged: the root key with the fingerprint %(fingerprint)s, which protects "
        "this database, does not open it. Restore the database from a backup."
    )


class RootKeyAway(KmsError):
    """The token that holds the root key does not answer: nothing was done, and nothing is lost."""

    code, status = "KMS.0104", 503
    text = _("The token that holds the root key does not answer. Try again, and tell the administrator of this server.")


class ServingKeyring(Keyring):
    """The keyring as operations use it: a token that does not answer is a refusal like any other."""

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """Raises RootKeyAway."""
        try:
            return super().wrap(plaintext, *context)
        except RootKeyUnreachable as error:
            raise RootKeyAway() from error

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """Raises WrappedRejected, RootKeyAway."""
        try:
            return super().unwrap(wrapped, *context)
        except RootKeyUnreachable as error:
            raise RootKeyAway() from error


@cache
def provider() -> Provider:
    """Where the settings say that the root key lies. Keys that lay elsewhere before open what they wrapped."""
    given = RootKeyText("ROOT_KEY", settings.ROOT_KEY) if settings.ROOT_KEY else RootKeyFile(settings.ROOT_KEY_FILE)
    if not settings.ROOT_KEY_PKCS11:
        return given
    labels = settings.ROOT_KEY_PKCS11_TOKEN, settings.ROOT_KEY_PKCS11_KEY
    return Moving(Token(settings.ROOT_KEY_PKCS11, *labels, settings.ROOT_KEY_PKCS11_PIN_FILE), given)


@cache
def root_key() -> Keyring:
    """The root keys that the settings name; it wraps under the version that the database says is current, on an empty
    database under the newest. `follow` keeps it so.

    Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable; RootKeyWrong where that version is not among them."""
    with _turn:  # two threads that ask first at once must not open a token twice
        return _loaded()


@cache
def _loaded() -> Keyring:
    keyring = ServingKeyring(provider())
    protection = Protection.objects.first()
    if protection is not None:
        _take(keyring, protection)
    return keyring


def root_keys() -> Keyring:
    """The root keys that the settings name, whatever the database says: it may be damaged, older, or not there yet.

    Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable."""
    return Keyring(provider())


@cache
def trail_key() -> TrailKey:
    """The key of the traces' MACs, unwrapped. Raises RootKeyWrong, TrailKeyDamaged."""
    return _open(Protection.objects.get())


def protect() -> None:
    """Check that the root key is this database's own; on an empty database take it as such.

    Raises RootKeyMissing, RootKeyInvalid, RootKeyUnreachable, RootKeyWrong or TrailKeyDamaged."""
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


def follow() -> None:
    """Wrap under the version that the database says is current now. Raises RootKeyWrong where it is not to be had."""
    _take(root_key(), Protection.objects.get())


def is_ready() -> bool:
    """Whether database and root key answer. Raises what the database raises."""
    try:
        _open(Protection.objects.get())
    except (Protection.DoesNotExist, CryptoError, KmsError):
        return False
    return True


def forget() -> None:
    """Drop what this process knows of the keys; the next use reads them anew."""
    provider.cache_clear()
    root_key.cache_clear()
    _loaded.cache_clear()
    trail_key.cache_clear()
    forget_unwrapped()
    forget_secrets()


def _take(keyring: Keyring, protection: Protection) -> None:
    wanted = protection.root_key_version, protection.root_key_fingerprint
    if not keyring.holds(*wanted):
        keyring.read_again()
    if not keyring.holds(*wanted):
        raise RootKeyWrong(found=", ".join(keyring.fingerprints.values()), expected=protection.root_key_fingerprint)
    keyring.use(protection.root_key_version)


def _open(protection: Protection) -> TrailKey:
    _take(root_key(), protection)
    try:
        return TrailKey.unwrap(root_key(), bytes(protection.wrapped_trail_key))
    except WrappedRejected:
        raise TrailKeyDamaged(fingerprint=protection.root_key_fingerprint) from None
