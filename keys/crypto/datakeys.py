"""Data keys and key pairs."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from keys.crypto.public_keys import pem_of

DATA_KEY_SPECS: Mapping[str, int] = MappingProxyType(
    {"AES_256": 32, "AES_128": 16, "SM4": 16, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64, "HMAC_SM3": 32}
)
RSA_PAIRS: Mapping[str, int] = MappingProxyType({"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096})
EC_PAIRS: Mapping[str, ec.EllipticCurve] = MappingProxyType(
    {
        "ECC_NIST_P256": ec.SECP256R1(),
        "ECC_NIST_P384": ec.SECP384R1(),
        "ECC_NIST_P521": ec.SECP521R1(),
        "ECC_SECG_P256K1": ec.SECP256K1(),
    }
)


class KeyPair(NamedTuple):
    public_key_pem: str
    private_key: bytes

    def __repr__(self) -> str:
        return "<KeyPair>"


def new_data_key(size: int) -> bytes:
    return os.urandom(size)


def digest_of(spec: str, data_key: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3() if spec == "SM4" else hashes.SHA256())
    digest.update(data_key)
    return digest.finalize()


def new_key_pair(spec: str) -> KeyPair:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if spec in RSA_PAIRS:
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_PAIRS[spec])
    else:
        key = ec.generate_private_key(EC_PAIRS[spec])
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(pem_of(public), key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
