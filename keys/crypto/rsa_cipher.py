"""RSAES-OAEP with SHA-256 (RFC 8017), bare, so that other tools interoperate."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from keys.crypto.errors import CiphertextRejected, SpecUnfit
from keys.crypto.material import Material

_CAPACITY = {"RSA_2048": 190, "RSA_3072": 318, "RSA_4096": 446}
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def oaep_capacity(spec: str) -> int:
    """The most bytes that a key of `spec` encrypts."""
    return _CAPACITY[spec]


def oaep_encrypt(public_key: bytes, plaintext: bytes) -> bytes:
    """`plaintext` under a public key (SubjectPublicKeyInfo DER)."""
    key = load_der_public_key(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        raise SpecUnfit("Only RSA keys encrypt with OAEP.")
    return key.encrypt(plaintext, _OAEP)


def oaep_decrypt(material: Material, ciphertext: bytes) -> bytes:
    """The plaintext. Raises CiphertextRejected, whatever the cause."""
    key = material._private_key()
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SpecUnfit("Only RSA keys decrypt with OAEP.")
    try:
        return key.decrypt(ciphertext, _OAEP)
    except ValueError:
        raise CiphertextRejected from None
