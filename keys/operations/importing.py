"""Import: material of one's own for a key of origin External, its expiry, and its deletion by hand."""

import base64
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from console.protection import root_key
from keys.calls import Call
from keys.crypto.errors import (
    CiphertextRejected,
    ExponentUnfit,
    MaterialLength,
    PrivateKeyClosed,
    PrivateKeyRejected,
    PrivateKeyUnfit,
    PrivateKeyUnreadable,
    TemporaryKeyLength,
    WrappedRejected,
)
from keys.crypto.importing import (
    WRAPPED_BYTES,
    WrappingKey,
    import_private_key,
    import_symmetric,
    is_same_material,
    wrap_check_value,
)
from keys.crypto.material import Material, forget_unwrapped, wrap_material
from keys.errors import (
    MaterialDamaged,
    MaterialDiffers,
    MaterialExpirationInvalid,
    MaterialLengthWrong,
    PrivateKeyInvalid,
    PrivateKeyMissing,
    PrivateKeysNeverExpire,
    PrivateKeyUnexpected,
    TemporaryKeyLengthWrong,
    WrappedMaterialInvalid,
    WrappingAlgorithmUnknown,
)
from keys.models import ImportTicket, Key, KeyState, KeyVersion, check_usable
from keys.operations.asking import ask_to_destroy
from keys.operations.finding import KeyId, find, lock
from keys.operations.protecting import lock_to_destroy
from keys.operations.sweeping import destroy_material, wipe
from keys.operations.tickets import new_token, ticket_of, ticket_under_way, token_of, wrapping_key_of
from keys.specs import RSAES_OAEP_SHA_256

logger = logging.getLogger(__name__)

VERSION = 1
"""Imported material is the one version of its key: what comes again is the same."""


@dataclass(frozen=True, slots=True, repr=False)
class ImportParameters:
    """What material for a key is wrapped under (SubjectPublicKeyInfo DER), the token to send with it, and its end."""

    key_id: uuid.UUID
    token: bytes
    public_key: bytes
    expires_at: datetime


def get_parameters_for_import(caller: Caller, *, key_id: KeyId, algorithm: str) -> ImportParameters:
    """A new wrapping key pair for a key of origin External: its public half, and a token that is good for any number of
    imports within 24 hours.

    Raises NotPermitted, KeyNotFound, ExternalKeyRequired, KeyPendingDeletion, WrappingAlgorithmUnknown."""
    call = Call.GET_PARAMETERS_FOR_IMPORT
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        if algorithm != RSAES_OAEP_SHA_256:
            raise WrappingAlgorithmUnknown()
        check_usable(key, call)
        wrapping_key = WrappingKey.generate()  # before any lock: it takes its time
        public_key, (token, expires_at) = wrapping_key.public_half(), new_token(key.pk)
        with transaction.atomic(durable=True):
            ticket_of(lock(key, call), token, expires_at, wrapping_key).save(force_insert=True)
            trace.done()
    return ImportParameters(key.pk, token, public_key, expires_at)


def resume_import(caller: Caller, *, key_id: KeyId) -> ImportParameters:
    """The parameters of the key's newest import again, for as long as their token is good.

    Raises NotPermitted, KeyNotFound, ExternalKeyRequired, KeyPendingDeletion, ImportNotBegun."""
    call = Call.GET_PARAMETERS_FOR_IMPORT
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        check_usable(key, call)
        ticket = ticket_under_way(key)
        token = token_of(ticket)
        trace.detail = {"again": True}
        trace.done()
    return ImportParameters(key.pk, token, wrapping_key_of(key, token).public_half(), ticket.expires_at)


def imports_under_way(keys: Iterable[Key]) -> dict[uuid.UUID, datetime]:
    """Until when the imports of these keys, found for the caller before, can be taken up again; no others are in it."""
    tickets = ImportTicket.objects.under_way().filter(key__in=[key.pk for key in keys])
    return dict(tickets.order_by("expires_at").values_list("key", "expires_at"))


def import_key_material(
    caller: Caller,
    *,
    key_id: KeyId,
    token: bytes | None,
    encrypted_material: bytes,
    encrypted_private_key: bytes = b"",
    expires_at: datetime | None = None,
) -> Key:
    """Give a key its material, wrapped as `get_parameters_for_import` asks: the key is enabled then.

    Symmetric material comes in `encrypted_material`, and may expire; a private key (PKCS#8 DER) comes in
    `encrypted_private_key`, under a temporary AES key by AES key wrap with padding, and that key in
    `encrypted_material`. Without a token that of the newest import under way is taken. Whatever is refused leaves the
    key as it was.

    Raises NotPermitted, KeyNotFound, ExternalKeyRequired, KeyNotPendingImport, ImportNotBegun, ImportTokenInvalid,
    ImportTokenOfAnotherKey, ImportTokenExpired, MaterialExpirationInvalid, PrivateKeysNeverExpire,
    WrappedMaterialInvalid, MaterialLengthWrong, MaterialDiffers, PrivateKeyMissing, PrivateKeyUnexpected,
    PrivateKeyInvalid, TemporaryKeyLengthWrong."""
    call = Call.IMPORT_KEY_MATERIAL
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        check_usable(key, call)
        _check_expiry(key, expires_at)
        wrapping_key = wrapping_key_of(key, token if token is not None else token_of(ticket_under_way(key)))
        # Before any lock: checking an RSA key takes its time.
        material = _opened(key, wrapping_key, encrypted_material, encrypted_private_key)
        trace.detail = {"expires_at": expires_at.isoformat() if expires_at else ""}
        with transaction.atomic(durable=True):
            key = lock(key, call)
            _store(key, material)
            key.state, key.material_expires_at = KeyState.ENABLED, expires_at
            key.save(update_fields=["state", "material_expires_at", "updated_at"])
            trace.done()
    return key


def delete_imported_key_material(caller: Caller, key_id: KeyId) -> Key:
    """Destroy the imported symmetric material of a key, which waits for import then; only the same may come again.
    Where the account's deletions need a second administrator, one is asked instead.

    Raises NotPermitted, KeyNotFound, ExternalKeyRequired, PrivateKeyStays, MaterialNotDeletable, KeyProtected,
    SentForApproval."""
    call = Call.DELETE_IMPORTED_KEY_MATERIAL
    with traced(caller, call.trace) as trace:
        key = find(caller, trace, call, key_id)
        with transaction.atomic(durable=True):
            key = lock_to_destroy(key, call)
            if not key.project.account.needs_approval:
                empty(key)
                trace.done()
        if not trace.is_written:
            raise ask_to_destroy(caller, call, key, {})
    wipe()
    return key


def empty(key: Key) -> None:
    """Within a transaction that has locked the key and may do so, destroy its material; `wipe` follows the commit."""
    destroy_material(key)
    key.save(update_fields=["state", "material_expires_at", "updated_at"])


def _check_expiry(key: Key, expires_at: datetime | None) -> None:
    if expires_at is None:
        return
    if key.spec.is_asymmetric:
        raise PrivateKeysNeverExpire()
    if expires_at <= timezone.now():
        raise MaterialExpirationInvalid()


def _opened(key: Key, wrapping_key: WrappingKey, encrypted: bytes, encrypted_private_key: bytes) -> Material:
    """The material that came, checked to be of the key's spec."""
    spec = key.key_spec
    if key.spec.is_asymmetric and not encrypted_private_key:
        raise PrivateKeyMissing(key_spec=spec)
    if encrypted_private_key and not key.spec.is_asymmetric:
        raise PrivateKeyUnexpected(key_spec=spec)
    if len(encrypted) != WRAPPED_BYTES:
        text = WrappedMaterialInvalid.base64 if _is_base64(encrypted) else WrappedMaterialInvalid.wrong_length
        raise WrappedMaterialInvalid(text=text, length=len(encrypted))
    try:
        if key.spec.is_asymmetric:
            return import_private_key(wrapping_key, spec, encrypted, encrypted_private_key)
        return import_symmetric(wrapping_key, spec, encrypted)
    except CiphertextRejected:
        raise WrappedMaterialInvalid() from None
    except MaterialLength as error:
        raise MaterialLengthWrong(length=error.length, key_spec=spec, expected=error.expected) from None
    except TemporaryKeyLength as error:
        raise TemporaryKeyLengthWrong(length=error.length) from None
    except PrivateKeyRejected as error:
        raise _private_key_refusal(error, spec, len(encrypted_private_key)) from None


def _is_base64(encrypted: bytes) -> bool:
    """Whether these bytes are the Base64 of what was expected."""
    try:
        return len(base64.b64decode(b"".join(encrypted.split()), validate=True)) == WRAPPED_BYTES
    except ValueError:
        return False


def _private_key_refusal(error: PrivateKeyRejected, spec: str, length: int) -> PrivateKeyInvalid:
    """What the user is told of a private key that is not taken; `length` is that of the encrypted one."""
    if isinstance(error, PrivateKeyClosed):
        return PrivateKeyInvalid(text=PrivateKeyInvalid.closed, length=length)
    if isinstance(error, PrivateKeyUnreadable):
        return PrivateKeyInvalid(text=PrivateKeyInvalid.unreadable, length=error.length)
    if isinstance(error, PrivateKeyUnfit):
        expected, found = error.expected, error.found
        return PrivateKeyInvalid(text=PrivateKeyInvalid.unfit, found=found, key_spec=spec, expected=expected)
    if isinstance(error, ExponentUnfit):
        return PrivateKeyInvalid(text=PrivateKeyInvalid.exponent)
    return PrivateKeyInvalid()


def _store(key: Key, material: Material) -> None:
    """Write the material as the key's one version; its row is locked. Raises MaterialDiffers, MaterialDamaged."""
    key_id = str(key.pk)
    version = KeyVersion.objects.filter(key=key, number=VERSION).first()
    if version is None:
        version = KeyVersion(key=key, number=VERSION)
    elif version.wrapped_check_value is None or not _is_the_same(bytes(version.wrapped_check_value), material, key_id):
        raise MaterialDiffers()
    version.wrapped_material = wrap_material(root_key(), material, key_id, VERSION)
    version.public_key = material.public_key
    version.wrapped_check_value = wrap_check_value(root_key(), material, key_id, VERSION)
    version.root_key_version = root_key().version
    version.save()
    forget_unwrapped(key_id)


def _is_the_same(check_value: bytes, material: Material, key_id: str) -> bool:
    try:
        return is_same_material(root_key(), check_value, material, key_id, VERSION)
    except WrappedRejected:
        logger.error("Key %s: the check value of its material is damaged in the database, or of another key.", key_id)
        raise MaterialDamaged(key_id=key_id, version=VERSION) from None
