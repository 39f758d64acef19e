"""The lines for openssl by which material is made and wrapped for an import, the names of its files filled in."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keys.crypto.importing import material_bytes
from keys.models import Key
from keys.specs import Family

GENERATED = {
    "RSA_2048": "RSA -pkeyopt rsa_keygen_bits:2048",
    "RSA_3072": "RSA -pkeyopt rsa_keygen_bits:3072",
    "RSA_4096": "RSA -pkeyopt rsa_keygen_bits:4096",
    "EC_P256": "EC -pkeyopt ec_paramgen_curve:P-256",
    "EC_P384": "EC -pkeyopt ec_paramgen_curve:P-384",
}


class Command(NamedTuple):
    """Some lines, and what they do."""

    title: str | Promise
    lines: str


def names_for(key: Key) -> tuple[str, str, str]:
    """The files of the first step: the wrapping key as DER and as PEM, and the token."""
    start = str(key.pk)[:8]
    return f"wrapping-key-{start}.der", f"wrapping-key-{start}.pem", f"import-token-{start}.bin"


def commands_for(key: Key) -> list[Command]:
    """What to run, in order, beside the downloaded files."""
    wrapping_key = names_for(key)[0]
    material, wrapped = f"material-{str(key.pk)[:8]}.bin", f"wrapped-material-{str(key.pk)[:8]}.bin"
    oaep = (
        f"openssl pkeyutl -encrypt -pubin -keyform DER -inkey {wrapping_key} \\\n"
        "  -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 \\\n"
        f"  -in {material} -out {wrapped}"
    )
    if key.spec.family not in {Family.RSA, Family.CURVE}:
        size = material_bytes(key.key_spec)
        return [
            Command(_("Make new material, or bring your own in this file"), f"openssl rand -out {material} {size}"),
            Command(_("Wrap it under the wrapping key"), oaep),
        ]
    private, wrapped_private = (f"{name}-{str(key.pk)[:8]}" for name in ("private-key", "wrapped-private-key"))
    return [
        Command(
            _("Make a new private key, or bring your own as PEM in this file"),
            f"openssl genpkey -algorithm {GENERATED[key.key_spec]} -out {private}.pem",
        ),
        Command(
            _("Write it as PKCS#8 in DER"),
            f"openssl pkcs8 -topk8 -nocrypt -outform DER -in {private}.pem -out {private}.der",
        ),
        Command(_("Make a temporary key"), f"openssl rand -out {material} 32"),
        Command(
            _("Wrap the private key under it"),
            f"openssl enc -id-aes256-wrap-pad -iv A65959A6 -K $(od -An -v -tx1 {material} | tr -d ' \\n') \\\n"
            f"  -in {private}.der -out {wrapped_private}.bin",
        ),
        Command(_("Wrap the temporary key under the wrapping key"), oaep),
    ]
