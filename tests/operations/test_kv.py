"""Mounts and their values: each version under a data key of its own, none dropped or made without being asked for."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from console.access.caller import Caller
from console.models import Trace
from keys import errors, operations
from keys.grantable import GRANTABLE
from keys.models import Key, KvMount, KvVersion, MountKind
from keys.operations import kv, mounts
from keys.operations.sweeping import sweep_deletions
from tests.support.people import Person

USES = ("create-datakey", "decrypt-datakey", "describe-key")


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="vault")


@pytest.fixture
def mount(caller: Caller, key: Key) -> KvMount:
    return operations.create_mount(caller, path="secret", key_id=key.pk)


def write(caller: Caller, content: bytes = b'{"a":1}', name: str = "app/db", cas: int | None = None) -> KvVersion:
    return operations.write_value(caller, path="secret", name=name, content=content, cas=cas)


def read(caller: Caller, version: int = 0, name: str = "app/db") -> bytes:
    return operations.read_value(caller, path="secret", name=name, version=version).content


# Mounts


def test_a_mount_belongs_to_a_project_and_names_its_key(caller: Caller, neighbour: Caller, key: Key) -> None:
    own = operations.create_mount(caller, path="mariadb/inst1", key_id="rds/default", kind=MountKind.DATABASE)
    other = operations.create_mount(caller, path="secret", key_id=key.pk)

    assert operations.list_mounts(caller) == [own, other]
    assert (own.default_key, own.key, other.default_key, other.key) == ("rds/default", None, "", key)
    assert operations.list_mounts(neighbour) == []
    assert Trace.objects.filter(name="createMount", status=200).count() == 2


@pytest.mark.parametrize(
    "path", ["", "/", "a/", "/a", "a//b", "transit", "sys/x", "a/data/b", "data", "x" * 121, "ä", "a b", "a/..", "a\0"]
)
def test_a_path_is_one_that_an_address_can_hold(caller: Caller, key: Key, path: str) -> None:
    with pytest.raises(errors.MountPathInvalid):
        operations.create_mount(caller, path=path, key_id=key.pk)


def test_a_path_is_taken_once_and_in_each_project_anew(caller: Caller, neighbour: Caller, mount: KvMount) -> None:
    with pytest.raises(errors.MountTaken):
        operations.create_mount(caller, path="secret", key_id="rds/default")
    assert operations.create_mount(neighbour, path="secret", key_id="rds/default").pk
    with pytest.raises(IntegrityError), transaction.atomic():
        KvMount.objects.create(project=mount.project, path="secret", default_key="rds/default")
    with pytest.raises(IntegrityError), transaction.atomic():
        KvMount.objects.create(project=mount.project, path="none")


def test_a_project_has_so_many_mounts(caller: Caller, mount: KvMount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "MOST_MOUNTS", 1)

    with pytest.raises(errors.TooManyMounts):
        operations.create_mount(caller, path="other", key_id="rds/default")


def test_a_mount_takes_no_key_that_wraps_no_data_keys_or_is_elsewhere(caller: Caller, neighbour: Caller) -> None:
    curve = operations.create_key(caller, alias="curve", key_spec="EC_P256")
    foreign = operations.create_key(neighbour, alias="foreign")
    operations.create_grant(neighbour, foreign.pk, grantee=caller.account.pk, grantee_type="domain", operations=USES)

    with pytest.raises(errors.KeyIsAsymmetric):
        operations.create_mount(caller, path="a", key_id=curve.pk)
    with pytest.raises((errors.NotGranted, errors.KeyNotFound)):
        operations.create_mount(caller, path="a", key_id=foreign.pk)


def test_a_mount_that_holds_values_stays_until_they_are_destroyed_or_the_key_is_gone(
    caller: Caller, key: Key, mount: KvMount
) -> None:
    write(caller)
    with pytest.raises(errors.MountHoldsValues):
        operations.delete_mount(caller, "secret")

    Key.objects.filter(pk=key.pk).update(state=4, deletion_at=timezone.now() - timedelta(seconds=1))
    sweep_deletions()
    with pytest.raises(errors.KeyNotFound):
        read(caller)
    operations.delete_mount(caller, "secret")

    assert not KvMount.objects.exists()
    assert not KvVersion.objects.exists()


# Values


def test_what_is_written_is_read_each_version_of_it(caller: Caller, mount: KvMount) -> None:
    first, second = write(caller), write(caller, b'{"a":2}')

    assert (first.version, second.version) == (1, 2)
    assert (read(caller), read(caller, 1), read(caller, 2)) == (b'{"a":2}', b'{"a":1}', b'{"a":2}')
    assert b'"a"' not in bytes(first.sealed) + bytes(first.sealed_key)
    assert bytes(first.sealed_key) != bytes(second.sealed_key)


def test_cas_writes_where_it_names_the_newest_version(caller: Caller, mount: KvMount) -> None:
    write(caller, cas=0)
    for wrong in (0, 2):
        with pytest.raises(errors.VersionsDiffer):
            write(caller, cas=wrong)

    assert write(caller, cas=1).version == 2


def test_reading_makes_nothing(caller: Caller, mount: KvMount) -> None:
    for name, version in (("app/db", 0), ("app/db", 5), ("a\0b", 0), ("", 0), ("x" * 300, 0)):
        with pytest.raises(errors.ValueNotFound):
            read(caller, version, name)
    with pytest.raises(errors.MountNotFound):
        operations.read_value(caller, path="sec\0ret", name="a")

    assert not KvVersion.objects.exists()


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "a\0", "a\n", "x" * 256])
def test_names_are_printable_and_have_no_empty_parts(caller: Caller, mount: KvMount, name: str) -> None:
    with pytest.raises(errors.ValueNameInvalid):
        write(caller, name=name)


def test_a_value_has_60_kib(caller: Caller, mount: KvMount) -> None:
    write(caller, b"x" * kv.LONGEST_VALUE)

    with pytest.raises(errors.ValueTooLong):
        write(caller, b"x" * (kv.LONGEST_VALUE + 1))


def test_no_version_is_dropped_by_itself(caller: Caller, mount: KvMount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kv, "MOST_VERSIONS", 2)
    write(caller)
    write(caller)
    with pytest.raises(errors.TooManyVersions):
        write(caller)

    operations.destroy_values(caller, path="secret", name="app/db", versions=[1])

    assert write(caller).version == 3
    monkeypatch.setattr(kv, "MOST_VALUES", 3)
    with pytest.raises(errors.TooManyValues):
        write(caller, name="other")


def test_deleted_is_taken_back_and_destroyed_is_not(caller: Caller, mount: KvMount) -> None:
    write(caller)
    write(caller)
    operations.delete_values(caller, path="secret", name="app/db")
    with pytest.raises(errors.ValueDeleted):
        read(caller)
    assert read(caller, 1)

    operations.undelete_values(caller, path="secret", name="app/db", versions=[2])
    assert read(caller)

    operations.destroy_values(caller, path="secret", name="app/db", versions=[2])
    operations.undelete_values(caller, path="secret", name="app/db", versions=[2])
    with pytest.raises(errors.ValueDestroyed):
        read(caller)
    newest, first = operations.list_versions(caller, path="secret", name="app/db")
    assert (newest.version, newest.is_destroyed, bytes(newest.sealed), bytes(newest.sealed_key)) == (2, True, b"", b"")
    assert (first.version, first.is_destroyed) == (1, False)

    operations.forget_value(caller, path="secret", name="app/db")
    with pytest.raises(errors.ValueNotFound):
        operations.list_versions(caller, path="secret", name="app/db")


def test_a_mount_lists_what_is_directly_below_a_prefix(caller: Caller, mount: KvMount) -> None:
    for name in ("app", "app/db", "app/Mail", "App/x", "zoo"):
        write(caller, name=name)

    assert operations.list_values(caller, path="secret") == ["App/", "app", "app/", "zoo"]
    assert operations.list_values(caller, path="secret", prefix="app/") == ["Mail", "db"]
    with pytest.raises(errors.ValueNotFound):
        operations.list_values(caller, path="secret", prefix="none/")
    found = operations.list_all_versions(caller, "secret")
    assert sorted(one.name for one in found) == ["App/x", "app", "app/Mail", "app/db", "zoo"]


def test_a_database_key_is_made_once_and_rotated(caller: Caller) -> None:
    operations.create_mount(caller, path="db", key_id="rds/default", kind=MountKind.DATABASE)
    with pytest.raises(errors.ValueNotFound):
        operations.rotate_database_key(caller, path="db", number=1)

    assert operations.create_database_key(caller, path="db", number=1).version == 1
    with pytest.raises(errors.VersionsDiffer):
        operations.create_database_key(caller, path="db", number=1)
    assert operations.rotate_database_key(caller, path="db", number=1).version == 2

    found = [operations.read_value(caller, path="db", name="1", version=one) for one in (1, 2)]
    made = [bytes.fromhex(msgspec.json.decode(one.content)["data"]) for one in found]
    assert [len(one) for one in made] == [32, 32]
    assert made[0] != made[1]


def test_a_value_in_the_place_of_another_does_not_open(caller: Caller, mount: KvMount) -> None:
    first, second = write(caller, name="first"), write(caller, name="second")
    KvVersion.objects.filter(pk=first.pk).update(sealed=second.sealed, sealed_key=second.sealed_key)

    with pytest.raises(errors.ValueDamaged):
        read(caller, name="first")

    KvVersion.objects.filter(pk=second.pk).update(version=2)
    with pytest.raises(errors.ValueDamaged):
        read(caller, name="second")


# The key decides


def test_what_the_keys_state_refuses_it_refuses_at_once(caller: Caller, key: Key, mount: KvMount) -> None:
    write(caller)
    operations.disable_key(caller, key.pk)

    for work in (read, write):
        with pytest.raises(errors.KeyDisabled):
            work(caller)
    operations.enable_key(caller, key.pk)
    assert read(caller)
    operations.rotate_key(caller, key.pk)
    write(caller)
    assert read(caller, 1) == read(caller, 2)


def test_grants_let_read_and_write_and_never_destroy(caller: Caller, bob: Person, key: Key, mount: KvMount) -> None:
    write(caller)
    nobody = replace(bob.caller, by_api=True)
    for work in (read, write):
        with pytest.raises((errors.NotPermitted, errors.NotGranted)):
            work(nobody)
    with pytest.raises(errors.NotPermitted):  # not that there is none
        read(nobody, name="none")
    with pytest.raises(errors.NotPermitted):
        operations.list_values(nobody, path="secret")

    operations.create_grant(caller, key.pk, grantee=bob.user.pk, operations=tuple(GRANTABLE))
    assert read(nobody)
    assert write(nobody).version == 2
    operations.delete_values(nobody, path="secret", name="app/db")
    for destroy in (
        lambda: operations.destroy_values(nobody, path="secret", name="app/db", versions=[1]),
        lambda: operations.forget_value(nobody, path="secret", name="app/db"),
        lambda: operations.delete_mount(nobody, "secret"),
        lambda: operations.create_mount(nobody, path="other", key_id=key.pk),
    ):
        with pytest.raises(errors.NotPermitted):
            destroy()


def test_a_neighbour_finds_nothing(caller: Caller, neighbour: Caller, mount: KvMount) -> None:
    write(caller)

    for work in (
        read,
        write,
        lambda who: operations.list_values(who, path="secret"),
        lambda who: operations.list_all_versions(who, "secret"),
        lambda who: operations.list_versions(who, path="secret", name="app/db"),
        lambda who: operations.delete_values(who, path="secret", name="app/db"),
        lambda who: operations.undelete_values(who, path="secret", name="app/db", versions=[1]),
        lambda who: operations.destroy_values(who, path="secret", name="app/db", versions=[1]),
        lambda who: operations.forget_value(who, path="secret", name="app/db"),
        lambda who: operations.rotate_database_key(who, path="secret", number=1),
        lambda who: operations.get_mount(who, "secret"),
        lambda who: operations.delete_mount(who, "secret"),
    ):
        with pytest.raises(errors.MountNotFound):
            work(neighbour)
    assert read(caller)


def test_the_trail_tells_of_each_with_the_key_and_never_of_the_value(caller: Caller, key: Key, mount: KvMount) -> None:
    by_api = replace(caller, by_api=True)
    write(by_api, b'{"password":"canary"}')
    read(by_api)
    with pytest.raises(errors.ValueNotFound):
        read(by_api, 9)
    operations.delete_values(by_api, path="secret", name="app/db")

    told = [
        (one.name, one.resource_id, one.status, one.detail.get("used_for", {}).get("name", one.detail.get("value")))
        for one in Trace.objects.filter(at__gte=mount.created_at).order_by("id")
        if one.name not in {"createMount", "createKey"}
    ]
    assert told == [
        ("createDataKey", str(key.pk), 200, "secret/app/db"),
        ("writeValue", str(key.pk), 200, "secret/app/db"),
        ("decryptDatakey", str(key.pk), 200, "secret/app/db"),
        ("decryptDatakey", str(key.pk), 404, "secret/app/db"),
        ("deleteValues", str(key.pk), 200, "secret/app/db"),
    ]
    assert not any("canary" in str(one.detail) for one in Trace.objects.all())
