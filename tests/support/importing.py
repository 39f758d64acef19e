"""Key material as users prepare it for an import: made and wrapped by openssl, which knows nothing of our code."""

import secrets
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from keys.crypto.importing import WrappingKey
from keys.models import Key
from keys.operations.tickets import new_token, ticket_of

# Bytes of symmetric material, and what openssl generates a private key of a spec with.
SIZES = {"AES_256": 32, "SM4": 16, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64, "HMAC_SM3": 32}
PRIVATE_KEYS = {
    **{f"RSA_{bits}": ("RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}") for bits in (2048, 3072, 4096)},
    **{f"EC_P{bits}": ("EC", "-pkeyopt", f"ec_paramgen_curve:P-{bits}") for bits in (256, 384)},
}


class Wrapped(NamedTuple):
    """What `import_key_material` is sent: the second is empty for symmetric material."""

    material: bytes
    private_key: bytes = b""


class Ticket(NamedTuple):
    """What `get_parameters_for_import` hands out."""

    token: bytes
    public_key: bytes
    expires_at: datetime


def openssl(*arguments: str, sent: bytes = b"") -> bytes:
    """What openssl prints."""
    return subprocess.run(["openssl", *arguments], input=sent, capture_output=True, check=True).stdout


@cache
def private_key_of(spec: str, number: int = 0) -> bytes:
    """A private key of a spec as PKCS#8 DER; another for each number. Made once a run, since RSA takes its time."""
    algorithm, *options = PRIVATE_KEYS[spec]
    pem = openssl("genpkey", "-algorithm", algorithm, *options)
    return openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", sent=pem)


def encrypt_by_oaep(public_key: bytes, plaintext: bytes) -> bytes:
    """`plaintext` under a public key (SubjectPublicKeyInfo DER) by RSAES-OAEP with SHA-256."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "public.der"
        path.write_bytes(public_key)
        key = ("-pubin", "-keyform", "DER", "-inkey", str(path))
        options = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256")
        return openssl("pkeyutl", "-encrypt", *key, *options, sent=plaintext)


def wrap_by_aes(temporary_key: bytes, plaintext: bytes) -> bytes:
    """`plaintext` by AES key wrap with padding (RFC 5649)."""
    cipher = f"-id-aes{len(temporary_key) * 8}-wrap-pad"
    return openssl("enc", cipher, "-K", temporary_key.hex(), "-iv", "A65959A6", sent=plaintext)


def wrapped_for(public_key: bytes, secret: bytes, *, temporary_key: bytes = b"") -> Wrapped:
    """Symmetric material, or a private key where there is a temporary key, as it travels."""
    if not temporary_key:
        return Wrapped(encrypt_by_oaep(public_key, secret))
    return Wrapped(encrypt_by_oaep(public_key, temporary_key), wrap_by_aes(temporary_key, secret))


def material_for(spec: str, public_key: bytes) -> tuple[bytes, Wrapped]:
    """New material of a spec, itself and wrapped."""
    if spec in SIZES:
        secret = secrets.token_bytes(SIZES[spec])
        return secret, wrapped_for(public_key, secret)
    return private_key_of(spec), wrapped_for(public_key, private_key_of(spec), temporary_key=secrets.token_bytes(32))


@cache
def _wrapping_key() -> WrappingKey:
    return WrappingKey.generate()


def give_ticket(key: Key, *, age: timedelta = timedelta(0)) -> Ticket:
    """A ticket for the import into a key, in the database, given some time ago; its wrapping key is the tests' own,
    made once a run."""
    token, expires_at = new_token(key.pk)
    if age:
        expires_at -= age
        token = token[:17] + int(expires_at.timestamp()).to_bytes(8, "big") + token[25:]
    ticket_of(key, token, expires_at, _wrapping_key()).save()
    return Ticket(token, _wrapping_key().public_half(), expires_at)


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
