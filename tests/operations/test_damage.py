"""What the database holds and what does not open any more, and a database that can't be used, are told as such."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from console import protection, sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Protection, Trace
from console.serving import chores
from console.serving.refusals import sentence_of
from keys import errors, operations
from keys.models import ImportTicket, Key, KeyVersion
from tests.support.importing import encrypt_by_oaep, give_ticket

SECRET = bytes(range(32))


def test_the_key_and_version_whose_material_is_damaged_are_named(caller: Caller) -> None:
    key = operations.create_key(caller, alias="orders")
    other = operations.create_key(caller, alias="others")
    KeyVersion.objects.filter(key=key).update(wrapped_material=bytes(100))

    with pytest.raises(errors.MaterialDamaged, match=f"Version 1 of the key {key.pk} "):
        operations.encrypt_data(replace(caller, by_api=True), key_id=key.pk, plaintext=b"x")

    trace = Trace.objects.get(name="encryptData")
    assert (trace.status, trace.error_code, trace.resource_id) == (500, "KMS.0103", str(key.pk))
    assert operations.encrypt_data(caller, key_id=other.pk, plaintext=b"x")


def test_material_that_was_moved_to_another_key_is_damaged_too(caller: Caller) -> None:
    key, other = (operations.create_key(caller, alias=alias) for alias in ("orders", "others"))
    moved = KeyVersion.objects.get(key=other).wrapped_material
    KeyVersion.objects.filter(key=key).update(wrapped_material=moved)

    with pytest.raises(errors.MaterialDamaged):
        operations.encrypt_data(caller, key_id=key.pk, plaintext=b"x")


@pytest.mark.parametrize("column", ["wrapped_private_key", "wrapped_token"])
def test_an_import_whose_beginning_is_damaged_is_to_be_begun_anew(caller: Caller, column: str) -> None:
    key = operations.create_key(caller, alias="orders", origin="external")
    ticket = give_ticket(key)
    encrypted = encrypt_by_oaep(ticket.public_key, SECRET)
    ImportTicket.objects.filter(key=key).update(**{column: bytes(100)})

    with pytest.raises(errors.ImportDamaged):
        import_into(caller, key, encrypted, None)

    ticket = give_ticket(key)
    assert import_into(caller, key, encrypt_by_oaep(ticket.public_key, SECRET), ticket.token)


def test_a_damaged_check_value_names_its_key(caller: Caller) -> None:
    key = operations.create_key(caller, alias="orders", origin="external")
    ticket = give_ticket(key)
    encrypted = encrypt_by_oaep(ticket.public_key, SECRET)
    import_into(caller, key, encrypted, ticket.token)
    operations.delete_imported_key_material(caller, key.pk)
    KeyVersion.objects.filter(key=key).update(wrapped_check_value=bytes(100))

    with pytest.raises(errors.MaterialDamaged, match=str(key.pk)):
        import_into(caller, key, encrypted, ticket.token)


def import_into(caller: Caller, key: Key, encrypted: bytes, token: bytes | None) -> Key:
    return operations.import_key_material(caller, key_id=key.pk, token=token, encrypted_material=encrypted)


def test_a_damaged_key_of_the_trail_is_no_wrong_root_key(caller: Caller) -> None:
    Protection.objects.update(wrapped_trail_key=bytes(100))
    protection.forget()

    with pytest.raises(protection.TrailKeyDamaged, match="Restore the database from a backup"):
        protection.protect()
    assert not protection.is_ready()


def test_a_damaged_database_is_a_refusal_as_one_that_does_not_answer(caller: Caller) -> None:
    for error in (DatabaseError("database disk image is malformed"), OperationalError("database or disk is full")):
        with pytest.raises(errors.NotSaved), traced(caller, "describeKey"):
            raise error
        assert "restore it from a backup" in sentence_of(error) or "DATABASE_URL" in sentence_of(error)


@pytest.mark.postgresql
def test_damage_that_postgresql_finds_is_told_from_a_fault_of_the_program(caller: Caller) -> None:
    for state, is_damage in (("data_corrupted", True), ("internal_error", True), ("raise_exception", False)):
        statement = f"DO $$ BEGIN RAISE EXCEPTION 'found' USING ERRCODE = '{state}'; END $$"
        with pytest.raises(DatabaseError) as raised:
            run(statement)
        assert sql.is_unusable(raised.value) == is_damage


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_fault_of_the_program_is_none_of_the_database(caller: Caller) -> None:
    error = IntegrityError("UNIQUE constraint failed")

    with pytest.raises(IntegrityError), traced(caller, "describeKey"):
        raise error
    with pytest.raises(IntegrityError):
        sentence_of(error)


def test_a_chore_that_fails_whatever_way_keeps_none_of_the_others(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chores, "_chores", [fail, lambda: done.append("the other")])

    chores.do_chores()

    assert done == ["the other"]
