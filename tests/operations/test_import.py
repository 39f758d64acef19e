"""Import: material of one's own comes in wrapped, expires, is deleted, and the very same comes again, nothing else."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.access.caller import Caller
from console.models import Trace
from keys import errors, operations
from keys.models import ImportTicket, Key, KeyState, KeyVersion
from keys.operations.signing import MessageType
from keys.operations.sweeping import sweep_deletions, sweep_material
from keys.operations.tickets import TOKEN_BYTES
from keys.specs import SPECS
from tests.support.importing import (
    SIZES,
    encrypt_by_oaep,
    give_ticket,
    in_seconds,
    material_for,
    openssl,
    private_key_of,
    wrap_by_aes,
    wrapped_for,
)
from tests.support.people import Person, owner

SECRET = bytes(range(32))
OAEP = "RSAES_OAEP_SHA_256"


def external(caller: Caller, spec: str = "AES_256", **fields: Any) -> Key:
    return operations.create_key(caller, **{"alias": "orders", "key_spec": spec, "origin": "external", **fields})


def take(caller: Caller, key: Key, secret: bytes = SECRET, **fields: Any) -> Key:
    """The key after symmetric material was imported into it."""
    ticket = give_ticket(key)
    encrypted = encrypt_by_oaep(ticket.public_key, secret)
    return operations.import_key_material(
        caller, key_id=key.pk, **{"token": ticket.token, "encrypted_material": encrypted, **fields}
    )


def expire(key: Key) -> None:
    Key.objects.filter(pk=key.pk).update(material_expires_at=timezone.now())


def rows() -> Any:
    """All that a failed import must leave as it was."""
    return [list(table.objects.order_by("pk").values()) for table in (Key, KeyVersion, ImportTicket)]


# Parameters


def test_parameters_are_a_public_key_and_a_token_for_a_day(caller: Caller) -> None:
    key = external(caller)

    made = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)
    other = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)

    assert made.key_id == key.pk
    assert timedelta(hours=23, minutes=59) < made.expires_at - timezone.now() <= timedelta(hours=24)
    assert made.expires_at.microsecond == 0
    assert (made.token, made.public_key) != (other.token, other.public_key)
    assert made.public_key != other.public_key
    assert Key.objects.get(pk=key.pk).state == KeyState.PENDING_IMPORT
    traces = Trace.objects.filter(name="getParametersForImport").values_list("status", "resource_id")
    assert [*traces] == [(200, str(key.pk))] * 2


def test_the_database_holds_neither_token_nor_private_key(caller: Caller) -> None:
    key = external(caller)
    made = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)

    ticket = ImportTicket.objects.values().get()

    assert made.token not in [bytes(one) for one in ticket.values() if isinstance(one, bytes)]
    assert made.token.hex() not in str(ticket)
    assert made.public_key[40:200] not in bytes(ticket["wrapped_private_key"])
    assert repr(made).startswith("<keys.operations.importing.ImportParameters object")


@pytest.mark.parametrize("algorithm", ["SM2_ENCRYPT", "RSAES_OAEP_SHA_1", "RSAES_PKCS1_V1_5", ""])
def test_another_wrapping_algorithm_is_refused(caller: Caller, algorithm: str) -> None:
    with pytest.raises(errors.WrappingAlgorithmUnknown):
        operations.get_parameters_for_import(caller, key_id=external(caller).pk, algorithm=algorithm)
    assert not ImportTicket.objects.exists()


# Import


@pytest.mark.parametrize("spec", SPECS)
def test_material_of_every_spec_comes_in_and_works(caller: Caller, spec: str) -> None:
    key = external(caller, spec)
    made = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)
    _secret, wrapped = material_for(spec, made.public_key)

    done = operations.import_key_material(
        caller,
        key_id=key.pk,
        token=made.token,
        encrypted_material=wrapped.material,
        encrypted_private_key=wrapped.private_key,
    )

    assert done.state == Key.objects.get(pk=key.pk).state == KeyState.ENABLED
    works(caller, key)
    trace = Trace.objects.filter(name="importKeyMaterial").get()
    assert (trace.status, trace.resource_id, trace.detail) == (200, str(key.pk), {"expires_at": ""})


def works(caller: Caller, key: Key) -> None:
    """Fails unless the key does what its usage says."""
    if key.key_usage == "GENERATE_VERIFY_MAC":
        algorithm = {"HMAC_SM3": "HMAC_SM3"}.get(key.key_spec, key.key_spec.replace("HMAC_", "HMAC_SHA_"))
        operations.generate_mac(caller, key_id=key.pk, message=b"message", algorithm=algorithm)
    elif key.key_usage == "SIGN_VERIFY":
        algorithm = {"EC_P256": "ECDSA_SHA_256", "EC_P384": "ECDSA_SHA_384"}.get(key.key_spec, "RSASSA_PSS_SHA_512")
        asked: Any = {"message": b"message", "algorithm": algorithm, "message_type": MessageType.RAW}
        signature = operations.sign(caller, key_id=key.pk, **asked).signature
        assert operations.verify_signature(caller, key_id=key.pk, signature=signature, **asked).is_valid
    else:
        sealed = operations.encrypt_data(caller, key_id=key.pk, plaintext=b"secret").ciphertext
        assert operations.decrypt_data(caller, ciphertext=sealed).plaintext == b"secret"


def test_an_imported_rsa_key_decrypts_what_others_encrypted(caller: Caller) -> None:
    key = external(caller, "RSA_2048", key_usage="ENCRYPT_DECRYPT")
    ticket = give_ticket(key)
    wrapped = wrapped_for(ticket.public_key, private_key_of("RSA_2048"), temporary_key=bytes(16))
    operations.import_key_material(
        caller,
        key_id=key.pk,
        token=ticket.token,
        encrypted_material=wrapped.material,
        encrypted_private_key=wrapped.private_key,
    )

    sealed = encrypt_by_oaep(operations.get_public_key(caller, key.pk).public_key, b"from outside")

    opened = operations.decrypt_data(caller, key_id=key.pk, ciphertext=sealed, algorithm=OAEP)
    assert opened.plaintext == b"from outside"


def test_a_token_serves_again_within_its_day(caller: Caller) -> None:
    key = external(caller)
    ticket = give_ticket(key, age=timedelta(hours=23, minutes=59))
    encrypted = encrypt_by_oaep(ticket.public_key, SECRET)

    for _ in range(3):
        take(caller, key, token=ticket.token, encrypted_material=encrypted)
        operations.delete_imported_key_material(caller, key.pk)

    assert ImportTicket.objects.count() >= 1


def test_two_tickets_of_one_key_are_good_at_once(caller: Caller) -> None:
    key = external(caller)
    first = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)
    operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)

    encrypted = encrypt_by_oaep(first.public_key, SECRET)

    assert take(caller, key, token=first.token, encrypted_material=encrypted).state == KeyState.ENABLED


# What is refused changes nothing, and says why


Change = Callable[[bytes], dict[str, Any]]
"""What is sent instead, given the token."""


# By what is sent instead of what is right: the key spec, the change, the refusal and what it says.
REFUSED: dict[str, tuple[str, Change, type[errors.KmsError], str]] = {
    "31 bytes": (
        "AES_256",
        lambda _: {"secret": bytes(31)},
        errors.MaterialLengthWrong,
        "31 bytes; .*AES_256 takes 32",
    ),
    "AES for SM4": ("SM4", lambda _: {"secret": bytes(32)}, errors.MaterialLengthWrong, "32 bytes; .*SM4 takes 16"),
    "32 for 48": ("HMAC_384", lambda _: {"secret": bytes(32)}, errors.MaterialLengthWrong, "HMAC_384 takes 48"),
    "48 for 64": ("HMAC_512", lambda _: {"secret": bytes(48)}, errors.MaterialLengthWrong, "HMAC_512 takes 64"),
    "255 encrypted": ("AES_256", lambda _: material(bytes(255)), errors.WrappedMaterialInvalid, "255 bytes; .*256"),
    "noise": ("AES_256", lambda _: material(bytes(256)), errors.WrappedMaterialInvalid, "RSAES_OAEP_SHA_256"),
    "too much": ("AES_256", lambda _: private_key(bytes(64)), errors.PrivateKeyUnexpected, "AES_256"),
    "now": ("AES_256", lambda _: {"expires_at": timezone.now()}, errors.MaterialExpirationInvalid, "later than now"),
    "unknown token": ("AES_256", lambda _: {"token": bytes(TOKEN_BYTES)}, errors.ImportTokenInvalid, "not one"),
    "cut token": ("AES_256", lambda sent: {"token": sent[:-1]}, errors.ImportTokenInvalid, "not one"),
    "longer token": ("AES_256", lambda sent: {"token": sent + b"\0"}, errors.ImportTokenInvalid, "not one"),
    "no token": ("AES_256", lambda _: {"token": b""}, errors.ImportTokenInvalid, "not one"),
    "no private key": ("EC_P256", lambda _: private_key(b""), errors.PrivateKeyMissing, "EC_P256"),
    "expiry": ("EC_P256", lambda _: {"expires_at": in_seconds(60)}, errors.PrivateKeysNeverExpire, "never expires"),
    "AES-192": ("EC_P256", lambda _: {"temporary_key": bytes(24)}, errors.TemporaryKeyLengthWrong, "24 .*16 or 32"),
    "other temporary key": (
        "EC_P256",
        lambda _: private_key(wrap_by_aes(bytes(32), private_key_of("EC_P256"))),
        errors.PrivateKeyInvalid,
        r"\(152 bytes\) does not open",
    ),
    "no DER": ("EC_P256", lambda _: {"secret": bytes(100)}, errors.PrivateKeyInvalid, r"\(100 bytes when opened\)"),
    "other curve": (
        "EC_P256",
        lambda _: {"secret": private_key_of("EC_P384")},
        errors.PrivateKeyInvalid,
        "is secp384r1; .*takes secp256r1",
    ),
    "other size": (
        "RSA_3072",
        lambda _: {"secret": private_key_of("RSA_2048")},
        errors.PrivateKeyInvalid,
        "is RSA-2048; .*takes RSA-3072",
    ),
    "unsafe exponent": (
        "RSA_2048",
        lambda _: {"secret": with_exponent_3()},
        errors.PrivateKeyInvalid,
        "exponent .*65537",
    ),
    "damaged": (
        "EC_P256",
        lambda _: {"secret": private_key_of("EC_P256")[:-1] + bytes([private_key_of("EC_P256")[-1] ^ 1])},
        errors.PrivateKeyInvalid,
        "contradict each other",
    ),
}


def with_exponent_3() -> bytes:
    options = ("-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3")
    pem = openssl("genpkey", "-algorithm", "RSA", *options)
    return openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", sent=pem)


def material(encrypted: bytes) -> dict[str, bytes]:
    return {"encrypted_material": encrypted}


def private_key(encrypted: bytes) -> dict[str, bytes]:
    return {"encrypted_private_key": encrypted}


@pytest.mark.parametrize(("spec", "change", "error", "says"), REFUSED.values(), ids=REFUSED)
def test_a_refused_import_changes_nothing_and_says_why(
    caller: Caller, spec: str, change: Change, error: type[errors.KmsError], says: str
) -> None:
    key = external(caller, spec)
    ticket = give_ticket(key)
    changed = change(ticket.token)
    secret = changed.pop("secret", SECRET if spec in SIZES else private_key_of(spec))
    temporary_key = changed.pop("temporary_key", b"" if spec in SIZES else b"\x01" * 32)
    if spec in SIZES:
        sent = {"encrypted_material": encrypt_by_oaep(ticket.public_key, secret)}
    else:
        encrypted = encrypt_by_oaep(ticket.public_key, temporary_key)
        sent = {"encrypted_material": encrypted, "encrypted_private_key": wrap_by_aes(temporary_key, secret)}
    before = rows()

    with pytest.raises(error, match=says):
        operations.import_key_material(caller, key_id=key.pk, **{"token": ticket.token, **sent, **changed})

    assert rows() == before
    trace = Trace.objects.filter(name="importKeyMaterial").get()
    assert (trace.status, trace.error_code, trace.resource_id) == (400, error.code, str(key.pk))


def test_a_token_of_another_key_is_refused(caller: Caller) -> None:
    key, other = external(caller), external(caller, alias="other")
    ticket = give_ticket(other)
    encrypted = encrypt_by_oaep(ticket.public_key, SECRET)

    with pytest.raises(errors.ImportTokenOfAnotherKey):
        take(caller, key, token=ticket.token, encrypted_material=encrypted)
    forged = ticket.token[:1] + key.pk.bytes + ticket.token[17:]
    with pytest.raises(errors.ImportTokenInvalid):
        take(caller, key, token=forged, encrypted_material=encrypted)
    assert Key.objects.get(pk=key.pk).state == KeyState.PENDING_IMPORT


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_token_expires_after_24_hours_and_says_so_after_the_sweep_too(caller: Caller, is_swept: bool) -> None:
    key = external(caller)
    ticket = give_ticket(key, age=timedelta(hours=24))
    if is_swept:
        sweep_material()
        assert not ImportTicket.objects.exists()

    with pytest.raises(errors.ImportTokenExpired):
        take(caller, key, token=ticket.token, encrypted_material=encrypt_by_oaep(ticket.public_key, SECRET))


def test_a_token_can_not_be_given_a_longer_life(caller: Caller) -> None:
    key = external(caller)
    ticket = give_ticket(key, age=timedelta(hours=24))
    longer = ticket.token[:17] + int(in_seconds(3600).timestamp()).to_bytes(8, "big") + ticket.token[25:]

    with pytest.raises(errors.ImportTokenInvalid):
        take(caller, key, token=longer, encrypted_material=encrypt_by_oaep(ticket.public_key, SECRET))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bit=st.integers(0, TOKEN_BYTES * 8 - 1))
def test_any_flipped_bit_of_a_token_is_refused(caller: Caller, bit: int) -> None:
    key = Key.objects.filter(alias="orders").first() or external(caller)
    ticket = give_ticket(key)
    token = bytearray(ticket.token)
    token[bit // 8] ^= 1 << bit % 8

    with pytest.raises((errors.ImportTokenInvalid, errors.ImportTokenOfAnotherKey, errors.ImportTokenExpired)):
        operations.import_key_material(caller, key_id=key.pk, token=bytes(token), encrypted_material=bytes(256))


def test_a_token_of_a_neighbour_finds_no_key(caller: Caller, charlie: Person) -> None:
    key = external(caller)
    ticket = give_ticket(key)

    with pytest.raises(errors.KeyNotFound):
        operations.import_key_material(charlie.caller, key_id=key.pk, token=ticket.token, encrypted_material=bytes(256))


# Deleted, expired, and imported again


def test_the_very_same_material_comes_again_and_old_ciphertexts_open(caller: Caller) -> None:
    key = take(caller, external(caller))
    sealed = operations.encrypt_data(caller, key_id=key.pk, plaintext=b"secret").ciphertext

    deleted = operations.delete_imported_key_material(caller, key.pk)

    assert deleted.state == KeyState.PENDING_IMPORT
    assert KeyVersion.objects.get(key=key).wrapped_material is None
    with pytest.raises(errors.KeyPendingImport):
        operations.decrypt_data(caller, ciphertext=sealed)
    take(caller, key)
    assert operations.decrypt_data(caller, ciphertext=sealed).plaintext == b"secret"
    assert [one.name for one in Trace.objects.filter(name="deleteImportedKeyMaterial")] == ["deleteImportedKeyMaterial"]


@pytest.mark.parametrize("is_expired", [False, True])
@pytest.mark.parametrize("is_swept", [False, True])
def test_other_material_is_refused_ever_after(caller: Caller, is_expired: bool, is_swept: bool) -> None:
    key = take(caller, external(caller))
    if is_expired:
        expire(key)
    else:
        operations.delete_imported_key_material(caller, key.pk)
    if is_swept:
        sweep_material()
    give_ticket(key)
    before = rows()

    with pytest.raises(errors.MaterialDiffers):
        take(caller, key, SECRET[:-1] + b"\x00")

    assert [before[0], before[1]] == rows()[:2]
    assert take(caller, key).state == KeyState.ENABLED


def test_a_key_that_has_its_material_takes_none(caller: Caller) -> None:
    key = take(caller, external(caller))

    with pytest.raises(errors.KeyNotPendingImport):
        take(caller, key)


def test_a_deletion_that_is_cancelled_leaves_the_material_where_there_is_some(caller: Caller) -> None:
    key = take(caller, external(caller))

    operations.schedule_key_deletion(caller, key.pk, 7)
    assert operations.cancel_key_deletion(caller, key.pk).state == KeyState.DISABLED
    operations.delete_imported_key_material(caller, key.pk)
    operations.schedule_key_deletion(caller, key.pk, 7)
    assert operations.cancel_key_deletion(caller, key.pk).state == KeyState.PENDING_IMPORT


@pytest.mark.parametrize("is_swept", [False, True])
def test_material_that_expires_during_a_pending_deletion_is_gone_afterwards(caller: Caller, is_swept: bool) -> None:
    key = take(caller, external(caller), expires_at=in_seconds(3600))
    operations.schedule_key_deletion(caller, key.pk, 7)
    expire(key)
    if is_swept:
        assert sweep_material() == 1

    seen = operations.describe_key(caller, key.pk)
    assert (seen.key_state, seen.expiration_time) == ("4", "")
    assert operations.cancel_key_deletion(caller, key.pk).state == KeyState.PENDING_IMPORT


def test_an_expired_key_waits_for_import_for_every_reader_before_any_sweep(caller: Caller) -> None:
    key, kept = take(caller, external(caller), expires_at=in_seconds(3600)), operations.create_key(caller, alias="kept")
    works(caller, key)
    expire(key)

    def ids(state: int) -> list[str]:
        return [one.key_id for one in operations.list_key_details(caller, state=state, spec="ALL").keys]

    seen = operations.describe_key(caller, key.pk)
    assert (seen.key_state, seen.expiration_time) == ("5", "")
    assert (ids(5), ids(2), ids(3)) == ([str(key.pk)], [str(kept.pk)], [])
    assert operations.get_key(caller, key.pk).state == KeyState.PENDING_IMPORT
    assert [one.state for one in operations.list_keys(caller).keys] == [KeyState.ENABLED, KeyState.PENDING_IMPORT]
    assert [one.key_state for one in operations.list_key_details(caller, spec="ALL").keys] == ["2", "5"]
    assert list(Key.objects.in_state(KeyState.PENDING_IMPORT)) == [key]
    assert list(Key.objects.in_state(KeyState.ENABLED)) == [kept]
    for refused in (operations.disable_key, operations.enable_key, operations.delete_imported_key_material):
        with pytest.raises(errors.KmsError):
            refused(caller, key.pk)
    with pytest.raises(errors.KeyPendingImport):
        works(caller, key)


def test_a_key_works_until_its_material_expires(caller: Caller) -> None:
    expires_at = in_seconds(3600).replace(microsecond=0)
    key = take(caller, external(caller), expires_at=expires_at)

    works(caller, key)

    milliseconds = str(int(expires_at.timestamp()) * 1000)
    assert operations.describe_key(caller, key.pk).expiration_time == milliseconds
    assert operations.list_key_details(caller).keys[0].expiration_time == milliseconds
    assert sweep_material() == 0
    operations.disable_key(caller, key.pk)
    assert operations.describe_key(caller, key.pk).expiration_time == milliseconds


def test_the_sweep_destroys_material_that_expired(caller: Caller) -> None:
    key, kept = take(caller, external(caller)), take(caller, external(caller, alias="kept"))
    Key.objects.filter(pk=kept.pk).update(material_expires_at=in_seconds(60))
    expire(key)

    assert sweep_material() == 1

    row = Key.objects.filter(pk=key.pk).values().get()
    assert (row["state"], row["material_expires_at"]) == (KeyState.PENDING_IMPORT, None)
    assert KeyVersion.objects.get(key=key).wrapped_material is None
    assert KeyVersion.objects.get(key=kept).wrapped_material is not None
    trace = Trace.objects.get(name="expireKeyMaterial")
    assert (trace.user_name, trace.resource_id, trace.status) == ("server", str(key.pk), 200)
    assert sweep_material() == 0


def test_imported_material_may_expire_anew(caller: Caller) -> None:
    key = take(caller, external(caller), expires_at=in_seconds(3600))
    expire(key)

    take(caller, key)

    assert operations.describe_key(caller, key.pk).expiration_time == ""
    works(caller, key)


def test_a_deleted_key_takes_its_tickets_and_all_that_tells_of_its_material_with_it(caller: Caller) -> None:
    key, kept = take(caller, external(caller)), external(caller, alias="kept")
    give_ticket(kept)
    operations.schedule_key_deletion(caller, key.pk, 7)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now())

    sweep_deletions()

    assert [ticket.key_id for ticket in ImportTicket.objects.all()] == [kept.pk]
    version = KeyVersion.objects.get(key=key)
    assert (version.wrapped_material, version.public_key, version.wrapped_check_value) == (None, None, None)


def test_imported_private_keys_never_go_but_with_their_key(caller: Caller) -> None:
    key = external(caller, "EC_P256")
    made = operations.get_parameters_for_import(caller, key_id=key.pk, algorithm=OAEP)
    _secret, wrapped = material_for("EC_P256", made.public_key)
    sent = {"encrypted_material": wrapped.material, "encrypted_private_key": wrapped.private_key}
    take(caller, key, token=made.token, **sent)

    with pytest.raises(errors.PrivateKeyStays):
        operations.delete_imported_key_material(caller, key.pk)

    assert Key.objects.get(pk=key.pk).material_expires_at is None
    works(caller, key)


@pytest.mark.sqlite  # whose files are the server's own
@pytest.mark.django_db(transaction=True)
def test_deleted_material_is_gone_from_the_files(transactional_db: None) -> None:
    caller = owner("northwind").caller
    key = take(caller, external(caller))
    wrapped = bytes(KeyVersion.objects.get(key=key).wrapped_material or b"")
    database = Path(str(connection.settings_dict["NAME"]))
    files = [database, database.with_name(f"{database.name}-wal")]
    with sqlite3.connect(database) as plain:
        plain.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert any(wrapped in one.read_bytes() for one in files if one.exists())

    operations.delete_imported_key_material(caller, key.pk)

    assert not any(wrapped in one.read_bytes() for one in files if one.exists())


def test_a_user_without_the_right_gets_neither_parameters_nor_import(caller: Caller, bob: Person) -> None:
    key = external(caller)
    ticket = give_ticket(key)

    with pytest.raises(errors.NotPermitted, match="kms:cmk:getMaterial"):
        operations.get_parameters_for_import(bob.caller, key_id=key.pk, algorithm=OAEP)
    with pytest.raises(errors.NotPermitted, match="kms:cmk:importMaterial"):
        operations.import_key_material(bob.caller, key_id=key.pk, token=ticket.token, encrypted_material=bytes(256))
    with pytest.raises(errors.NotPermitted, match="kms:cmk:deleteMaterial"):
        operations.delete_imported_key_material(bob.caller, key.pk)
