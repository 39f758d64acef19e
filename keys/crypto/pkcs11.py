"""Root keys that are made in a PKCS#11 token and never leave it: the token wraps and unwraps.

The library is imported when a token is used, and speaks to it through one session a process, one thread at a time.
"""

import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from keys.crypto import keyfile
from keys.crypto.encoding import NUMBER_BYTES, number, read_number
from keys.crypto.errors import (
    CryptoError,
    RootKeyExists,
    RootKeyInvalid,
    RootKeyMissing,
    RootKeyNotCreated,
    RootKeyUnreachable,
    WrappedRejected,
)
from keys.crypto.primitives import KEY_BYTES, NONCE_BYTES, TAG_BYTES, hkdf_sha256
from keys.crypto.rootkey import FINGERPRINT_BYTES, FINGERPRINT_INFO, associated_data, header_of, parts_of

_NO_NONCE: Final = bytes(NONCE_BYTES)
"""Of the one message that a fingerprint is made of; every wrapping has a random one."""


class Token:
    """The root keys with the label `key_label` in the token with the label `token_label`, which the PKCS#11 `module`
    leads to; the PIN of its user lies in a file of mode 0600."""

    def __init__(self, module: str, token_label: str, key_label: str, pin_file: Path) -> None:
        self._module, self._token_label, self._key_label, self._pin_file = module, token_label, key_label, pin_file
        self._turn = threading.RLock()
        self._pid = 0
        self._session: Any = None
        self._keys: dict[int, Any] = {}
        self._known: dict[int, str] = {}
        self._refused_pin = ""

    @property
    def place(self) -> str:
        return f"the token {self._token_label} of {self._module}"

    def load(self) -> dict[int, "TokenKey"]:
        """Raises RootKeyMissing where the token has none, RootKeyInvalid where one could be taken out of it, and
        RootKeyUnreachable."""
        with self._turn:
            keys = self._listed()
            if not keys:
                raise RootKeyMissing(
                    f"There is no root key with the label {self._key_label} in {self.place}. Restore it from the "
                    "token's backup, or correct ROOT_KEY_PKCS11 and what belongs to it."
                )
            return {version: TokenKey(self, version, self._known[version]) for version in keys}

    def add(self, version: int) -> None:
        """Made in the token, which lets nobody read it. Raises RootKeyExists, RootKeyNotCreated, RootKeyUnreachable."""
        import pkcs11

        with self._turn:
            if version in self._opened():
                raise RootKeyExists(f"There is already a root key of version {version} in {self.place}.")
            try:
                self._session.generate_key(
                    pkcs11.KeyType.AES,
                    KEY_BYTES * 8,
                    id=number(version),
                    label=self._key_label,
                    store=True,
                    capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
                    template={
                        pkcs11.Attribute.PRIVATE: True,
                        pkcs11.Attribute.SENSITIVE: True,
                        pkcs11.Attribute.EXTRACTABLE: False,
                    },
                )
            except pkcs11.PKCS11Error as error:
                raise RootKeyNotCreated(
                    f"A root key could not be made in {self.place} ({_reason(error)}). It must have room, and the PIN "
                    "must be of a user who may make keys."
                ) from None
            finally:
                self._let_go()

    def remove(self, versions: Collection[int]) -> None:
        import pkcs11

        with self._turn:
            keys = self._opened()
            try:
                for version in versions:
                    keys[version].destroy()
            except pkcs11.PKCS11Error as error:
                raise RootKeyNotCreated(
                    f"A root key could not be destroyed in {self.place} ({_reason(error)})."
                ) from None
            finally:
                self._let_go()

    def encrypt(self, version: int, nonce: bytes, plaintext: bytes, data: bytes) -> bytes:
        """Ciphertext and tag, by CKM_AES_GCM. Raises RootKeyUnreachable."""
        import pkcs11

        try:
            return self._done(version, lambda key: _encrypted(key, nonce, plaintext, data))
        except pkcs11.PKCS11Error as error:
            raise self._unreachable(error) from None

    def decrypt(self, version: int, nonce: bytes, ciphertext: bytes, data: bytes) -> bytes:
        """Raises WrappedRejected, RootKeyUnreachable."""
        import pkcs11

        mechanism = {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": _parameters(nonce, data)}
        try:
            return self._done(version, lambda key: bytes(key.decrypt(ciphertext, **mechanism)))
        except (pkcs11.DeviceError, pkcs11.DeviceRemoved, pkcs11.TokenNotPresent) as error:
            raise self._unreachable(error) from None
        except pkcs11.PKCS11Error:
            raise WrappedRejected from None  # the token works: see `_done`

    def _done(self, version: int, work: Callable[[Any], bytes]) -> bytes:
        """What `work` makes with a key. What failed is done once more in a new session: the token may have been away,
        or another process may have made the key. Tokens have no common word for what does not open; so whatever fails
        in the new session, in which the key has just been tried out, does so by `work`'s own fault."""
        import pkcs11

        with self._turn:
            if self._is_open and version in self._keys:
                try:
                    return work(self._keys[version])
                except pkcs11.PKCS11Error:
                    pass
            self._let_go()
            keys = self._opened()
            if version not in keys:
                raise RootKeyUnreachable(f"Version {version} of the root key is no longer in {self.place}: restore it.")
            return work(keys[version])

    @property
    def _is_open(self) -> bool:
        return self._session is not None and self._pid == os.getpid()

    def _listed(self) -> dict[int, Any]:
        """The token's root keys as it has them now; a token that is away may just say that it has none."""
        import pkcs11

        if self._is_open:
            try:
                self._keys = self._found()
            except pkcs11.PKCS11Error:
                self._keys = {}
            if not self._keys:
                self._let_go()
        return self._opened()

    def _opened(self) -> dict[int, Any]:
        """The token's root keys in a session that works. Raises RootKeyInvalid, RootKeyUnreachable."""
        import pkcs11

        if self._is_open:
            return self._keys
        try:
            self._open()
            self._keys = self._found()
        except pkcs11.PKCS11Error as error:
            self._let_go()
            raise self._unreachable(error) from None
        except CryptoError:
            self._let_go()
            raise
        return self._keys

    def _open(self) -> None:
        import pkcs11

        # Where the PIN is wrong, every further try brings the token nearer to locking it.
        try:
            pin = keyfile.read(self._pin_file, "PIN").strip()
        except RootKeyMissing as error:  # which is said of a token that has none
            raise RootKeyUnreachable(str(error)) from None
        if pin == self._refused_pin:
            raise RootKeyUnreachable(self._about_pin())
        try:
            library: Any = pkcs11.lib(self._module)
        except RuntimeError as error:
            if isinstance(error, pkcs11.PKCS11Error) and type(error) is not pkcs11.PKCS11Error:
                raise
            raise RootKeyUnreachable(
                f"The PKCS#11 module {self._module} can't be loaded: install it, or correct ROOT_KEY_PKCS11."
            ) from None
        # A forked process has to begin anew, and a token that was away is seen only then.
        library.reinitialize()
        try:
            self._session = library.get_token(token_label=self._token_label).open(rw=True, user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            self._refused_pin = pin
            raise RootKeyUnreachable(self._about_pin()) from None
        self._pid, self._refused_pin = os.getpid(), ""

    def _found(self) -> dict[int, Any]:
        from pkcs11 import Attribute, ObjectClass

        keys: dict[int, Any] = {}
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._key_label}
        for key in list(self._session.get_objects(wanted)):
            version = read_number(key.id)
            if len(key.id) != NUMBER_BYTES or not version or version in keys:
                raise RootKeyInvalid(
                    f"A key with the label {self._key_label} in {self.place} has no version of its own as its ID: "
                    "leave those that this server made."
                )
            if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
                raise RootKeyInvalid(
                    f"Version {version} of the root key in {self.place} could be taken out of it: use none."
                )
            fingerprint = fingerprint_of(key)
            if self._known.setdefault(version, fingerprint) != fingerprint:
                raise RootKeyUnreachable(
                    f"Version {version} of the root key in {self.place} is another key than before."
                )
            keys[version] = key
        return keys

    def _let_go(self) -> None:
        # Not closed: a token that is away can't, and the next session ends it. A parent's is the parent's.
        self._session, self._keys = None, {}

    def _about_pin(self) -> str:
        return (
            f"The PIN in {self._pin_file} is not that of {self.place}, and is not tried again: correct the file before "
            "the token locks it."
        )

    def _unreachable(self, error: Exception) -> RootKeyUnreachable:
        return RootKeyUnreachable(f"The root key can't be reached: {self.place} does not answer ({_reason(error)}).")


class TokenKey:
    """One version of the root key in a token: AES-256-GCM with a random nonce, as any other root key."""

    __slots__ = ("_token", "fingerprint", "version")

    def __init__(self, token: Token, version: int, fingerprint: str) -> None:
        self._token: Final = token
        self.version: Final = version
        self.fingerprint: Final = fingerprint

    def wrap(self, plaintext: bytes, *context: bytes) -> bytes:
        """Raises RootKeyUnreachable."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._token.encrypt(self.version, nonce, plaintext, associated_data(self.version, context))
        return header_of(self.version) + nonce + ciphertext

    def unwrap(self, wrapped: bytes, *context: bytes) -> bytes:
        """Raises WrappedRejected, RootKeyUnreachable."""
        nonce, ciphertext = parts_of(wrapped, self.version)
        return self._token.decrypt(self.version, nonce, ciphertext, associated_data(self.version, context))

    def __repr__(self) -> str:
        return f"<TokenKey version {self.version}, fingerprint {self.fingerprint}>"


def fingerprint_of(key: Any) -> str:
    """What tells a key of a token from others, though nobody can read it: 8 bytes of HKDF-SHA-256 over one message that
    it encrypted, whose nonce no wrapping has."""
    made = _encrypted(key, _NO_NONCE, FINGERPRINT_INFO, FINGERPRINT_INFO)
    return hkdf_sha256(made, b"", FINGERPRINT_INFO, FINGERPRINT_BYTES).hex()


def _encrypted(key: Any, nonce: bytes, plaintext: bytes, data: bytes) -> bytes:
    from pkcs11 import Mechanism

    return bytes(key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=_parameters(nonce, data)))


def _parameters(nonce: bytes, data: bytes) -> Any:
    from pkcs11 import GCMParams

    return GCMParams(nonce, data, TAG_BYTES * 8)


def _reason(error: Exception) -> str:
    return type(error).__name__
