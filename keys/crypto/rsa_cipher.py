"""RSAES-OAEP with SHA-256 (RFC 8017), bare, so that other tools interoperate."""

from cryptography.hazmat.primitives.asymmetric import rsa

from keys.crypto.errors import CiphertextRejected, SpecUnfit
from keys.crypto.material import Material
from keys.crypto.primitives import OAEP_SHA256, rsa_oaep_sha256_decrypt
from keys.crypto.public_keys import parse_public

_CAPACITY = {"RSA_2048": 190, "RSA_3072": 318, "RSA_4096": 446}


def oaep_capacity(spec: str) -> int:
    """The most bytes that a key of `spec` encrypts."""
    return _CAPACITY[spec]


def oaep_encrypt(public_key: bytes, plaintext: bytes) -> bytes:
    """`plaintext` under a public key (SubjectPublicKeyInfo DER)."""
    key = parse_public(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        raise SpecUnfit("Only RSA keys encrypt with OAEP.")
    return key.encrypt(plaintext, OAEP_SHA256)


def oaep_decrypt(material: Material, ciphertext: bytes) -> bytes:
    """The plaintext. Raises CiphertextRejected, whatever the cause."""
    key = material._private_key()
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SpecUnfit("Only RSA keys decrypt with OAEP.")
    try:
        return rsa_oaep_sha256_decrypt(key, ciphertext)
    except ValueError:
        raise CiphertextRejected from None
