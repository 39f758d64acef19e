"""Signatures and public keys."""

import uuid
from enum import StrEnum
from typing import NamedTuple

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.crypto import signing
from keys.crypto.errors import SignatureInvalid
from keys.crypto.signing import SIGNING_ALGORITHMS, algorithms_for
from keys.errors import DigestLengthWrong, MessageLengthWrong, SigningAlgorithmUnfit
from keys.models import Key
from keys.operations.finding import KeyId
from keys.operations.working import working_key

LONGEST_MESSAGE = 4096
Algorithm = str | tuple[str, ...]
"""A signing algorithm, or several, the first of which counts that the key has."""


class MessageType(StrEnum):
    """Whether a message comes itself, or as its digest."""

    RAW = "RAW"
    DIGEST = "DIGEST"


class Signed(NamedTuple):
    """A signature and the key that made it."""

    key_id: uuid.UUID
    signature: bytes


class Verified(NamedTuple):
    """Whether a signature or MAC is the key's for this message."""

    key_id: uuid.UUID
    algorithm: str
    is_valid: bool


class PublicKey(NamedTuple):
    """A key and its public half as SubjectPublicKeyInfo DER."""

    key: Key
    public_key: bytes


def sign(caller: Caller, *, key_id: KeyId, message: bytes, algorithm: Algorithm, message_type: MessageType) -> Signed:
    """Sign a message of 1 to 4096 bytes, or its digest. Raises MessageLengthWrong, SigningAlgorithmUnfit,
    DigestLengthWrong and what `working_key` raises."""
    with traced(caller, Call.SIGN.trace) as trace:
        check_message(message)
        working = working_key(caller, trace, Call.SIGN, key_id)
        algorithm, is_digest = _check(working.key, message, algorithm, message_type)
        trace.detail = {"signing_algorithm": algorithm}
        signature = signing.sign(working.material(), algorithm, message, is_digest=is_digest)
        trace.done()
    return Signed(working.id, signature)


def verify_signature(
    caller: Caller, *, key_id: KeyId, message: bytes, algorithm: Algorithm, message_type: MessageType, signature: bytes
) -> Verified:
    """Whether `signature` is this key's for the message; raises what `sign` raises."""
    with traced(caller, Call.VERIFY_SIGNATURE.trace) as trace:
        check_message(message)
        working = working_key(caller, trace, Call.VERIFY_SIGNATURE, key_id)
        algorithm, is_digest = _check(working.key, message, algorithm, message_type)
        try:
            signing.verify(working.public_key(), algorithm, message, signature, is_digest=is_digest)
            is_valid = True
        except SignatureInvalid:
            is_valid = False
        trace.detail = {"signing_algorithm": algorithm, "is_valid": is_valid}
        trace.done()
    return Verified(working.id, algorithm, is_valid)


def get_public_key(caller: Caller, key_id: KeyId) -> PublicKey:
    """The public half of a key, in any state. Raises KeyPendingImport where there is none yet, and what `working_key`
    raises."""
    with traced(caller, Call.GET_PUBLIC_KEY.trace) as trace:
        working = working_key(caller, trace, Call.GET_PUBLIC_KEY, key_id)
        return PublicKey(working.key, working.public_key())


def check_message(message: bytes) -> None:
    """Raise MessageLengthWrong unless the message has 1 to 4096 bytes."""
    if not 1 <= len(message) <= LONGEST_MESSAGE:
        raise MessageLengthWrong(length=len(message))


def _check(key: Key, message: bytes, algorithm: Algorithm, message_type: MessageType) -> tuple[str, bool]:
    """The algorithm, and whether `message` is a digest; raises where algorithm or length don't fit."""
    fitting = algorithms_for(key.key_spec)
    wanted = (algorithm,) if isinstance(algorithm, str) else algorithm
    chosen = next((one for one in wanted if one in fitting), None)
    if chosen is None:
        raise SigningAlgorithmUnfit(key_spec=key.key_spec, algorithms=", ".join(fitting))
    is_digest = message_type is MessageType.DIGEST
    expected = SIGNING_ALGORITHMS[chosen].digest_size
    if is_digest and len(message) != expected:
        raise DigestLengthWrong(length=len(message), algorithm=chosen, expected=expected)
    return chosen, is_digest
