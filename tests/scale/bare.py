"""What the bare library reaches: `cryptography` in a loop on one core, without server, authorisation or trail."""

import os
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECONDS = 1.0
DIGEST, PLAINTEXT = bytes(range(32)), b"p" * 64


def rates() -> dict[str, float]:
    """Calls a second on core 0, by the kind of work."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})
    try:
        return {name: _rate(work) for name, work in _works().items()}
    finally:
        os.sched_setaffinity(0, cores)


def _works() -> dict[str, Callable[[], object]]:
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    sealed = cipher.encrypt(nonce, PLAINTEXT, None)
    signing = rsa.generate_private_key(65537, 2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    prehashed = utils.Prehashed(hashes.SHA256())
    algorithm = ec.ECDSA(prehashed)
    public, signature = curve.public_key(), curve.sign(DIGEST, algorithm)

    def mac() -> bytes:
        made = hmac.HMAC(bytes(32), hashes.SHA256())
        made.update(DIGEST)
        return made.finalize()

    return {
        "encrypt 64 B": lambda: cipher.encrypt(os.urandom(12), PLAINTEXT, None),
        "decrypt": lambda: cipher.decrypt(nonce, sealed, None),
        "data key": lambda: cipher.encrypt(os.urandom(12), os.urandom(32), None),
        "sign RSA_2048": lambda: signing.sign(DIGEST, padding.PKCS1v15(), prehashed),
        "sign EC_P256": lambda: curve.sign(DIGEST, algorithm),
        "verify EC_P256": lambda: public.verify(signature, DIGEST, algorithm),
        "HMAC_256": mac,
    }


def _rate(work: Callable[[], object]) -> float:
    number, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        for _ in range(10):
            work()
        number += 10
    return number / passed
