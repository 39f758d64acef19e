"""Message authentication codes, and random bytes."""

import secrets
import uuid
from typing import NamedTuple

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.crypto import macs
from keys.crypto.errors import MacInvalid
from keys.errors import MacAlgorithmUnfit, RandomLengthOutOfRange, RandomLengthUneven
from keys.models import Key
from keys.operations.finding import KeyId
from keys.operations.signing import Verified, check_message
from keys.operations.working import working_key

MOST_RANDOM_BITS = 8192


class Mac(NamedTuple):
    """A MAC and the key that made it."""

    key_id: uuid.UUID
    algorithm: str
    mac: bytes


def generate_mac(caller: Caller, *, key_id: KeyId, message: bytes, algorithm: str | None) -> Mac:
    """The MAC of a message of 1 to 4096 bytes, by the key's own algorithm where none is named. Raises
    MessageLengthWrong, MacAlgorithmUnfit and what `working_key` raises."""
    with traced(caller, Call.GENERATE_MAC.trace) as trace:
        check_message(message)
        working = working_key(caller, trace, Call.GENERATE_MAC, key_id)
        algorithm = _checked_algorithm(working.key, algorithm)
        mac = macs.generate_mac(working.material(), message)
        trace.done()
    return Mac(working.id, algorithm, mac)


def verify_mac(caller: Caller, *, key_id: KeyId, message: bytes, algorithm: str | None, mac: bytes) -> Verified:
    """Whether `mac` is this key's for the message; raises what `generate_mac` raises."""
    with traced(caller, Call.VERIFY_MAC.trace) as trace:
        check_message(message)
        working = working_key(caller, trace, Call.VERIFY_MAC, key_id)
        algorithm = _checked_algorithm(working.key, algorithm)
        try:
            macs.verify_mac(working.material(), message, mac)
            is_valid = True
        except MacInvalid:
            is_valid = False
        trace.detail = {"is_valid": is_valid}
        trace.done()
    return Verified(working.id, algorithm, is_valid)


def gen_random(caller: Caller, bits: int) -> bytes:
    """Random bytes: `bits` is a multiple of 8 from 8 to 8192.

    Raises NotPermitted, RandomLengthOutOfRange, RandomLengthUneven."""
    with traced(caller, Call.GEN_RANDOM.trace) as trace:
        caller.require(Call.GEN_RANDOM.action)
        if not 8 <= bits <= MOST_RANDOM_BITS:
            raise RandomLengthOutOfRange()
        if bits % 8:
            raise RandomLengthUneven()
        trace.done()
    return secrets.token_bytes(bits // 8)


def _checked_algorithm(key: Key, algorithm: str | None) -> str:
    fitting = macs.mac_algorithm_of(key.key_spec)
    if fitting is None or algorithm not in {None, fitting}:
        raise MacAlgorithmUnfit(key_spec=key.key_spec, algorithm=fitting)
    return fitting
