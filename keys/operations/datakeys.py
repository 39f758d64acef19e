"""Data keys and key pairs: made here, kept by the application, wrapped under a key."""

import uuid
from typing import NamedTuple

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.crypto.additional import AdditionalData
from keys.crypto.datakeys import (
    DATA_KEY_SPECS,
    EC_PAIRS,
    RSA_PAIRS,
    digest_of,
    new_data_key,
    new_key_pair,
)
from keys.crypto.sealing import Purpose, seal
from keys.errors import (
    CiphertextInvalid,
    CiphertextLengthMismatch,
    DataKeyDigestWrong,
    DataKeyLengthOutOfRange,
    DataKeyLengthUneven,
    DataKeyPlainLengthWrong,
    DataKeySpecUnknown,
    KeyPairSpecUnknown,
    PlaintextInvalid,
    PlaintextLengthMismatch,
)
from keys.operations.data import header_of, named_by, opened
from keys.operations.finding import KeyId
from keys.operations.uses import detail_of
from keys.operations.working import working_key

DEFAULT_BYTES = 32
MOST_BITS = 8192
MOST_BYTES = MOST_BITS // 8
DIGEST_BYTES = 32


class NewDataKey(NamedTuple):
    """A data key and its ciphertext under a key."""

    key_id: uuid.UUID
    plaintext: bytes
    ciphertext: bytes


class WrappedDataKey(NamedTuple):
    """The ciphertext of a data key of `length` bytes."""

    key_id: uuid.UUID
    ciphertext: bytes
    length: int


class OpenedDataKey(NamedTuple):
    """A data key and its digest: SHA-256, SM3 under an SM4 key."""

    key_id: uuid.UUID
    plaintext: bytes
    digest: bytes


class NewKeyPair(NamedTuple):
    """A key pair: its public half as PEM, the ciphertext of its private half (PKCS#8 DER) under a key, which
    `decrypt_data` opens, and the private half itself where it was asked for."""

    key_id: uuid.UUID
    spec: str
    public_key_pem: str
    private_key_ciphertext: bytes
    private_key: bytes | None


def create_datakey(
    caller: Caller,
    *,
    key_id: KeyId,
    length: int | None = None,
    spec: str | None = None,
    additional_data: AdditionalData = None,
    call: Call = Call.CREATE_DATAKEY,
) -> NewDataKey:
    """Make a data key of `length` bits, 8 to 8192, or of a kind (`spec`); 256 bits where neither is given.

    Raises DataKeyLengthOutOfRange, DataKeyLengthUneven, DataKeySpecUnknown and what `working_key` raises."""
    with traced(caller, call.trace) as trace:
        trace.detail = detail_of(additional_data)
        size = _size(length, spec)
        working = working_key(caller, trace, call, key_id)
        data_key = new_data_key(size)
        ciphertext = seal(working.material(), working.id, working.number, Purpose.DATA_KEY, data_key, additional_data)
        trace.done()
    return NewDataKey(working.id, data_key, ciphertext)


def create_datakey_without_plaintext(
    caller: Caller,
    *,
    key_id: KeyId,
    length: int | None = None,
    spec: str | None = None,
    additional_data: AdditionalData = None,
) -> WrappedDataKey:
    """The same, and only the ciphertext of the data key leaves."""
    made = create_datakey(
        caller,
        key_id=key_id,
        length=length,
        spec=spec,
        additional_data=additional_data,
        call=Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
    )
    return WrappedDataKey(made.key_id, made.ciphertext, len(made.plaintext))


def encrypt_datakey(
    caller: Caller, *, key_id: KeyId, with_digest: bytes, length: int, additional_data: AdditionalData = None
) -> WrappedDataKey:
    """Wrap a data key of `length` bytes, 1 to 1024, that comes with its digest behind it.

    Raises DataKeyPlainLengthWrong, PlaintextInvalid, PlaintextLengthMismatch, DataKeyDigestWrong and what `working_key`
    raises."""
    with traced(caller, Call.ENCRYPT_DATAKEY.trace) as trace:
        if not 1 <= length <= MOST_BYTES:
            raise DataKeyPlainLengthWrong()
        if len(with_digest) <= DIGEST_BYTES:
            raise PlaintextInvalid(text=PlaintextInvalid.no_data_key)
        data_key, digest = with_digest[:-DIGEST_BYTES], with_digest[-DIGEST_BYTES:]
        if len(data_key) != length:
            raise PlaintextLengthMismatch(length=len(data_key))
        working = working_key(caller, trace, Call.ENCRYPT_DATAKEY, key_id)
        if digest_of(working.key.key_spec, data_key) != digest:
            raise DataKeyDigestWrong()
        ciphertext = seal(working.material(), working.id, working.number, Purpose.DATA_KEY, data_key, additional_data)
        trace.done()
    return WrappedDataKey(working.id, ciphertext, length)


def decrypt_datakey(
    caller: Caller,
    *,
    ciphertext: bytes,
    key_id: KeyId | None = None,
    length: int | None = None,
    additional_data: AdditionalData = None,
) -> OpenedDataKey:
    """Open a data key's ciphertext, which names its key itself; `length` is that of the data key in bytes, where the
    caller knows it.

    Raises CiphertextInvalid, CiphertextLengthMismatch and what `working_key` raises."""
    with traced(caller, Call.DECRYPT_DATAKEY.trace) as trace:
        trace.detail = detail_of(additional_data)
        header = header_of(ciphertext)
        working = (
            named_by(header, caller, trace, Call.DECRYPT_DATAKEY)
            if key_id is None
            else working_key(caller, trace, Call.DECRYPT_DATAKEY, key_id, header=header)
        )
        if header is None or header.purpose is not Purpose.DATA_KEY:
            raise CiphertextInvalid()
        data_key = opened(working, header, ciphertext, additional_data)
        if length not in {None, len(data_key)}:
            raise CiphertextLengthMismatch()
        trace.done()
    return OpenedDataKey(working.id, data_key, digest_of(working.key.key_spec, data_key))


def create_rsa_datakey_pair(
    caller: Caller, *, key_id: KeyId, spec: str, additional_data: AdditionalData = None, with_plaintext: bool = False
) -> NewKeyPair:
    """Make an RSA key pair; RSA_4096 takes a second. Raises KeyPairSpecUnknown and what `working_key` raises."""
    call, specs = Call.CREATE_RSA_DATAKEY_PAIR, tuple(RSA_PAIRS)
    return _create_pair(caller, call, specs, key_id, spec, additional_data, with_plaintext=with_plaintext)


def create_ec_datakey_pair(
    caller: Caller, *, key_id: KeyId, spec: str, additional_data: AdditionalData = None, with_plaintext: bool = False
) -> NewKeyPair:
    """Make an elliptic-curve key pair. Raises KeyPairSpecUnknown and what `working_key` raises."""
    call, specs = Call.CREATE_EC_DATAKEY_PAIR, tuple(EC_PAIRS)
    return _create_pair(caller, call, specs, key_id, spec, additional_data, with_plaintext=with_plaintext)


def _create_pair(
    caller: Caller,
    call: Call,
    specs: tuple[str, ...],
    key_id: KeyId,
    spec: str,
    additional_data: AdditionalData,
    *,
    with_plaintext: bool,
) -> NewKeyPair:
    with traced(caller, call.trace) as trace:
        if spec not in specs:
            raise KeyPairSpecUnknown(specs=", ".join(specs))
        working = working_key(caller, trace, call, key_id)
        pair = new_key_pair(spec)
        ciphertext = seal(
            working.material(), working.id, working.number, Purpose.PRIVATE_KEY, pair.private_key, additional_data
        )
        trace.detail = {"key_spec": spec}
        trace.done()
    shown = pair.private_key if with_plaintext else None
    return NewKeyPair(working.id, spec, pair.public_key_pem, ciphertext, shown)


def _size(length: int | None, spec: str | None) -> int:
    """Bytes of a data key to be made: the length wins over the kind."""
    if length is not None:
        if not 8 <= length <= MOST_BITS:
            raise DataKeyLengthOutOfRange()
        if length % 8:
            raise DataKeyLengthUneven()
        return length // 8
    if spec and spec not in DATA_KEY_SPECS:
        raise DataKeySpecUnknown(specs=", ".join(DATA_KEY_SPECS))
    return DATA_KEY_SPECS[spec] if spec else DEFAULT_BYTES
