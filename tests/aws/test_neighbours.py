"""Another account's things, tried with every operation that there is: a new one is covered the day it is written."""

from typing import Any

import msgspec
import pytest

from console.models import Account, Trace
from keys import operations
from keys.aws.dialect import OPERATIONS
from keys.aws.names import Place
from keys.aws.operation import Operation
from keys.models import Alias, Grant, Key, KeyVersion, TaggedKey
from tests.support.aws import ask, from_base64, kms
from tests.support.people import Person

OWNS = (Account, Key, KeyVersion, Alias, Grant, TaggedKey)
NAMES_SOMETHING = ("_id", "_principal", "alias_name", "marker")
NAMING = {
    "key_id",
    "source_key_id",
    "destination_key_id",
    "target_key_id",
    "alias_name",
    "grant_id",
    "marker",
    # Whom a grant is for may be in any account: that is what grants are for.
    "grantee_principal",
    "retiring_principal",
}
# What an operation is sent in each field that it must have, or that names something.
VALUES: dict[str, Any] = {
    "alias_name": "alias/theirs",
    "description": "stolen",
    "grantee_principal": "ab" * 16,
    "key_pair_spec": "ECC_NIST_P256",
    "mac": b"x" * 32,
    "mac_algorithm": "HMAC_SHA_256",
    "message": b"x" * 32,
    "number_of_bytes": 32,
    "operations": ["Decrypt"],
    "plaintext": b"x",
    "signature": b"x",
    "signing_algorithm": "ECDSA_SHA_256",
    "tag_keys": ["team"],
    "tags": [{"TagKey": "team", "TagValue": "stolen"}],
}
LISTS = {"GenerateRandom", "CreateKey", "ListKeys"}
"""What names nothing that is there."""
REFUSALS = {"NotFoundException", "InvalidCiphertextException"}


def test_every_field_that_names_something_is_known() -> None:
    own = {field for one in OPERATIONS for field in one.__struct_fields__ if field not in Operation.__struct_fields__}

    assert {one for one in own if one.endswith(NAMES_SOMETHING)} == NAMING


def fields_of(operation: type[Operation], key: str, blob: bytes, grant: str) -> dict[str, Any]:
    """A wish that only differs from a proper one by whose things it names."""
    fields = {}
    for field in msgspec.structs.fields(operation):
        if field.required or field.name in {"key_id", "source_key_id", "number_of_bytes"}:
            given = {"ciphertext_blob": blob, "grant_id": grant, **VALUES}
            fields[field.encode_name] = key if field.name.endswith("key_id") else given[field.name]
    return fields


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.__name__ not in LISTS])
@pytest.mark.parametrize("named_by", ["id", "arn", "own arn"])
def test_no_operation_reaches_a_neighbours_key(
    alice: Person, charlie: Person, operation: type[Operation], named_by: str
) -> None:
    theirs = operations.create_key(alice.caller, alias="theirs")
    operations.create_alias(alice.caller, theirs.pk, "alias/theirs")
    grant = operations.create_grant(alice.caller, theirs.pk, grantee=alice.user.pk, operations=["encrypt-data"])
    blob = from_base64(kms(alice, "GenerateDataKey", KeyId=str(theirs.pk), NumberOfBytes=32)["CiphertextBlob"])
    names = {"id": str(theirs.pk), "arn": Place.of(alice.caller).key(theirs.pk)}
    key = names.get(named_by, Place.of(charlie.caller).key(theirs.pk))
    fields = fields_of(operation, key, blob, grant.pk)
    before = [list(one._default_manager.order_by("pk").values()) for one in OWNS]

    answer = ask(charlie, operation.__name__, fields)

    assert (answer.status, answer.json["__type"] in REFUSALS) == (400, True), answer.json
    assert [list(one._default_manager.order_by("pk").values()) for one in OWNS] == before
    trace = Trace.objects.latest("pk")
    assert (trace.account_id, trace.resource_name) == (charlie.account.pk, "")


def test_no_list_shows_a_neighbours_things(alice: Person, charlie: Person, key: str) -> None:
    operations.create_alias(alice.caller, key, "alias/theirs")

    for operation in ("ListKeys", "ListAliases"):
        assert key.encode() not in ask(charlie, operation).body
