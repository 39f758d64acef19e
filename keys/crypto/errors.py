"""What can go wrong in the crypto core. Every message is for the operator and never holds key bytes."""


class CryptoError(Exception):
    """Any refusal of the crypto core."""


class RootKeyMissing(CryptoError):
    """No root key where it was looked for; the message names the place."""


class RootKeyInvalid(CryptoError):
    """A root key that can't be read, is malformed, or lies open to other users of the machine."""


class RootKeyNotCreated(CryptoError):
    """A new root key file could not be written; no key of it is in use."""


class RootKeyExists(RootKeyNotCreated):
    """There is a root key file already; it was left as it is."""


class RootKeyUnreachable(CryptoError):
    """The token that holds the root key does not answer, or not as it should; the message names it."""


class ExportRejected(CryptoError):
    """An export of root keys that can't be opened: no export, damaged, or of another passphrase."""


class UnknownSpec(CryptoError):
    """A key spec without a row in `algorithms.ALGORITHMS`."""


class WrappedRejected(CryptoError):
    """Wrapped bytes that don't open: truncated, changed, of another place, root key or format.

    One text for every cause, so that the answer helps nobody who tries out changed bytes."""

    def __str__(self) -> str:
        return (
            "A wrapped value does not open. Check that the server runs with the root key that belongs to this "
            "database; if it does, the value was damaged or moved: restore it from a backup."
        )


class TrailBroken(CryptoError):
    """A record whose MAC does not fit: it or the one before was changed, removed or put elsewhere."""

    def __str__(self) -> str:
        return (
            "A record of the trail does not fit its MAC: it, or the record before it, was changed, removed or moved. "
            "Compare the trail with an exported copy or a backup."
        )


class BackupUnknown(CryptoError):
    """A file that is no backup, or one of a format that is not known here."""


class BackupRejected(CryptoError):
    """A backup that does not open: cut, changed, or put together from others. One text for every cause."""

    def __str__(self) -> str:
        return (
            "The backup is damaged: it was cut or changed since it was made. Take another copy of it, or an older one."
        )


class SpecUnfit(CryptoError):
    """Material of a key spec that can't do what was asked: a mistake of the program, not of a user."""


class CiphertextRejected(CryptoError):
    """A ciphertext that does not open, for whatever reason."""

    def __str__(self) -> str:
        return "The ciphertext does not open."


class SignatureInvalid(CryptoError):
    """A signature that is not the key's for this message."""


class MacInvalid(CryptoError):
    """A MAC that is not the key's for this message."""


class AlgorithmUnfit(CryptoError):
    """A signing algorithm that the key's spec does not have."""


class DigestLength(CryptoError):
    """A digest whose length is not that of the algorithm's hash."""


class MaterialLength(CryptoError):
    """Imported symmetric material of another size than the key spec's; both in bytes."""

    def __init__(self, length: int, expected: int) -> None:
        super().__init__(f"The material has {length} bytes instead of {expected}.")
        self.length, self.expected = length, expected


class TemporaryKeyLength(CryptoError):
    """A temporary key that is none of AES-128 or AES-256; its length in bytes."""

    def __init__(self, length: int) -> None:
        super().__init__(f"The temporary key has {length} bytes instead of 16 or 32.")
        self.length = length


class PrivateKeyRejected(CryptoError):
    """An imported private key that is not taken: its numbers contradict each other, or it does not sign."""


class PrivateKeyClosed(PrivateKeyRejected):
    """A wrapped private key that the temporary key does not open."""


class PrivateKeyUnreadable(PrivateKeyRejected):
    """Bytes that are no unencrypted private key in DER; how many there are."""

    def __init__(self, length: int) -> None:
        super().__init__(f"{length} bytes are no private key.")
        self.length = length


class PrivateKeyUnfit(PrivateKeyRejected):
    """A private key of another kind, size or curve than the key spec's: both as `RSA-2048`, `secp256r1`."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"The private key is {found} instead of {expected}.")
        self.found, self.expected = found, expected


class ExponentUnfit(PrivateKeyRejected):
    """An RSA key whose public exponent is below 65537, or 2^256 or more."""
