"""The KMS's REST API, as far as engines need it: each call is signed with access key and secret key."""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kms_engines.errors import KmsRefused, KmsUnreachable, SettingsWrong
from kms_engines.settings import Settings

ALGORITHM = "SDK-HMAC-SHA256"
DATA_KEY_BYTES = 32
TIMEOUT = 30.0  # seconds
ATTEMPTS, LONGEST_WAIT = 4, 5.0
AGAIN = {429, 503}  # with Retry-After: the same call may succeed then
NO_KMS = "What answers is no KMS. Set KMS_ENDPOINT."
Context = Mapping[str, str]
"""What a data key is bound to: it opens with the same context only, and the trail of the KMS shows it."""


@dataclass(frozen=True)
class DataKey:
    """A data key of 256 bits; shown nowhere."""

    secret: bytes = field(repr=False)

    @property
    def passphrase(self) -> bytes:
        """As LUKS gets it: 64 hexadecimal digits."""
        return self.secret.hex().encode()


@dataclass(frozen=True)
class WrappedKey:
    """A data key's ciphertext in hexadecimal digits, and the id of the key that it is under."""

    key_id: str
    cipher_text: str


class Answer(dict[str, Any]):
    """What the KMS answers, or an object in it. Raises KmsUnreachable where a name is asked for that it has not."""

    def __missing__(self, name: str) -> Any:
        raise KmsUnreachable(NO_KMS)


class Client:
    """The KMS of some settings, in their project. Raises KmsRefused, KmsUnreachable, and SettingsWrong where the
    authorities' file can't be read. `timeout` counts to connect, and for each part of an answer; a call that the KMS is
    too busy for is made `attempts` times."""

    def __init__(self, settings: Settings, *, timeout: float = TIMEOUT, attempts: int = ATTEMPTS) -> None:
        self._settings, self._timeout, self._attempts = settings, timeout, attempts
        scheme, _, host = settings.endpoint.rstrip("/").partition("://")
        self._host, self._tls = host, None
        if scheme == "https":
            try:
                self._tls = ssl.create_default_context(cafile=settings.ca_cert or None)
            except (OSError, ssl.SSLError) as error:
                raise SettingsWrong(f"KMS_CA_CERT {settings.ca_cert} can't be read: {error}.") from None

    def create_data_key(self, key_id: str, context: Context) -> tuple[WrappedKey, DataKey]:
        """A new data key, wrapped under a key, which is named by its id or alias."""
        wish = {"key_id": key_id, "datakey_length": str(8 * DATA_KEY_BYTES), "encryption_context": dict(context)}
        made = self.call("create-datakey", wish)
        return WrappedKey(made["key_id"], made["cipher_text"]), DataKey(bytes.fromhex(made["plain_text"]))

    def decrypt_data_key(self, wrapped: WrappedKey, context: Context) -> DataKey:
        """The data key again."""
        wish = {
            "key_id": wrapped.key_id,
            "cipher_text": wrapped.cipher_text,
            "datakey_cipher_length": str(DATA_KEY_BYTES),
            "encryption_context": dict(context),
        }
        return DataKey(bytes.fromhex(self.call("decrypt-datakey", wish)["data_key"]))

    def rewrap_data_key(self, wrapped: WrappedKey, key_id: str, context: Context) -> WrappedKey:
        """The same data key under another key, or under the newest version of its own; it never leaves the KMS."""
        wish = {
            "source_key_id": wrapped.key_id,
            "destination_key_id": key_id,
            "cipher_text": wrapped.cipher_text,
            "datakey_cipher_length": str(DATA_KEY_BYTES),
            "source_encryption_context": dict(context),
            "destination_encryption_context": dict(context),
        }
        moved = self.call("re-encrypt", wish)
        return WrappedKey(moved["key_id"], moved["cipher_text"])

    def call(self, verb: str, wish: Mapping[str, Any]) -> Answer:
        """What the KMS answers to `POST /v1.0/<project>/kms/<verb>`; asked again where it says that it is busy."""
        path, body = f"/v1.0/{self._settings.project}/kms/{verb}", json.dumps(wish).encode()
        for attempt in range(1, self._attempts + 1):
            status, head, answer = self._post(path, body)
            if status == 200:
                break
            if status not in AGAIN or attempt == self._attempts:
                raise _refusal(status, head, answer)
            after = head.get("Retry-After", "")
            time.sleep(min(float(after) if after.isdecimal() else 1.0, LONGEST_WAIT))
        try:
            found = json.loads(answer, object_hook=Answer)
        except ValueError:
            found = None
        if not isinstance(found, Answer):
            raise KmsUnreachable(NO_KMS)
        return found

    def _post(self, path: str, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"content-type": "application/json", "host": self._host}
        connection = (
            http.client.HTTPSConnection(self._host, timeout=self._timeout, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, timeout=self._timeout)
        )
        try:
            connection.request("POST", path, body, signed(self._settings, "POST", path, body, headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise KmsUnreachable(
                f"The KMS at {self._settings.endpoint} can't be reached: {error}. Try again."
            ) from None
        finally:
            connection.close()


def signed(
    settings: Settings, method: str, path: str, body: bytes, headers: Mapping[str, str], *, now: datetime | None = None
) -> dict[str, str]:
    """The headers (their names in lower case) of a request without a query, all signed by SDK-HMAC-SHA256; `path` is
    of characters that need no encoding."""
    date = f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    every = {**headers, "x-sdk-date": date}
    names = ";".join(sorted(every))
    lines = [method, f"{path}/", "", *(f"{name}:{every[name].strip()}" for name in sorted(every)), "", names]
    canonical = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(settings.secret_key.encode(), to_sign.encode(), "sha256").hex()
    scheme = f"{ALGORITHM} Access={settings.access_key}, SignedHeaders={names}, Signature={signature}"
    return {**every, "authorization": scheme}


def _refusal(status: int, head: http.client.HTTPMessage, answer: bytes) -> KmsRefused:
    """Both forms of the API's errors: in an object `error`, and bare."""
    try:
        content = json.loads(answer)
        content = content.get("error", content)
        code, text = str(content["error_code"]), str(content["error_msg"])
    except (ValueError, KeyError, AttributeError, TypeError):
        code, text = str(status), NO_KMS
    return KmsRefused(status, code, text, head.get("X-Request-Id", "unknown"))
