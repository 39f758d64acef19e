"""Encrypting and decrypting small data, and moving ciphertexts from key to key."""

import uuid
from typing import NamedTuple

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from keys.calls import Call
from keys.crypto.additional import AdditionalData
from keys.crypto.errors import CiphertextRejected
from keys.crypto.rsa_cipher import oaep_capacity, oaep_decrypt, oaep_encrypt
from keys.crypto.sealing import OVERHEAD, Header, Purpose, open_sealed, read_header, seal
from keys.errors import (
    AdditionalDataInvalid,
    CiphertextInvalid,
    CiphertextLengthMismatch,
    CiphertextOfAnotherKey,
    KeyNotFound,
    PlaintextInvalid,
    PlaintextTooLongForRsa,
    RsaAlgorithmUnfit,
    RsaCiphertextInvalid,
    SymmetricAlgorithmUnfit,
)
from keys.models import Key
from keys.operations.finding import KeyId
from keys.operations.uses import detail_of
from keys.operations.working import WorkingKey, working_key
from keys.specs import SYMMETRIC_DEFAULT

LONGEST_PLAINTEXT = 4096
# What decrypt-data opens: never a data key, or whoever may decrypt data could take data keys too.
DATA = frozenset({Purpose.DATA, Purpose.PRIVATE_KEY})
DATA_KEYS = frozenset({Purpose.DATA_KEY})


class Encrypted(NamedTuple):
    """A ciphertext and the key that it is under."""

    key_id: uuid.UUID
    ciphertext: bytes


class Decrypted(NamedTuple):
    """A plaintext and the key that it was under."""

    key_id: uuid.UUID
    plaintext: bytes


class ReEncrypted(NamedTuple):
    """A ciphertext that moved from one key to another, and how it is encrypted under each."""

    source: Key
    destination: Key
    ciphertext: bytes
    is_data_key: bool


def encrypt_data(
    caller: Caller,
    *,
    key_id: KeyId,
    plaintext: bytes,
    algorithm: str | None = SYMMETRIC_DEFAULT,
    additional_data: AdditionalData = None,
) -> Encrypted:
    """Encrypt 1 to 4096 bytes under a key, by its own algorithm where none is named. Raises PlaintextInvalid,
    PlaintextTooLongForRsa, AdditionalDataInvalid, SymmetricAlgorithmUnfit, RsaAlgorithmUnfit and what `working_key`
    raises."""
    with traced(caller, Call.ENCRYPT_DATA.trace) as trace:
        trace.detail = detail_of(additional_data)
        if not 1 <= len(plaintext) <= LONGEST_PLAINTEXT:
            raise PlaintextInvalid(length=len(plaintext))
        working = working_key(caller, trace, Call.ENCRYPT_DATA, key_id)
        ciphertext = _encrypt(working, Purpose.DATA, plaintext, algorithm, additional_data)
        trace.done()
    return Encrypted(working.id, ciphertext)


def decrypt_data(
    caller: Caller,
    *,
    ciphertext: bytes,
    key_id: KeyId | None = None,
    algorithm: str | None = SYMMETRIC_DEFAULT,
    additional_data: AdditionalData = None,
) -> Decrypted:
    """Open what `encrypt_data` made, or the private key of a data key pair; a ciphertext under a symmetric key names
    its key itself. Raises CiphertextInvalid, RsaCiphertextInvalid and what `encrypt_data` raises."""
    with traced(caller, Call.DECRYPT_DATA.trace) as trace:
        trace.detail = detail_of(additional_data)
        working, _purpose, plaintext = _decrypt(
            caller, trace, Call.DECRYPT_DATA, key_id, ciphertext, algorithm, additional_data, DATA
        )
        trace.done()
    return Decrypted(working.id, plaintext)


def re_encrypt(
    caller: Caller,
    *,
    ciphertext: bytes,
    destination_key_id: KeyId,
    source_key_id: KeyId | None = None,
    source_algorithm: str | None = SYMMETRIC_DEFAULT,
    destination_algorithm: str | None = SYMMETRIC_DEFAULT,
    source_additional_data: AdditionalData = None,
    destination_additional_data: AdditionalData = None,
    data_key_length: int | None = None,
) -> ReEncrypted:
    """Decrypt a ciphertext under one key and encrypt it under another, without showing the plaintext.

    With `data_key_length` (bytes) it is a data key's ciphertext, else one of data; it stays what it is. Raises what
    `decrypt_data` and `encrypt_data` raise, CiphertextLengthMismatch."""
    accepted = DATA if data_key_length is None else DATA_KEYS
    with traced(caller, Call.RE_ENCRYPT.trace) as trace:
        source, purpose, plaintext = _decrypt(
            caller,
            trace,
            Call.RE_ENCRYPT,
            source_key_id,
            ciphertext,
            source_algorithm,
            source_additional_data,
            accepted,
        )
        if data_key_length not in {None, len(plaintext)}:
            raise CiphertextLengthMismatch()
        destination = working_key(caller, trace, Call.RE_ENCRYPT, destination_key_id)
        trace.detail = {"source_key_id": str(source.id), "destination_key_id": str(destination.id)}
        moved = _encrypt(destination, purpose, plaintext, destination_algorithm, destination_additional_data)
        trace.done()
    return ReEncrypted(source.key, destination.key, moved, data_key_length is not None)


def opened(working: WorkingKey, header: Header, ciphertext: bytes, additional_data: AdditionalData) -> bytes:
    """The plaintext of a sealed ciphertext with this header, by the key and version that it names.

    Raises CiphertextOfAnotherKey, CiphertextInvalid."""
    if header.key_id != working.id:
        raise CiphertextOfAnotherKey()
    if not working.number:
        raise CiphertextInvalid()
    try:
        return open_sealed(working.material(), ciphertext, additional_data)
    except CiphertextRejected:
        raise CiphertextInvalid() from None


def header_of(ciphertext: bytes) -> Header | None:
    """What a sealed ciphertext says of itself; None for anything else, an RSA ciphertext say."""
    try:
        return read_header(ciphertext)
    except CiphertextRejected:
        return None


def data_key_length(ciphertext: bytes) -> int | None:
    """How many bytes the data key has that a ciphertext says it holds; None where it says that it holds something else,
    or, as what RSA encrypted, nothing. Where a caller does not say which of the two he sends, this decides the call."""
    header = header_of(ciphertext)
    return len(ciphertext) - OVERHEAD if header is not None and header.purpose is Purpose.DATA_KEY else None


def _encrypt(
    working: WorkingKey, purpose: Purpose, plaintext: bytes, algorithm: str | None, additional_data: AdditionalData
) -> bytes:
    _check_algorithm(working.key, algorithm, additional_data)
    if not working.key.spec.is_asymmetric:
        return seal(working.material(), working.id, working.number, purpose, plaintext, additional_data)
    most = oaep_capacity(working.key.key_spec)
    if len(plaintext) > most:
        raise PlaintextTooLongForRsa(length=len(plaintext), key_spec=working.key.key_spec, most=most)
    return oaep_encrypt(working.public_key(), plaintext)


def _decrypt(
    caller: Caller,
    trace: Tracing,
    call: Call,
    key_id: KeyId | None,
    ciphertext: bytes,
    algorithm: str | None,
    additional_data: AdditionalData,
    accepted: frozenset[Purpose],
) -> tuple[WorkingKey, Purpose, bytes]:
    """The key, what the ciphertext is of, and its plaintext."""
    header = header_of(ciphertext)
    if key_id is None:
        working = named_by(header, caller, trace, call)
    else:
        working = working_key(caller, trace, call, key_id, header=header)
    _check_algorithm(working.key, algorithm, additional_data)
    if working.key.spec.is_asymmetric:
        if Purpose.DATA not in accepted:
            raise CiphertextInvalid()
        try:
            return working, Purpose.DATA, oaep_decrypt(working.material(), ciphertext)
        except CiphertextRejected:
            raise RsaCiphertextInvalid() from None
    if header is None or header.purpose not in accepted:
        raise CiphertextInvalid()
    return working, header.purpose, opened(working, header, ciphertext, additional_data)


def named_by(header: Header | None, caller: Caller, trace: Tracing, call: Call) -> WorkingKey:
    """The key that a ciphertext names; one that is not in this project tells no more than a damaged ciphertext."""
    if header is None:
        raise CiphertextInvalid()
    try:
        return working_key(caller, trace, call, header.key_id, header=header)
    except KeyNotFound:
        raise CiphertextInvalid() from None


def _check_algorithm(key: Key, algorithm: str | None, additional_data: AdditionalData) -> None:
    if algorithm not in {None, key.spec.encryption_algorithm}:
        raise RsaAlgorithmUnfit() if key.spec.is_asymmetric else SymmetricAlgorithmUnfit()
    if key.spec.is_asymmetric and additional_data:
        raise AdditionalDataInvalid(text=AdditionalDataInvalid.with_rsa)
