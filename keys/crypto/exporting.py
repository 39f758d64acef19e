"""All versions of the root key in one small text, under a passphrase. Its format is in `docs/key-hierarchy.md`."""

import base64
import os
import textwrap
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.crypto.encoding import NUMBER_BYTES, number, read_number
from keys.crypto.errors import ExportRejected, RootKeyInvalid
from keys.crypto.primitives import KEY_BYTES, NONCE_BYTES, TAG_BYTES, aes_256_gcm_decrypt, aes_256_gcm_encrypt
from keys.crypto.rootkey import RootKey

BEGIN, END = "-----BEGIN KMS ROOT KEYS-----", "-----END KMS ROOT KEYS-----"
SHORTEST_PASSPHRASE = 12
LONGEST_TEXT = 16 * 1024
_FORMAT = b"\x01"
_LOG_N, _R, _P = 17, 8, 1
_LOG_N_BOUNDS, _R_BOUNDS, _P_BOUNDS = range(14, 19), range(8, 9), range(1, 5)
_PARAMETER_BYTES = 3
_SALT_BYTES = 16
_HEADER_BYTES = len(_FORMAT) + _PARAMETER_BYTES + _SALT_BYTES + NONCE_BYTES
_ENTRY_BYTES = NUMBER_BYTES + KEY_BYTES


def export_keys(keys: Mapping[int, RootKey], passphrase: str) -> str:
    """All of `keys` under `passphrase`, as text; it takes about half a second and 128 MiB.

    Scrypt (RFC 7914) makes the key of AES-256-GCM. Raises ExportRejected for a passphrase under 12 characters."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ExportRejected(f"The passphrase is too short: use {SHORTEST_PASSPHRASE} characters or more.")
    header = _FORMAT + bytes([_LOG_N, _R, _P]) + os.urandom(_SALT_BYTES) + os.urandom(NONCE_BYTES)
    return _export_with_header(header, keys, passphrase)


def import_keys(text: str, passphrase: str) -> dict[int, RootKey]:
    """The keys of an export, by version.

    Raises ExportRejected for what is no export, asks for more memory than 256 MiB, was changed, or is of another
    passphrase."""
    whole = _bytes_of(text)
    header, ciphertext = whole[:_HEADER_BYTES], whole[_HEADER_BYTES:]
    log_n, r, p = header[len(_FORMAT) :][:_PARAMETER_BYTES]
    if log_n not in _LOG_N_BOUNDS or r not in _R_BOUNDS or p not in _P_BOUNDS:
        raise ExportRejected(
            "The export asks for a derivation that this version does not make: use one of its exports."
        )
    try:
        opened = aes_256_gcm_decrypt(_key(header, passphrase), header[-NONCE_BYTES:], ciphertext, header)
    except InvalidTag:
        raise ExportRejected(
            "The export does not open: the passphrase is another one, or the file was damaged."
        ) from None
    entries = [opened[start : start + _ENTRY_BYTES] for start in range(0, len(opened), _ENTRY_BYTES)]
    try:
        keys = [RootKey(entry[NUMBER_BYTES:], read_number(entry[:NUMBER_BYTES])) for entry in entries]
    except RootKeyInvalid as error:
        raise ExportRejected(f"The export holds no root keys. {error}") from None
    return {key.version: key for key in keys}


def _export_with_header(header: bytes, keys: Mapping[int, RootKey], passphrase: str) -> str:
    plaintext = b"".join(number(version) + keys[version]._secret for version in sorted(keys))
    ciphertext = aes_256_gcm_encrypt(_key(header, passphrase), header[-NONCE_BYTES:], plaintext, header)
    lines = textwrap.wrap(base64.b64encode(header + ciphertext).decode(), 64)
    return "\n".join([BEGIN, *lines, END, ""])


def _bytes_of(text: str) -> bytes:
    lines = text.strip().splitlines()
    try:
        if lines[0].strip() != BEGIN or lines[-1].strip() != END:
            raise ValueError
        whole = base64.b64decode("".join(line.strip() for line in lines[1:-1]), validate=True)
    except (ValueError, IndexError):
        whole = b""
    if len(whole) < _HEADER_BYTES + _ENTRY_BYTES + TAG_BYTES or whole[: len(_FORMAT)] != _FORMAT:
        raise ExportRejected("This is no export of root keys, or not all of it: use a file that exportrootkey wrote.")
    return whole


def _key(header: bytes, passphrase: str) -> bytes:
    log_n, r, p = header[len(_FORMAT) :][:_PARAMETER_BYTES]
    salt = header[len(_FORMAT) + _PARAMETER_BYTES :][:_SALT_BYTES]
    return Scrypt(salt=salt, length=KEY_BYTES, n=1 << log_n, r=r, p=p).derive(passphrase.encode())
