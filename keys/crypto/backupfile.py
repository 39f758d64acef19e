"""A file sealed in chunks: backups. Its format, with vectors, is in `docs/backup-format.md`.

The content is cut into chunks, each sealed by AES-256-GCM with a nonce that counts them and marks the last one (STREAM,
as age and Tink have it), bound to the head of the file. So a file that was cut, lengthened, reordered or put together
from others does not open, and any size passes through one chunk's memory.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidTag

from keys.crypto.encoding import NUMBER_BYTES, length_prefixed, read_number
from keys.crypto.errors import BackupRejected, BackupUnknown
from keys.crypto.opaque import Opaque
from keys.crypto.primitives import KEY_BYTES, TAG_BYTES, aes_256_gcm_decrypt, aes_256_gcm_encrypt, hkdf_sha256
from keys.crypto.rootkey import AnyRootKey

MAGIC: Final = b"kms backup\n"
FORMAT: Final = b"\x01"
CHUNK_BYTES: Final = 1 << 16
"""Plaintext of every chunk but the last, which has what is left: none only where there is no content at all."""
_COUNTER_BYTES = 11
_LONGEST_PART = 1 << 24
_CONTEXT = b"backup file key"
_INFO = b"backup chunks"


class Readable(Protocol):
    """A binary file that is read."""

    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    """A binary file that is written."""

    def write(self, content: bytes, /) -> object: ...


class FileKey(Opaque):
    """A random key of 256 bits for one file."""

    __slots__ = ()

    @classmethod
    def generate(cls) -> Self:
        """A new random file key."""
        return cls(os.urandom(KEY_BYTES))

    def wrap(self, root_key: AnyRootKey) -> bytes:
        """This key under `root_key`."""
        return root_key.wrap(self._secret, _CONTEXT)

    @classmethod
    def unwrap(cls, root_key: AnyRootKey, wrapped: bytes) -> Self:
        """The file key that `wrap` wrapped. Raises WrappedRejected for anything that does not open."""
        return cls(root_key.unwrap(wrapped, _CONTEXT))

    def _chunks(self, head: bytes) -> "_Chunks":
        return _Chunks(hkdf_sha256(self._secret, b"", _INFO, KEY_BYTES), hashlib.sha256(head).digest())


class Head(NamedTuple):
    """What a file says in the open before its chunks; nothing proves it before they open."""

    wrapped_file_key: bytes
    description: bytes

    @property
    def encoded(self) -> bytes:
        """The bytes before the chunks."""
        return MAGIC + FORMAT + length_prefixed(*self)


class Sealing:
    """Writes one file: what is put in goes out sealed; `end` makes it whole."""

    def __init__(self, file: Writable, file_key: FileKey, head: Head) -> None:
        """Write the head to `file`, an open binary file at its beginning."""
        self._file, self._waiting = file, bytearray()
        self._chunks = file_key._chunks(head.encoded)
        file.write(head.encoded)

    def put(self, content: bytes) -> None:
        """Append `content`."""
        self._waiting += content
        # The last chunk is known only at the end, so a full one waits for what follows it.
        while len(self._waiting) > CHUNK_BYTES:
            self._file.write(self._chunks.seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False))
            del self._waiting[:CHUNK_BYTES]

    def end(self) -> None:
        """Write the last chunk."""
        self._file.write(self._chunks.seal(bytes(self._waiting), is_last=True))


def read_head(file: Readable) -> Head:
    """The head of the file that `file` is at the beginning of.

    Raises BackupUnknown for a file of another kind or of a newer format, BackupRejected for one that is cut."""
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupUnknown("The file is no backup of this program: choose another file.")
    if file.read(len(FORMAT)) != FORMAT:
        raise BackupUnknown("The backup has a format that this program does not know: use a newer version of it.")
    return Head(_part(file), _part(file))


def opened(file: Readable, file_key: FileKey, head: Head) -> Iterator[bytes]:
    """The content of the file whose head was just read, a chunk an item; whole only once the last one was given.

    Raises BackupRejected where anything differs from what was sealed."""
    chunks, sealed_bytes = file_key._chunks(head.encoded), CHUNK_BYTES + TAG_BYTES
    sealed, following = file.read(sealed_bytes), file.read(sealed_bytes)
    while following:
        yield chunks.open(sealed, is_last=False)
        sealed, following = following, file.read(sealed_bytes)
    yield chunks.open(sealed, is_last=True)


class _Chunks(Opaque):
    """The chunks of one file, in their order."""

    __slots__ = ("_counter", "_head_digest")

    def __init__(self, key: bytes, head_digest: bytes) -> None:
        super().__init__(key)
        self._head_digest, self._counter = head_digest, 0

    def seal(self, content: bytes, *, is_last: bool) -> bytes:
        return aes_256_gcm_encrypt(self._secret, self._nonce(is_last), content, self._head_digest)

    def open(self, sealed: bytes, *, is_last: bool) -> bytes:
        try:
            return aes_256_gcm_decrypt(self._secret, self._nonce(is_last), sealed, self._head_digest)
        except InvalidTag:
            raise BackupRejected from None

    def _nonce(self, is_last: bool) -> bytes:
        nonce = self._counter.to_bytes(_COUNTER_BYTES, "big") + bytes([is_last])
        self._counter += 1
        return nonce


def _part(file: Readable) -> bytes:
    length = read_number(_exactly(file, NUMBER_BYTES))
    if length > _LONGEST_PART:
        raise BackupRejected
    return _exactly(file, length)


def _exactly(file: Readable, length: int) -> bytes:
    content = file.read(length)
    if len(content) != length:
        raise BackupRejected
    return content
