"""Keys in AWS's words: made, described, listed, their states, rotation, aliases, tags and grants."""

import time
from collections.abc import Callable

import pytest

from console.models import Trace
from keys import operations
from keys.aws.lifecycle import STATES
from keys.aws.names import Place, account_digits
from keys.models import Key, KeyState
from keys.specs import SPECS, KeyOrigin
from tests.support.aws import ask, from_base64, kms, refusal
from tests.support.people import Person, service_user, with_access_key


def metadata(person: Person, key: str) -> dict[str, object]:
    found: dict[str, object] = kms(person, "DescribeKey", KeyId=key)["KeyMetadata"]
    return found


def test_a_key_is_created_as_it_is_described(alice: Person, place: Place) -> None:
    tags = [{"TagKey": "team", "TagValue": "blue"}]
    made = kms(alice, "CreateKey", Description="for orders", Tags=tags)["KeyMetadata"]

    assert made == metadata(alice, made["KeyId"]) | {"CreationDate": made["CreationDate"]}
    assert time.time() - made["CreationDate"] < 60
    assert made | {"CreationDate": 0} == {
        "AWSAccountId": place.account,
        "KeyId": made["KeyId"],
        "Arn": f"arn:aws:kms:ap-southeast-3:{place.account}:key/{made['KeyId']}",
        "CreationDate": 0,
        "Enabled": True,
        "Description": "for orders",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "MultiRegion": False,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
    }
    assert kms(alice, "ListResourceTags", KeyId=made["KeyId"])["Tags"] == tags


@pytest.mark.parametrize(
    ("spec", "usage", "ours", "algorithms"),
    [
        ("RSA_2048", "SIGN_VERIFY", "RSA_2048", "SigningAlgorithms"),
        ("ECC_NIST_P256", "SIGN_VERIFY", "EC_P256", "SigningAlgorithms"),
        ("ECC_NIST_P384", "SIGN_VERIFY", "EC_P384", "SigningAlgorithms"),
        ("HMAC_256", "GENERATE_VERIFY_MAC", "HMAC_256", "MacAlgorithms"),
        ("SM4", "ENCRYPT_DECRYPT", "SM4", "EncryptionAlgorithms"),
    ],
)
def test_specs_have_awss_names(alice: Person, spec: str, usage: str, ours: str, algorithms: str) -> None:
    made = kms(alice, "CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]

    assert (made["KeySpec"], made["KeyUsage"]) == (spec, usage)
    assert made[algorithms]
    assert Key.objects.get(pk=made["KeyId"]).key_spec == ours


def test_every_spec_and_state_of_ours_can_be_told(alice: Person, place: Place) -> None:
    assert {*STATES} == {*KeyState}
    external = operations.create_key(alice.caller, alias="external", origin=KeyOrigin.EXTERNAL)
    assert metadata(alice, str(external.pk))["KeyState"] == "PendingImport"
    for spec in SPECS.values():
        if not spec.takes_time:
            key = operations.create_key(alice.caller, alias=spec.name, key_spec=spec.name)
            assert metadata(alice, str(key.pk))["KeyUsage"] == spec.default_usage


@pytest.mark.parametrize(
    ("wish", "exception"),
    [
        ({"KeySpec": "ECC_NIST_P521", "KeyUsage": "SIGN_VERIFY"}, "ValidationException"),
        ({"KeySpec": "ECC_NIST_P256"}, "ValidationException"),
        ({"Origin": "AWS_CLOUDHSM"}, "ValidationException"),
        ({"Policy": "{}"}, "UnsupportedOperationException"),
        ({"MultiRegion": True}, "UnsupportedOperationException"),
        ({"CustomKeyStoreId": "cks-1"}, "UnsupportedOperationException"),
        ({"Tags": [{"TagKey": "", "TagValue": ""}]}, "TagException"),
        ({"Description": "x" * 256}, "ValidationException"),
    ],
)
def test_a_key_that_is_not_offered_is_refused(alice: Person, wish: dict[str, object], exception: str) -> None:
    assert refusal(alice, "CreateKey", **wish) == exception
    assert not Key.objects.exists()


def test_a_full_quota_is_a_limit(alice: Person) -> None:
    alice.account.key_quota = 1
    alice.account.save()
    kms(alice, "CreateKey")

    assert refusal(alice, "CreateKey") == "LimitExceededException"


def test_lists_go_on_where_they_ended(alice: Person, new_key: Callable[..., str], place: Place) -> None:
    keys = {new_key() for _ in range(3)}
    first = kms(alice, "ListKeys", Limit=2)
    assert (len(first["Keys"]), first["Truncated"]) == (2, True)

    second = kms(alice, "ListKeys", Limit=2, Marker=first["NextMarker"])

    found = [*first["Keys"], *second["Keys"]]
    assert {one["KeyId"] for one in found} == keys
    assert {one["KeyArn"] for one in found} == {place.key(key) for key in keys}
    assert second["Truncated"] is False
    assert refusal(alice, "ListKeys", Marker="next") == "InvalidMarkerException"
    assert refusal(alice, "ListKeys", Limit=0) == "ValidationException"


# How keys are named


def test_a_key_is_named_by_its_id_its_arn_its_alias_and_that_ones_arn(alice: Person, key: str, place: Place) -> None:
    kms(alice, "CreateAlias", AliasName="alias/orders", TargetKeyId=place.key(key))

    for name in (key, place.key(key), "alias/orders", place.alias("alias/orders")):
        assert metadata(alice, name)["KeyId"] == key
        assert kms(alice, "Encrypt", KeyId=name, Plaintext=b"x")["KeyId"] == place.key(key)


def test_an_arn_of_another_account_region_or_project_is_not_found(alice: Person, charlie: Person, key: str) -> None:
    here, theirs = Place.of(alice.caller), Place.of(charlie.caller)
    for name in (theirs.key(key), here._replace(region="eu-west-101").key(key), theirs.alias("alias/orders")):
        assert refusal(alice, "DescribeKey", KeyId=name) == "NotFoundException"
    for name in (here.key(key), theirs.key(key), key):
        assert refusal(charlie, "DescribeKey", KeyId=name) == "NotFoundException"
    elsewhere = ask(alice, "DescribeKey", {"KeyId": key}, region="eu-west-101")
    assert elsewhere.json["__type"] == "NotFoundException"


@pytest.mark.parametrize(
    ("name", "exception"),
    [
        ("arn:aws:s3:::bucket", "InvalidArnException"),
        ("arn:aws:kms:x:1:key/x", "InvalidArnException"),
        ("arn:", "InvalidArnException"),
        ("orders", "NotFoundException"),
        ("", "NotFoundException"),
        ("alias/nobody", "NotFoundException"),
        ("alias/\0", "NotFoundException"),
        ("00000000-0000-0000-0000-000000000000", "NotFoundException"),
    ],
)
def test_what_names_no_key_is_refused(alice: Person, name: str, exception: str) -> None:
    for operation in ("DescribeKey", "DisableKey"):
        assert refusal(alice, operation, KeyId=name) == exception
    assert Trace.objects.latest("pk").error_code in {"KMS.0205", "KMS.0207"}


@pytest.mark.without_database
def test_an_accounts_digits_are_twelve_and_the_same_everywhere() -> None:
    assert account_digits("0" * 32) == "273532827226"
    assert len({account_digits(f"{number:032x}") for number in range(1000)}) == 1000


def test_a_service_user_is_in_its_own_project_whatever_its_clients_region(
    alice: Person, key: str, place: Place
) -> None:
    program = with_access_key(service_user(alice, "shop"))
    operations.create_grant(
        alice.caller, key, grantee=program.user.pk, operations=["create-datakey", "decrypt-datakey"]
    )

    for region in ("us-east-1", "ap-southeast-3"):
        made = ask(program, "GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}, region=region).json
        opened = ask(program, "Decrypt", {"CiphertextBlob": from_base64(made["CiphertextBlob"])}, region=region).json
        assert (opened["Plaintext"], opened["KeyId"]) == (made["Plaintext"], place.key(key))
    assert refusal(program, "ListKeys") == "AccessDeniedException"


# States


def test_a_disabled_key_does_nothing_until_it_is_enabled(alice: Person, key: str) -> None:
    made = kms(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    blob = from_base64(made["CiphertextBlob"])
    kms(alice, "DisableKey", KeyId=key)

    assert metadata(alice, key)["KeyState"] == "Disabled"
    assert refusal(alice, "Decrypt", CiphertextBlob=blob) == "DisabledException"
    assert refusal(alice, "GenerateDataKey", KeyId=key, KeySpec="AES_256") == "DisabledException"
    assert refusal(alice, "Encrypt", KeyId=key, Plaintext=b"x") == "DisabledException"
    assert refusal(alice, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key) == "DisabledException"
    assert refusal(alice, "GenerateDataKeyPair", KeyId=key, KeyPairSpec="ECC_NIST_P256") == "DisabledException"
    kms(alice, "EnableKey", KeyId=key)
    assert kms(alice, "Decrypt", CiphertextBlob=blob)["Plaintext"] == made["Plaintext"]


def test_a_deletion_is_scheduled_and_cancelled(alice: Person, key: str, place: Place) -> None:
    made = kms(alice, "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)

    assert made == {
        "KeyId": place.key(key),
        "DeletionDate": made["DeletionDate"],
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": 7,
    }
    assert abs(made["DeletionDate"] - time.time() - 7 * 86400) < 60
    assert metadata(alice, key)["DeletionDate"] == pytest.approx(made["DeletionDate"], abs=0.01)
    assert refusal(alice, "Encrypt", KeyId=key, Plaintext=b"x") == "KMSInvalidStateException"
    assert refusal(alice, "ScheduleKeyDeletion", KeyId=key) == "KMSInvalidStateException"
    assert kms(alice, "CancelKeyDeletion", KeyId=key) == {"KeyId": place.key(key)}
    assert metadata(alice, key)["KeyState"] == "Disabled"


def test_a_deletion_takes_thirty_days_where_none_are_named(alice: Person, key: str) -> None:
    assert kms(alice, "ScheduleKeyDeletion", KeyId=key)["PendingWindowInDays"] == 30


def test_a_description_is_changed(alice: Person, key: str) -> None:
    assert kms(alice, "UpdateKeyDescription", KeyId=key, Description="for the shop") == {}
    assert metadata(alice, key)["Description"] == "for the shop"


# Rotation


def test_rotation_is_switched_on_and_off_and_done_at_once(alice: Person, key: str, place: Place) -> None:
    assert kms(alice, "GetKeyRotationStatus", KeyId=key) == {"KeyRotationEnabled": False, "KeyId": place.key(key)}
    kms(alice, "EnableKeyRotation", KeyId=key, RotationPeriodInDays=90)
    assert kms(alice, "RotateKeyOnDemand", KeyId=key) == {"KeyId": place.key(key)}

    status = kms(alice, "GetKeyRotationStatus", KeyId=key)

    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert abs(status["NextRotationDate"] - time.time() - 90 * 86400) < 60
    (rotation,) = kms(alice, "ListKeyRotations", KeyId=key)["Rotations"]
    assert (rotation["KeyId"], rotation["RotationType"]) == (place.key(key), "ON_DEMAND")
    kms(alice, "DisableKeyRotation", KeyId=key)
    assert kms(alice, "GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"] is False


def test_rotation_has_the_bounds_of_ours(alice: Person, key: str, new_key: Callable[..., str]) -> None:
    assert refusal(alice, "EnableKeyRotation", KeyId=key, RotationPeriodInDays=366) == "ValidationException"
    curve = new_key("EC_P256")
    assert refusal(alice, "EnableKeyRotation", KeyId=curve) == "UnsupportedOperationException"


# Aliases


def test_aliases_are_made_moved_listed_and_deleted(
    alice: Person, key: str, new_key: Callable[..., str], place: Place
) -> None:
    other = new_key()
    kms(alice, "CreateAlias", AliasName="alias/orders", TargetKeyId=key)
    kms(alice, "CreateAlias", AliasName="alias/shop", TargetKeyId=key)
    assert refusal(alice, "CreateAlias", AliasName="alias/shop", TargetKeyId=key) == "AlreadyExistsException"
    assert refusal(alice, "CreateAlias", AliasName="shop", TargetKeyId=key) == "InvalidAliasNameException"
    kms(alice, "UpdateAlias", AliasName="alias/shop", TargetKeyId=other)

    first = kms(alice, "ListAliases", Limit=1)
    second = kms(alice, "ListAliases", Limit=1, Marker=first["NextMarker"])

    (shown,) = first["Aliases"]
    assert (shown["AliasName"], shown["TargetKeyId"]) == ("alias/orders", key)
    assert shown["AliasArn"] == place.alias("alias/orders")
    assert (second["Aliases"][0]["TargetKeyId"], second["Truncated"]) == (other, False)
    assert len(kms(alice, "ListAliases", KeyId=place.key(other))["Aliases"]) == 1
    kms(alice, "DeleteAlias", AliasName="alias/shop")
    assert [one["AliasName"] for one in kms(alice, "ListAliases")["Aliases"]] == ["alias/orders"]
    assert refusal(alice, "DeleteAlias", AliasName="alias/shop") == "NotFoundException"


def test_a_neighbours_alias_is_not_there(alice: Person, bob: Person, charlie: Person, key: str) -> None:
    kms(alice, "CreateAlias", AliasName="alias/orders", TargetKeyId=key)

    assert refusal(charlie, "DeleteAlias", AliasName="alias/orders") == "NotFoundException"
    assert refusal(charlie, "CreateAlias", AliasName="alias/orders", TargetKeyId=key) == "NotFoundException"
    assert kms(charlie, "ListAliases")["Aliases"] == []
    assert refusal(with_access_key(bob), "DeleteAlias", AliasName="alias/orders") == "AccessDeniedException"
    assert len(kms(alice, "ListAliases")["Aliases"]) == 1


# Tags and grants


def test_tags_are_put_on_and_taken_off(alice: Person, key: str) -> None:
    kms(alice, "TagResource", KeyId=key, Tags=[{"TagKey": "team", "TagValue": "blue"}, {"TagKey": "a", "TagValue": ""}])
    kms(alice, "UntagResource", KeyId=key, TagKeys=["a"])

    found = kms(alice, "ListResourceTags", KeyId=key)

    assert found == {"Tags": [{"TagKey": "team", "TagValue": "blue"}], "Truncated": False}
    many = [{"TagKey": str(number), "TagValue": ""} for number in range(21)]
    assert refusal(alice, "TagResource", KeyId=key, Tags=many) == "TagException"


def test_a_grant_is_made_used_listed_and_revoked(alice: Person, bob: Person, key: str, place: Place) -> None:
    program = with_access_key(bob)
    wish = {"GranteePrincipal": bob.user.pk, "Operations": ["Decrypt", "GenerateDataKey"], "Name": "shop"}
    made = kms(alice, "CreateGrant", KeyId=key, **wish)
    kms(program, "GenerateDataKey", KeyId=key, KeySpec="AES_256")

    (shown,) = kms(alice, "ListGrants", KeyId=key)["Grants"]

    assert (shown["GrantId"], shown["GranteePrincipal"], shown["Name"]) == (made["GrantId"], bob.user.pk, "shop")
    assert {*shown["Operations"]} == {"Decrypt", "GenerateDataKey"}
    kms(alice, "RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    assert refusal(program, "GenerateDataKey", KeyId=key, KeySpec="AES_256") == "AccessDeniedException"
    assert refusal(alice, "RevokeGrant", KeyId=key, GrantId=made["GrantId"]) == "InvalidGrantIdException"


def test_a_grantee_retires_what_he_may(alice: Person, bob: Person, key: str) -> None:
    wish = {"GranteePrincipal": bob.user.pk, "Operations": ["Decrypt", "RetireGrant"]}
    made = kms(alice, "CreateGrant", KeyId=key, **wish)

    kms(with_access_key(bob), "RetireGrant", KeyId=key, GrantId=made["GrantId"])

    assert kms(alice, "ListGrants", KeyId=key)["Grants"] == []


@pytest.mark.parametrize(
    ("wish", "exception"),
    [
        ({"Operations": ["ReEncryptFrom"]}, "ValidationException"),
        ({"Operations": []}, "ValidationException"),
        ({"GranteePrincipal": "arn:aws:iam::111122223333:user/bob"}, "ValidationException"),
        ({"Constraints": {"EncryptionContextEquals": {"a": "b"}}}, "UnsupportedOperationException"),
    ],
)
def test_a_grant_that_is_not_offered_is_refused(
    alice: Person, bob: Person, key: str, wish: dict[str, object], exception: str
) -> None:
    fields = {"KeyId": key, "GranteePrincipal": bob.user.pk, "Operations": ["Decrypt"], **wish}

    assert refusal(alice, "CreateGrant", **fields) == exception
