"""What kube-apiserver asks for, done under a key of the Key Management Service.

kube-apiserver draws a secret seed, derives a key from it for each object, and keeps the seed beside the object as
`encrypt` made it. Here nothing is kept but what the last look at the service told.
"""

import base64
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from kms_engines.client import Client
from kms_engines.errors import EngineError

logger = logging.getLogger(__name__)

CLUSTER = "cluster.kms-kubernetes.internal"
"""The annotation with the name of the cluster; Kubernetes asks for a domain name."""
CONTEXT = "kms:kubernetes"
"""The pair of the encryption context that binds a ciphertext to the cluster, and names it in the service's traces."""
LONGEST_CIPHERTEXT = 1024
"""Bytes that kube-apiserver stores of a wrapped seed (KMS v2)."""
OVERHEAD = 102
"""Bytes by which a ciphertext of the service is longer than its plaintext."""
LONGEST_PLAINTEXT = (LONGEST_CIPHERTEXT - OVERHEAD) // 4 * 3
"""Bytes of a seed, which travels as text in Base64; kube-apiserver's have 32."""
FRESH = 2.0
"""Seconds for which one look at the service answers all that ask for the status, unless another call meanwhile ended
otherwise: kube-apiserver throws away what is encrypted under another key version than the status says."""
_PROBE = b"kms-kubernetes"


class NotOurs(EngineError):
    """A request for what this plug-in did not make, or can't: the text says why."""


class Sealed(NamedTuple):
    """A ciphertext of the service, and the name that Kubernetes knows the version of its key by."""

    ciphertext: bytes
    key_id: str


class Health(NamedTuple):
    """`ok`, or what is wrong; and the key version that encrypted last."""

    healthz: str
    key_id: str


class Plugin:
    """Seeds of the cluster `cluster` under the key `key` (an id or an alias)."""

    def __init__(self, client: Client, key: str, cluster: str) -> None:
        self.key, self.cluster = key, cluster
        self._client = client
        self._known, self._until = Health("", ""), 0.0
        self._looking = threading.Lock()

    @property
    def annotations(self) -> dict[str, bytes]:
        """What is kept beside each ciphertext, in plain."""
        return {CLUSTER: self.cluster.encode()}

    def encrypt(self, plaintext: bytes) -> Sealed:
        """Wrap a seed under the newest version of the key. Raises NotOurs, KmsRefused, KmsUnreachable."""
        if not 1 <= len(plaintext) <= LONGEST_PLAINTEXT:
            raise NotOurs(f"The plaintext has {len(plaintext)} bytes; 1 to {LONGEST_PLAINTEXT} are possible.")
        answer = self._call("encrypt-data", key_id=self.key, plain_text=_text(plaintext))
        ciphertext = base64.b64decode(answer["cipher_text"])
        sealed = Sealed(ciphertext, key_id_of(ciphertext))
        if self._known != Health("ok", sealed.key_id):
            self._until = 0.0
        return sealed

    def decrypt(self, ciphertext: bytes, key_id: str, annotations: Mapping[str, bytes]) -> bytes:
        """Open what `encrypt` of any plug-in of this cluster made, under whichever version of whichever key.

        Raises NotOurs, KmsRefused, KmsUnreachable."""
        if key_id != key_id_of(ciphertext):
            raise NotOurs(f"The ciphertext is not of the key {key_id!r}.")
        cluster = annotations.get(CLUSTER, b"")
        if cluster != self.cluster.encode():
            name = cluster.decode(errors="replace")
            raise NotOurs(f"It was encrypted for the cluster {name!r}, and this is {self.cluster!r}: see KMS_CLUSTER.")
        answer = self._call("decrypt-data", cipher_text=_text(ciphertext))
        try:
            return base64.b64decode(answer["plain_text"], validate=True)
        except ValueError:
            raise NotOurs("The ciphertext opens, and has not what this plug-in encrypts.") from None

    def status(self) -> Health:
        """Whether a seed can be wrapped and opened now, and the key version that does so."""
        with self._looking:
            if time.monotonic() >= self._until:
                self._look()
            return self._known

    def _look(self) -> None:
        known = self._known
        try:
            sealed = self.encrypt(_PROBE)
            is_same = self.decrypt(sealed.ciphertext, sealed.key_id, self.annotations) == _PROBE
            self._known = Health("ok" if is_same else "What was encrypted opens as something else.", sealed.key_id)
        except EngineError as error:
            self._known = Health(str(error), known.key_id)
        self._until = time.monotonic() + FRESH
        if self._known != known:
            logger.log(
                logging.INFO if self._known.healthz == "ok" else logging.WARNING,
                "Status: %s (key %s)",
                self._known.healthz,
                self._known.key_id or "unknown",
            )

    def _call(self, verb: str, **wish: str) -> dict[str, Any]:
        try:
            return self._client.call(verb, {**wish, "encryption_context": {CONTEXT: self.cluster}})
        except EngineError:
            self._until = 0.0
            raise


def key_id_of(ciphertext: bytes) -> str:
    """The key and its version that a ciphertext says it is under: `<key id>:v<version>`. Raises NotOurs.

    Source: docs/ciphertext-format.md. So a rotation changes it, and nobody has to be asked for the version."""
    if len(ciphertext) <= OVERHEAD or ciphertext[:2] != b"\x01\x01":
        raise NotOurs("This is no ciphertext of the Key Management Service.")
    return f"{uuid.UUID(bytes=ciphertext[2:18])}:v{int.from_bytes(ciphertext[18:22])}"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
