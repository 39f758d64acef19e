"""Deleted material is gone: of SQLite from the file and its log, of PostgreSQL from every row (docs/promises.md)."""

import base64
import secrets
import uuid

import pytest

from tests.support.importing import wrapped_for
from tests.support.sdk import Sdk
from tests.support.servers import Server

PAST = "2001-01-01 00:00:00+00:00"


@pytest.fixture(scope="module")
def sdk(server: Server) -> Sdk:
    return Sdk(server, server.create_account("deleting"))


def as_stored(server: Server, key_id: str) -> str:
    return key_id if server.database == "postgresql" else uuid.UUID(key_id).hex


def wrapped(server: Server, key_id: str) -> list[bytes]:
    """What the database holds of a key's material: each version's, and the value that tells the same again."""
    query = "SELECT wrapped_material, wrapped_check_value FROM keys_keyversion WHERE key_id = %s"
    return [bytes(one) for row in server.read(query, as_stored(server, key_id)) for one in row if one is not None]


def left(server: Server, found: list[bytes]) -> int:
    return sum(one in content for content in server.stored() for one in found)


def test_a_deleted_key_leaves_nothing_of_its_material(server: Server, sdk: Sdk) -> None:
    key_id = sdk.new_key()
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="x").cipher_text
    found = wrapped(server, key_id)
    assert found
    assert left(server, found) >= len(found)
    sdk.delete_key(key_id=key_id, pending_days="7")

    server.execute("UPDATE keys_key SET deletion_at = %s WHERE id = %s", PAST, as_stored(server, key_id))
    server.quickly(command=["sweep"])

    assert wrapped(server, key_id) == []
    assert left(server, found) == 0
    assert sdk.refusal("decrypt_data", cipher_text=sealed) == (400, "KMS.2201")


def test_imported_material_that_is_deleted_or_expires_leaves_nothing(server: Server, sdk: Sdk) -> None:
    for number, end in enumerate(("deleted", "expired")):
        key_id = sdk.new_key(key_alias=f"own-{number}", origin="external")
        made = sdk.create_parameters_for_import(key_id=key_id, wrapping_algorithm="RSAES_OAEP_SHA_256")
        material = wrapped_for(base64.b64decode(made.public_key), secrets.token_bytes(32)).material
        asked = {"import_token": made.import_token, "encrypted_key_material": base64.b64encode(material).decode()}
        sdk.import_key_material(key_id=key_id, **asked)
        query = "SELECT wrapped_material FROM keys_keyversion WHERE key_id = %s"
        found = [bytes(one) for (one,) in server.read(query, as_stored(server, key_id))]
        assert left(server, found) >= 1

        if end == "deleted":
            sdk.delete_imported_key_material(key_id=key_id)
        else:
            expire = "UPDATE keys_key SET material_expires_at = %s WHERE id = %s"
            server.execute(expire, PAST, as_stored(server, key_id))
            server.quickly(command=["sweep"])

        assert left(server, found) == 0, end
