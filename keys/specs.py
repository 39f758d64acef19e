"""Table 1 as data: every key spec with what it does, its usages and its help (console contract, 'Key specs').

Forms, API, help texts and documentation ask this table; nothing outside it and the crypto core looks at a family.
A new spec is one row here and its primitive in `keys.crypto.material`.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import groupby

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keys.errors import KeySpecUnknown

Text = str | Promise

DEFAULT_KEYS = ("obs/default", "evs/default", "ims/default", "sfs/default", "rds/default", "dds/default")
RESERVED_ALIAS_END = "/default"
SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_256 = "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"


class KeyUsage(TextChoices):
    """What a key is for; the values are the wire's words."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT", _("Encrypt and decrypt")
    SIGN_VERIFY = "SIGN_VERIFY", _("Sign and verify")
    GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC", _("Generate and verify MAC")


class KeyOrigin(TextChoices):
    """Where the key material comes from; the values are the wire's words."""

    KMS = "kms", _("Key Management Service")
    EXTERNAL = "external", _("External")


class Family(Enum):
    """What specs have in common; the values are for people."""

    SYMMETRIC = _("Symmetric")
    MAC = _("Symmetric, for MACs")
    RSA = _("Asymmetric, RSA")
    CURVE = _("Asymmetric, elliptic curve")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One row of Table 1. `usages` has the default first; `usage_help` tells what each usage means for this spec."""

    name: str
    family: Family
    help: Text
    usages: tuple[KeyUsage, ...]
    usage_help: tuple[Text, ...]

    @property
    def default_usage(self) -> KeyUsage:
        return self.usages[0]

    @property
    def is_asymmetric(self) -> bool:
        return self.family is Family.RSA or self.family is Family.CURVE

    @property
    def encryption_algorithm(self) -> str:
        """How a key of this spec encrypts data, where it does; the wire's word."""
        return RSAES_OAEP_SHA_256 if self.is_asymmetric else SYMMETRIC_DEFAULT

    @property
    def takes_time(self) -> bool:
        """Whether new material takes so long that it is worth asking first whether it can be kept."""
        return self.family is Family.RSA

    def may(self, usage: str) -> bool:
        return usage in self.usages

    @property
    def choices(self) -> tuple[tuple[KeyUsage, Text], ...]:
        """(usage, its line of help), the default first."""
        return tuple(zip(self.usages, self.usage_help, strict=True))


_ENCRYPT, _SIGN, _MAC = KeyUsage.ENCRYPT_DECRYPT, KeyUsage.SIGN_VERIFY, KeyUsage.GENERATE_VERIFY_MAC
_CIPHER_USE = (_("Small data, and data keys. The one usage of this algorithm."),)
_MAC_USE = (_("Proves that a message is unchanged and from a holder of the key. The one usage of this algorithm."),)
_RSA_USE = (
    _("The private key signs here; anyone with the public key verifies."),
    _("Anyone with the public key encrypts; only this key decrypts."),
)
_CURVE_USE = (_("The private key signs here; anyone with the public key verifies. The one usage of this algorithm."),)

SPECS: dict[str, KeySpec] = {
    spec.name: spec
    for spec in (
        KeySpec(
            "AES_256",
            Family.SYMMETRIC,
            _("AES symmetric key. Encrypts and decrypts up to 4 KB, and data keys."),
            (_ENCRYPT,),
            _CIPHER_USE,
        ),
        KeySpec(
            "SM4",
            Family.SYMMETRIC,
            _("SM4 symmetric key. Encrypts and decrypts up to 4 KB, and data keys."),
            (_ENCRYPT,),
            _CIPHER_USE,
        ),
        KeySpec(
            "HMAC_256",
            Family.MAC,
            _("HMAC symmetric key of 256 bits. Generates and verifies MACs with SHA-256."),
            (_MAC,),
            _MAC_USE,
        ),
        KeySpec(
            "HMAC_384",
            Family.MAC,
            _("HMAC symmetric key of 384 bits. Generates and verifies MACs with SHA-384."),
            (_MAC,),
            _MAC_USE,
        ),
        KeySpec(
            "HMAC_512",
            Family.MAC,
            _("HMAC symmetric key of 512 bits. Generates and verifies MACs with SHA-512."),
            (_MAC,),
            _MAC_USE,
        ),
        KeySpec(
            "HMAC_SM3",
            Family.MAC,
            _("SM3 symmetric key of 256 bits. Generates and verifies MACs with SM3."),
            (_MAC,),
            _MAC_USE,
        ),
        KeySpec(
            "RSA_2048",
            Family.RSA,
            _("RSA asymmetric key of 2048 bits. Signs, or encrypts and decrypts up to 190 bytes."),
            (_SIGN, _ENCRYPT),
            _RSA_USE,
        ),
        KeySpec(
            "RSA_3072",
            Family.RSA,
            _("RSA asymmetric key of 3072 bits. Signs, or encrypts and decrypts up to 318 bytes."),
            (_SIGN, _ENCRYPT),
            _RSA_USE,
        ),
        KeySpec(
            "RSA_4096",
            Family.RSA,
            _("RSA asymmetric key of 4096 bits. Signs, or encrypts and decrypts up to 446 bytes. Takes a second."),
            (_SIGN, _ENCRYPT),
            _RSA_USE,
        ),
        KeySpec(
            "EC_P256",
            Family.CURVE,
            _("Elliptic-curve key on NIST P-256. Signs with ECDSA and SHA-256."),
            (_SIGN,),
            _CURVE_USE,
        ),
        KeySpec(
            "EC_P384",
            Family.CURVE,
            _("Elliptic-curve key on NIST P-384. Signs with ECDSA and SHA-384."),
            (_SIGN,),
            _CURVE_USE,
        ),
    )
}
DEFAULT_SPEC = SPECS["AES_256"]


def spec_named(name: str) -> KeySpec:
    """The row of Table 1 with this name; KeySpecUnknown where there is none."""
    try:
        return SPECS[name]
    except KeyError:
        raise KeySpecUnknown() from None


@cache
def grouped() -> tuple[tuple[Text, tuple[str, ...]], ...]:
    """The names of the specs in the order of the table, under their groups."""
    by_family = groupby(SPECS.values(), key=lambda spec: spec.family)
    return tuple((family.value, tuple(spec.name for spec in specs)) for family, specs in by_family)
