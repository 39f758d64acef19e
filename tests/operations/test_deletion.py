"""Deletion: a key that is due is gone for every reader at once, and its material is destroyed by the sweep."""

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from console.access.caller import Caller
from console.models import Account, Trace
from keys import errors, operations
from keys.models import Key, KeyVersion, TaggedKey
from keys.operations.sweeping import sweep_deletions
from keys.operations.tags import TagPair
from tests.support.people import owner


def due(caller: Caller, alias: str = "orders") -> Key:
    """A key whose deletion fell due this moment."""
    key = operations.create_key(caller, alias=alias, tags=[TagPair("env", "prod")])
    operations.schedule_key_deletion(caller, key.pk, 7)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now())
    return key


def test_the_sweep_destroys_material_and_frees_the_quota(caller: Caller) -> None:
    key = due(caller)
    kept = operations.create_key(caller, alias="kept")
    operations.schedule_key_deletion(caller, kept.pk, 7)

    assert sweep_deletions() == 1

    version = KeyVersion.objects.get(key=key)
    assert version.wrapped_material is None
    assert not TaggedKey.objects.filter(content_object=key).exists()
    assert Account.objects.get(pk=caller.account.pk).key_count == 1
    assert KeyVersion.objects.get(key=kept).wrapped_material is not None
    trace = Trace.objects.get(name="deleteKey")
    assert (trace.user_name, trace.resource_id, trace.status) == ("server", str(key.pk), 200)
    assert sweep_deletions() == 0


def test_a_due_key_cannot_be_kept_any_more(caller: Caller) -> None:
    key = due(caller)

    with pytest.raises(errors.KeyNotFound):
        operations.cancel_key_deletion(caller, key.pk)


def test_a_ciphertext_of_a_destroyed_key_stays_closed(caller: Caller) -> None:
    key = operations.create_key(caller, alias="orders")
    sealed = operations.encrypt_data(caller, key_id=key.pk, plaintext=b"secret").ciphertext
    operations.schedule_key_deletion(caller, key.pk, 7)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(errors.CiphertextInvalid):
        operations.decrypt_data(caller, ciphertext=sealed)
    sweep_deletions()
    with pytest.raises(errors.CiphertextInvalid):
        operations.decrypt_data(caller, ciphertext=sealed)


@pytest.mark.django_db(transaction=True)
def test_alias_and_quota_of_a_due_key_are_free_before_any_sweep(transactional_db: None) -> None:
    caller = owner("northwind").caller
    Account.objects.filter(pk=caller.account.pk).update(key_quota=1)
    first = due(caller)

    second = operations.create_key(caller, alias="orders")

    assert second.pk != first.pk
    assert Account.objects.get(pk=caller.account.pk).key_count == 1
    assert KeyVersion.objects.get(key=first).wrapped_material is None


@pytest.mark.sqlite  # whose files are the server's own
@pytest.mark.django_db(transaction=True)
def test_destroyed_material_is_gone_from_the_files(transactional_db: None) -> None:
    caller = owner("northwind").caller
    key = due(caller)
    wrapped = bytes(KeyVersion.objects.get(key=key).wrapped_material or b"")
    database = Path(str(connection.settings_dict["NAME"]))
    files = [database, database.with_name(f"{database.name}-wal")]
    with sqlite3.connect(database) as plain:
        plain.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert any(wrapped in one.read_bytes() for one in files if one.exists())

    sweep_deletions()

    assert settings.DATABASES["default"]["OPTIONS"]["init_command"].count("secure_delete=ON") == 1
    assert not any(wrapped in one.read_bytes() for one in files if one.exists())


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_long_reading_holds_up_nobody_and_the_next_sweep_empties_the_log(transactional_db: None) -> None:
    caller = owner("northwind").caller
    key = due(caller)
    wrapped = bytes(KeyVersion.objects.get(key=key).wrapped_material or b"")
    database = Path(str(connection.settings_dict["NAME"]))
    log = database.with_name(f"{database.name}-wal")
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM keys_key").fetchone()
        begun = time.monotonic()
        sweep_deletions()
        assert time.monotonic() - begun < 5
        assert log.stat().st_size

    sweep_deletions()

    assert not log.stat().st_size
    assert wrapped not in database.read_bytes()
