"""What each operation does in each state, with each kind of key: all of it, walked (console contract, 'States').

The answers expected are written here once more, from the contract, not read from the product's own table."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from django.utils import timezone

from console.access.caller import Caller
from console.models.enterprise import DEFAULT_ID
from keys import operations
from keys.calls import Call
from keys.crypto.macs import generate_mac, mac_algorithm_of
from keys.crypto.rsa_cipher import oaep_encrypt
from keys.crypto.sealing import Purpose, seal
from keys.crypto.signing import algorithms_for, sign
from keys.errors import KmsError
from keys.models import RULES, Alias, DeletionProtection, Grant, Key, KeyVersion
from keys.operations.signing import MessageType
from keys.operations.tags import TagPair
from tests.support.importing import SIZES, give_ticket
from tests.support.keyring import DEFAULT, KINDS, Held, hold, hold_default
from tests.support.people import Person

ENABLED, DISABLED, DELETION, IMPORT = 2, 3, 4, 5
OK = ""
SYMMETRIC, MAC, CURVE, RSA_SIGNS, RSA_ENCRYPTS = "symmetric", "MAC", "curve", "RSA signs", "RSA encrypts"
WORKS = {ENABLED: OK, DISABLED: "KMS.0209", DELETION: "KMS.0210", IMPORT: "KMS.0310"}
READS = dict.fromkeys(WORKS, OK)
CHANGES = {**READS, DELETION: "KMS.0210"}
GENERATED = dict.fromkeys(WORKS, "KMS.0309")

FOR_DATA = {MAC: "KMS.0341", CURVE: "KMS.1114", RSA_SIGNS: "KMS.0335"}
FOR_DATA_KEYS = {MAC: "KMS.0341", CURVE: "KMS.0325", RSA_SIGNS: "KMS.0325", RSA_ENCRYPTS: "KMS.0325"}
FOR_SIGNATURES = {SYMMETRIC: "KMS.1115", MAC: "KMS.0341", RSA_ENCRYPTS: "KMS.0334"}
FOR_MACS = {SYMMETRIC: "KMS.0334", CURVE: "KMS.0325", RSA_SIGNS: "KMS.0325", RSA_ENCRYPTS: "KMS.0325"}
FOR_ROTATION = {MAC: "KMS.0341", CURVE: "KMS.0325", RSA_SIGNS: "KMS.0324", RSA_ENCRYPTS: "KMS.0324"}
FOR_ROTATION_STATUS = {CURVE: "KMS.0325", RSA_SIGNS: "KMS.0325", RSA_ENCRYPTS: "KMS.0325"}
FOR_PUBLIC_KEYS = {SYMMETRIC: "KMS.0331", MAC: "KMS.0331"}

# (what each state answers, what each unfit kind answers, what a default key answers)
EXPECTED: dict[Call, tuple[dict[int, str], dict[str, str], str]] = {
    Call.DESCRIBE_KEY: (READS, {}, OK),
    Call.LIST_TAGS: (READS, {}, OK),
    Call.GET_PUBLIC_KEY: ({**READS, IMPORT: "KMS.0310"}, FOR_PUBLIC_KEYS, "KMS.0331"),
    Call.ENABLE_KEY: ({ENABLED: "KMS.1201", DISABLED: OK, DELETION: "KMS.1201", IMPORT: "KMS.1201"}, {}, "KMS.0211"),
    Call.DISABLE_KEY: ({ENABLED: OK, DISABLED: "KMS.1301", DELETION: "KMS.1301", IMPORT: "KMS.1301"}, {}, "KMS.0211"),
    Call.SCHEDULE_KEY_DELETION: ({**READS, DELETION: "KMS.1402"}, {}, "KMS.0211"),
    Call.CANCEL_KEY_DELETION: ({**dict.fromkeys(WORKS, "KMS.1501"), DELETION: OK}, {}, "KMS.0211"),
    Call.UPDATE_KEY_ALIAS: (CHANGES, {}, "KMS.0211"),
    Call.UPDATE_KEY_DESCRIPTION: (CHANGES, {}, "KMS.0211"),
    Call.MIGRATE_KEY: (CHANGES, {}, "KMS.0211"),
    Call.CREATE_TAG: (CHANGES, {}, "KMS.0211"),
    Call.DELETE_TAG: (CHANGES, {}, "KMS.0211"),
    Call.BATCH_TAGS: (CHANGES, {}, "KMS.0211"),
    Call.ENCRYPT_DATA: (WORKS, FOR_DATA, "KMS.0211"),
    Call.DECRYPT_DATA: (WORKS, FOR_DATA, "KMS.0211"),
    Call.RE_ENCRYPT: (WORKS, FOR_DATA, "KMS.0211"),
    Call.CREATE_DATAKEY: (WORKS, FOR_DATA_KEYS, OK),
    Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT: (WORKS, FOR_DATA_KEYS, OK),
    Call.ENCRYPT_DATAKEY: (WORKS, FOR_DATA_KEYS, "KMS.0211"),
    Call.DECRYPT_DATAKEY: (WORKS, FOR_DATA_KEYS, OK),
    Call.CREATE_RSA_DATAKEY_PAIR: (WORKS, FOR_DATA_KEYS, "KMS.0211"),
    Call.CREATE_EC_DATAKEY_PAIR: (WORKS, FOR_DATA_KEYS, "KMS.0211"),
    Call.SIGN: (WORKS, FOR_SIGNATURES, "KMS.0211"),
    Call.VERIFY_SIGNATURE: (WORKS, FOR_SIGNATURES, "KMS.0211"),
    Call.GENERATE_MAC: (WORKS, FOR_MACS, "KMS.0211"),
    Call.VERIFY_MAC: (WORKS, FOR_MACS, "KMS.0211"),
    Call.ENABLE_KEY_ROTATION: (WORKS, FOR_ROTATION, "KMS.0211"),
    Call.DISABLE_KEY_ROTATION: (WORKS, FOR_ROTATION, "KMS.0211"),
    Call.UPDATE_KEY_ROTATION_INTERVAL: (WORKS, FOR_ROTATION, "KMS.0211"),
    Call.ROTATE_KEY: (WORKS, FOR_ROTATION, "KMS.0211"),
    Call.GET_ROTATION_STATUS: (READS, FOR_ROTATION_STATUS, OK),
    Call.CREATE_ALIAS: (CHANGES, {}, "KMS.0211"),
    Call.ASSOCIATE_ALIAS: (CHANGES, {}, "KMS.0211"),
    Call.DELETE_ALIAS: (READS, {}, "KMS.0211"),
    Call.LIST_ALIASES: (READS, {}, OK),
    Call.CREATE_GRANT: (WORKS, {}, "KMS.0211"),
    Call.LIST_GRANTS: (READS, {}, OK),
    Call.REVOKE_GRANT: (READS, {}, "KMS.0211"),
    Call.RETIRE_GRANT: (READS, {}, "KMS.0211"),
    Call.GET_PARAMETERS_FOR_IMPORT: (GENERATED, {}, "KMS.0211"),
    Call.IMPORT_KEY_MATERIAL: (GENERATED, {}, "KMS.0211"),
    Call.DELETE_IMPORTED_KEY_MATERIAL: (GENERATED, {}, "KMS.0211"),
    Call.PROTECT_KEY: (CHANGES, {}, "KMS.0211"),
    Call.UNPROTECT_KEY: (READS, {}, "KMS.0211"),
}
# The same of a key whose material is imported, where that makes a difference.
EXPECTED_OF_EXTERNAL: dict[Call, tuple[dict[int, str], dict[str, str]]] = {
    Call.GET_PARAMETERS_FOR_IMPORT: (CHANGES, {}),
    Call.IMPORT_KEY_MATERIAL: ({**dict.fromkeys(WORKS, "KMS.0310"), IMPORT: OK}, {}),
    Call.DELETE_IMPORTED_KEY_MATERIAL: (
        {ENABLED: OK, DISABLED: OK, DELETION: "KMS.2701", IMPORT: "KMS.2701"},
        dict.fromkeys((CURVE, RSA_SIGNS, RSA_ENCRYPTS), "KMS.2702"),
    ),
    **dict.fromkeys(
        (
            Call.ENABLE_KEY_ROTATION,
            Call.DISABLE_KEY_ROTATION,
            Call.UPDATE_KEY_ROTATION_INTERVAL,
            Call.ROTATE_KEY,
        ),
        (WORKS, {**FOR_ROTATION, SYMMETRIC: "KMS.0312"}),
    ),
}
MESSAGE = b"a message of 32 bytes, no less.."


def kind_of(key: Key) -> str:
    if key.key_spec.startswith("RSA"):
        return RSA_SIGNS if key.key_usage == "SIGN_VERIFY" else RSA_ENCRYPTS
    if key.key_spec.startswith("EC"):
        return CURVE
    return MAC if key.key_spec.startswith("HMAC") else SYMMETRIC


def digest_of(key: Key) -> bytes:
    from keys.crypto.datakeys import digest_of

    return digest_of(key.key_spec, MESSAGE)


def work(caller: Caller, held: Held) -> dict[Call, Callable[[], Any]]:
    """Each call as a user would make it of this key, with nothing else wrong."""
    key, material, pk = held.key, held.material, held.key.pk
    symmetric = material.spec in {"AES_256", "SM4"}
    rsa = material.spec.startswith("RSA")
    algorithm = "RSAES_OAEP_SHA_256" if rsa or material.spec.startswith("EC") else "SYMMETRIC_DEFAULT"
    sealed = seal(material, pk, 1, Purpose.DATA, MESSAGE) if symmetric else bytes(150)
    data_key = seal(material, pk, 1, Purpose.DATA_KEY, MESSAGE) if symmetric else bytes(150)
    if rsa:
        assert material.public_key is not None
        sealed = oaep_encrypt(material.public_key, MESSAGE)
    signing = next((one for one in algorithms_for(material.spec) if "256" in one or "384" in one), "ECDSA_SHA_256")
    raw: Any = {"message": MESSAGE, "algorithm": signing, "message_type": MessageType.RAW}
    signature = sign(material, signing, MESSAGE, is_digest=False) if algorithms_for(material.spec) else b"none"
    mac_algorithm = mac_algorithm_of(material.spec) or "HMAC_SHA_256"
    mac = generate_mac(material, MESSAGE) if mac_algorithm_of(material.spec) else bytes(32)
    with_digest = MESSAGE + digest_of(key)
    moving: Any = {"source_key_id": pk, "source_algorithm": algorithm, "destination_algorithm": algorithm}
    do = operations
    return {
        Call.DESCRIBE_KEY: lambda: do.get_key(caller, pk),
        Call.LIST_TAGS: lambda: do.list_tags(caller, pk),
        Call.GET_PUBLIC_KEY: lambda: do.get_public_key(caller, pk),
        Call.ENABLE_KEY: lambda: do.enable_key(caller, pk),
        Call.DISABLE_KEY: lambda: do.disable_key(caller, pk),
        Call.SCHEDULE_KEY_DELETION: lambda: do.schedule_key_deletion(caller, pk, 7),
        Call.CANCEL_KEY_DELETION: lambda: do.cancel_key_deletion(caller, pk),
        Call.UPDATE_KEY_ALIAS: lambda: do.update_alias(caller, pk, "renamed"),
        Call.UPDATE_KEY_DESCRIPTION: lambda: do.update_description(caller, pk, "described"),
        Call.MIGRATE_KEY: lambda: do.migrate_key(caller, pk, project_id=key.project_id, enterprise_project=DEFAULT_ID),
        Call.CREATE_TAG: lambda: do.add_tags(caller, pk, [TagPair("env", "prod")]),
        Call.DELETE_TAG: lambda: do.delete_tag(caller, pk, "env"),
        Call.BATCH_TAGS: lambda: do.change_tags(caller, pk, "create", [("env", "test")]),
        Call.ENCRYPT_DATA: lambda: do.encrypt_data(caller, key_id=pk, plaintext=MESSAGE, algorithm=algorithm),
        Call.DECRYPT_DATA: lambda: do.decrypt_data(caller, key_id=pk, ciphertext=sealed, algorithm=algorithm),
        Call.RE_ENCRYPT: lambda: do.re_encrypt(caller, ciphertext=sealed, destination_key_id=pk, **moving),
        Call.CREATE_DATAKEY: lambda: do.create_datakey(caller, key_id=pk),
        Call.CREATE_DATAKEY_WITHOUT_PLAINTEXT: lambda: do.create_datakey_without_plaintext(caller, key_id=pk),
        Call.ENCRYPT_DATAKEY: lambda: do.encrypt_datakey(caller, key_id=pk, with_digest=with_digest, length=32),
        Call.DECRYPT_DATAKEY: lambda: do.decrypt_datakey(caller, key_id=pk, ciphertext=data_key),
        Call.CREATE_RSA_DATAKEY_PAIR: lambda: do.create_rsa_datakey_pair(caller, key_id=pk, spec="RSA_2048"),
        Call.CREATE_EC_DATAKEY_PAIR: lambda: do.create_ec_datakey_pair(caller, key_id=pk, spec="ECC_NIST_P256"),
        Call.SIGN: lambda: do.sign(caller, key_id=pk, **raw),
        Call.VERIFY_SIGNATURE: lambda: do.verify_signature(caller, key_id=pk, signature=signature, **raw),
        Call.GENERATE_MAC: lambda: do.generate_mac(caller, key_id=pk, message=MESSAGE, algorithm=mac_algorithm),
        Call.VERIFY_MAC: lambda: do.verify_mac(caller, key_id=pk, message=MESSAGE, algorithm=mac_algorithm, mac=mac),
        # One after the other, so that each finds what it needs.
        Call.ENABLE_KEY_ROTATION: lambda: do.enable_key_rotation(caller, pk),
        Call.UPDATE_KEY_ROTATION_INTERVAL: lambda: do.update_key_rotation_interval(caller, pk, 30),
        Call.DISABLE_KEY_ROTATION: lambda: do.disable_key_rotation(caller, pk),
        Call.ROTATE_KEY: lambda: do.rotate_key(caller, pk),
        Call.GET_ROTATION_STATUS: lambda: do.get_key_rotation_status(caller, pk),
        Call.CREATE_ALIAS: lambda: do.create_alias(caller, pk, "alias/new"),
        Call.ASSOCIATE_ALIAS: lambda: do.associate_alias(caller, "alias/of-another", pk),
        Call.DELETE_ALIAS: lambda: do.delete_aliases(caller, pk, ["alias/own"]),
        Call.LIST_ALIASES: lambda: do.list_aliases(caller, key_id=pk),
        Call.CREATE_GRANT: lambda: do.create_grant(caller, pk, **grant_to(caller)),
        Call.LIST_GRANTS: lambda: do.list_grants(caller, pk),
        Call.REVOKE_GRANT: lambda: do.revoke_grant(caller, pk, a_grant_of(key)),
        Call.RETIRE_GRANT: lambda: do.retire_grant(caller, pk, a_grant_of(key)),
        Call.GET_PARAMETERS_FOR_IMPORT: lambda: do.get_parameters_for_import(
            caller, key_id=pk, algorithm="RSAES_OAEP_SHA_256"
        ),
        Call.IMPORT_KEY_MATERIAL: lambda: do.import_key_material(caller, key_id=pk, **arguments_of_import(held)),
        Call.DELETE_IMPORTED_KEY_MATERIAL: lambda: do.delete_imported_key_material(caller, pk),
        Call.PROTECT_KEY: lambda: do.protect_key(caller, pk, reason="in use"),
        Call.UNPROTECT_KEY: lambda: do.unprotect_key(caller, protected(key)),
    }


def arguments_of_import(held: Held) -> Any:
    """The key's own material as it would come again."""
    ticket = give_ticket(held.key)
    secret = held.material._secret
    if held.material.public_key is None:
        return {"token": ticket.token, "encrypted_material": oaep_encrypt(ticket.public_key, secret)}
    return {
        "token": ticket.token,
        "encrypted_material": oaep_encrypt(ticket.public_key, bytes(32)),
        "encrypted_private_key": aes_key_wrap_with_padding(bytes(32), secret),
    }


def grant_to(caller: Caller) -> Any:
    assert caller.user is not None
    return {"grantee": caller.user.pk, "operations": ["encrypt-data"]}


def a_grant_of(key: Key) -> str:
    """The id of a new one, put there whatever the key's state."""
    return Grant.objects.create(key=key, grantee_account=key.project.account, operations=["encrypt-data"]).pk


def protected(key: Key) -> uuid.UUID:
    """Its id; protected from deletion, whatever its state."""
    DeletionProtection.of(key, "in use").save()
    return key.pk


def give_aliases(key: Key) -> None:
    """One of its own, and one of another key of the project, that may be moved to it."""
    project = key.project
    another = Key.objects.create(project=project, alias="another", key_usage="ENCRYPT_DECRYPT")
    for name, of in (("alias/own", key), ("alias/of-another", another)):
        Alias.objects.create(account=project.account, region=project.region, name=name, key=of)


def put_into(key: Key, state: int) -> None:
    """The row as it is in this state; a key that waits for import has no material, and no version."""
    at = timezone.now() + timedelta(days=7) if state == DELETION else None
    Key.objects.filter(pk=key.pk).update(state=state, deletion_at=at)
    if state == IMPORT:
        KeyVersion.objects.filter(key=key).update(wrapped_material=None, public_key=None)


def code_of(work: Callable[[], Any]) -> str:
    try:
        work()
    except KmsError as error:
        return str(error.code)
    return OK


def test_every_call_that_works_with_a_key_has_its_row() -> None:
    assert set(EXPECTED) == set(RULES)


@pytest.mark.parametrize("state", [ENABLED, DISABLED, DELETION, IMPORT])
@pytest.mark.parametrize("origin", ["kms", "external"])
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_each_operation_answers_as_the_contract_says(
    alice: Person, kind: tuple[str, str], origin: str, state: int
) -> None:
    held = hold(alice.project, *kind, origin=origin)
    give_aliases(held.key)
    versions = list(KeyVersion.objects.filter(key=held.key).values())
    wrong = {}

    for call, do in work(alice.caller, held).items():
        by_state, by_kind = EXPECTED[call][:2]
        if origin == "external":
            by_state, by_kind = EXPECTED_OF_EXTERNAL.get(call, (by_state, by_kind))
        expected = by_kind.get(kind_of(held.key), by_state[state])
        put_into(held.key, state)
        if (got := code_of(do)) != expected:
            wrong[call.trace] = f"{got or 'done'} instead of {expected or 'done'}"
        KeyVersion.objects.filter(key=held.key, number=1).update(**versions[0])

    assert wrong == {}


def test_default_keys_serve_data_keys_and_nothing_else(alice: Person) -> None:
    held = hold_default(alice.project)
    give_aliases(held.key)

    answers = {call: code_of(do) for call, do in work(alice.caller, held).items()}

    assert answers == {call: default for call, (_states, _kinds, default) in EXPECTED.items()}
    assert Key.objects.get(pk=held.key.pk).alias == DEFAULT


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_a_key_whose_deletion_fell_due_is_gone_for_every_operation(alice: Person, kind: tuple[str, str]) -> None:
    held = hold(alice.project, *kind)
    give_aliases(held.key)
    Key.objects.filter(pk=held.key.pk).update(state=DELETION, deletion_at=timezone.now())

    answers = {code_of(do) for do in work(alice.caller, held).values()}

    assert answers == {"KMS.0207"}
    assert [key.key_alias for key in operations.list_key_details(alice.caller, spec="ALL").keys] == ["another"]
    assert operations.count_keys(alice.caller) == 1


@pytest.mark.parametrize("state", [ENABLED, DISABLED])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] in SIZES], ids="-".join)
def test_a_key_whose_material_expired_waits_for_import_in_every_operation(
    alice: Person, kind: tuple[str, str], state: int
) -> None:
    held = hold(alice.project, *kind, origin="external")
    give_aliases(held.key)
    version = KeyVersion.objects.filter(key=held.key).values()[0]
    wrong = {}

    for call, do in work(alice.caller, held).items():
        by_state, by_kind = EXPECTED_OF_EXTERNAL.get(call, EXPECTED[call][:2])
        expected = by_kind.get(kind_of(held.key), by_state[IMPORT])
        Key.objects.filter(pk=held.key.pk).update(state=state, deletion_at=None, material_expires_at=timezone.now())
        if (got := code_of(do)) != expected:
            wrong[call.trace] = f"{got or 'done'} instead of {expected or 'done'}"
        KeyVersion.objects.filter(key=held.key).update(**version)

    assert wrong == {}
