"""Import of key material (API contract, 4.5): times in seconds, everything else in Base64."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from keys.api import answers
from keys.api.values import Number, from_base64, number, to_base64
from keys.errors import ImportTokenInvalid, MaterialExpirationInvalid, PrivateKeyInvalid, WrappedMaterialInvalid
from keys.models import Key
from keys.operations.importing import ImportParameters

Wish = dict[str, Any]
YEAR_10000 = 253_402_300_800
"""In seconds since 1970; no date lies behind it."""


class GetParametersRequest(msgspec.Struct, frozen=True):
    key_id: str
    wrapping_algorithm: str

    def wish(self) -> Wish:
        return {"key_id": self.key_id, "algorithm": self.wrapping_algorithm}


class ImportKeyMaterialRequest(msgspec.Struct, frozen=True):
    key_id: str
    import_token: str
    encrypted_key_material: str
    encrypted_privatekey: str | None = None
    expiration_time: Number | None = None

    def wish(self) -> Wish:
        material_error = WrappedMaterialInvalid(text=WrappedMaterialInvalid.not_base64)
        private_key_error = PrivateKeyInvalid(text=PrivateKeyInvalid.not_base64)
        return {
            "key_id": self.key_id,
            "token": from_base64(self.import_token, ImportTokenInvalid()),
            "encrypted_material": from_base64(self.encrypted_key_material, material_error),
            "encrypted_private_key": from_base64(self.encrypted_privatekey or "", private_key_error),
            "expires_at": _moment(self.expiration_time),
        }


def parameters(made: ImportParameters) -> answers.ImportParametersShown:
    return {
        "key_id": str(made.key_id),
        "import_token": to_base64(made.token),
        "expiration_time": int(made.expires_at.timestamp()),
        "public_key": to_base64(made.public_key),
    }


def nothing(_key: Key) -> answers.Empty:
    return {}


def _moment(seconds: Number | None) -> datetime | None:
    taken = number(seconds, MaterialExpirationInvalid)
    if taken is None:
        return None
    if taken >= YEAR_10000:  # milliseconds, say
        raise MaterialExpirationInvalid()
    return datetime.fromtimestamp(taken, UTC)
