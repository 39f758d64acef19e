"""Aliases: once in an account's region, moved between keys, gone with their key, and what they open."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console import sql
from console.access.caller import Caller
from console.models import Project, Trace
from keys import errors, operations
from keys.models import Alias, Key
from keys.operations.sweeping import sweep_deletions
from tests.support.people import Person, owner


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


@pytest.fixture
def other(caller: Caller) -> Key:
    return operations.create_key(caller, alias="payments")


def names(caller: Caller, **options: Any) -> list[str]:
    return [one.name for one in operations.list_aliases(caller, **options).aliases]


def fall_due(caller: Caller, key: Key) -> None:
    """The key's deletion falls due; no sweep was there yet."""
    operations.schedule_key_deletion(caller, key.pk, 7)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now() - timedelta(seconds=1))


# Names


@pytest.mark.parametrize(
    "name", ["alias/a", "alias/a:b/c_d-E9", "alias/alias/x", "alias/obs/default", "alias/" + "x" * 249]
)
def test_what_an_alias_may_be_called(caller: Caller, key: Key, name: str) -> None:
    made = operations.create_alias(caller, key.pk, name)

    assert (made.name, made.key_id) == (name, key.pk)
    assert operations.encrypt_data(caller, key_id=name, plaintext=b"x").key_id == key.pk


@pytest.mark.parametrize(
    "name", ["alias/", "orders", "Alias/x", "alias/a b", "alias/ü", "alias/x\n", "alias/" + "x" * 250, ""]
)
def test_what_an_alias_may_not_be_called(caller: Caller, key: Key, name: str) -> None:
    for refused in (
        lambda: operations.create_alias(caller, key.pk, name),
        lambda: operations.associate_alias(caller, name, key.pk),
        lambda: operations.delete_aliases(caller, key.pk, [name]),
    ):
        with pytest.raises(errors.AliasNameInvalid):
            refused()


def test_an_alias_is_once_in_an_accounts_region(alice: Person, charlie: Person, key: Key, other: Key) -> None:
    sub = Project.objects.create(account=alice.account, region_id=alice.project.region_id, name="ap-southeast-3_team")
    team = alice.caller.at(sub)
    in_team = operations.create_key(team, alias="orders")
    abroad = alice.caller_in("eu-west-101")
    operations.create_alias(alice.caller, key.pk, "alias/x")

    for caller, pk in ((alice.caller, key.pk), (alice.caller, other.pk), (team, in_team.pk)):
        with pytest.raises(errors.AliasNameTaken):
            operations.create_alias(caller, pk, "alias/x")
    operations.create_alias(abroad, operations.create_key(abroad, alias="orders").pk, "alias/x")
    operations.create_alias(charlie.caller, operations.create_key(charlie.caller, alias="orders").pk, "alias/x")

    assert Alias.objects.filter(name="alias/x").count() == 3
    assert operations.encrypt_data(alice.caller, key_id="alias/x", plaintext=b"x").key_id == key.pk


def test_a_key_has_at_most_50_aliases(caller: Caller, key: Key, other: Key) -> None:
    for number in range(50):
        operations.create_alias(caller, key.pk, f"alias/{number}")
    operations.create_alias(caller, other.pk, "alias/of-other")

    with pytest.raises(errors.TooManyAliases):
        operations.create_alias(caller, key.pk, "alias/50")
    with pytest.raises(errors.TooManyAliases):
        operations.associate_alias(caller, "alias/of-other", key.pk)
    operations.associate_alias(caller, "alias/7", key.pk)  # it is there already
    operations.associate_alias(caller, "alias/7", other.pk)
    operations.create_alias(caller, key.pk, "alias/50")

    assert (key.aliases.count(), other.aliases.count()) == (50, 2)


# Moving


def test_a_moved_alias_stands_for_the_other_key_at_once(caller: Caller, key: Key, other: Key) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    assert operations.describe_key(caller, "alias/x").key_alias == "orders"

    moved = operations.associate_alias(caller, "alias/x", other.pk)

    assert moved.key_id == other.pk
    assert moved.created_at < moved.updated_at
    assert operations.describe_key(caller, "alias/x").key_alias == "payments"
    assert operations.encrypt_data(caller, key_id="alias/x", plaintext=b"x").key_id == other.pk
    trace = Trace.objects.get(name="associateAlias")
    assert (trace.resource_id, trace.detail) == (str(other.pk), {"alias": "alias/x", "from": str(key.pk)})


def test_an_alias_can_be_saved_from_a_key_pending_deletion_and_not_given_to_one(
    caller: Caller, key: Key, other: Key
) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    operations.schedule_key_deletion(caller, key.pk, 7)

    operations.associate_alias(caller, "alias/x", other.pk)
    with pytest.raises(errors.KeyPendingDeletion):
        operations.associate_alias(caller, "alias/x", key.pk)


def test_an_alias_of_nobody_a_neighbour_or_another_project_cannot_be_moved(
    alice: Person, charlie: Person, key: Key
) -> None:
    abroad = alice.caller_in("eu-west-101")
    operations.create_alias(abroad, operations.create_key(abroad, alias="orders").pk, "alias/abroad")
    theirs = operations.create_key(charlie.caller, alias="theirs")
    operations.create_alias(charlie.caller, theirs.pk, "alias/theirs")

    for name in ("alias/nobody", "alias/theirs", "alias/abroad"):
        with pytest.raises(errors.AliasUnknown):
            operations.associate_alias(alice.caller, name, key.pk)
    assert theirs.aliases.count() == 1


def test_who_moves_an_alias_needs_the_permission_on_both_keys(alice: Person, bob: Person, key: Key, other: Key) -> None:
    from console.access.permissions import Right
    from console.models import EnterpriseProject

    ours = EnterpriseProject.objects.create(account=alice.account, eps_id="e" * 32, name="ours")
    Key.objects.filter(pk=other.pk).update(enterprise_project=ours)
    operations.create_alias(alice.caller, key.pk, "alias/x")
    limited = Caller(alice.account, bob.user, alice.project, (Right(frozenset({"kms:alias:associate"}), ours.pk),))

    with pytest.raises(errors.NotPermitted):
        operations.associate_alias(limited, "alias/x", other.pk)
    assert Alias.objects.get(name="alias/x").key_id == key.pk


# Deleting


def test_aliases_are_deleted_all_or_none(caller: Caller, key: Key, other: Key) -> None:
    for name in ("alias/a", "alias/b", "alias/c"):
        operations.create_alias(caller, key.pk, name)
    operations.create_alias(caller, other.pk, "alias/of-other")

    with pytest.raises(errors.AliasUnknown):
        operations.delete_aliases(caller, key.pk, ["alias/a", "alias/of-other"])
    with pytest.raises(errors.AliasListEmpty):
        operations.delete_aliases(caller, key.pk, [])
    operations.delete_aliases(caller, key.pk, ["alias/a", "alias/b", "alias/a"])

    assert names(caller) == ["alias/c", "alias/of-other"]
    with pytest.raises(errors.KeyNotFound):
        operations.encrypt_data(caller, key_id="alias/a", plaintext=b"x")


def test_aliases_are_gone_with_their_key_before_and_after_the_sweep(caller: Caller, key: Key, other: Key) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    operations.create_alias(caller, other.pk, "alias/y")
    fall_due(caller, key)

    def is_gone() -> None:
        assert names(caller) == ["alias/y"]
        with pytest.raises(errors.KeyNotFound):
            operations.describe_key(caller, "alias/x")
        with pytest.raises(errors.KeyNotFound):
            operations.encrypt_data(caller, key_id="alias/x", plaintext=b"x")
        with pytest.raises(errors.AliasUnknown):
            operations.associate_alias(caller, "alias/x", other.pk)

    is_gone()
    sweep_deletions()
    is_gone()
    assert list(Alias.objects.values_list("name", flat=True)) == ["alias/y"]


@pytest.mark.django_db(transaction=True)
def test_the_alias_of_a_due_key_is_free_before_any_sweep(transactional_db: None) -> None:
    caller = owner("northwind").caller
    key, other = (operations.create_key(caller, alias=alias) for alias in ("orders", "payments"))
    operations.create_alias(caller, key.pk, "alias/x")
    fall_due(caller, key)

    assert operations.create_alias(caller, other.pk, "alias/x").key_id == other.pk
    assert Key.objects.get(pk=key.pk).deleted_at is not None


# Listing


def test_a_list_goes_on_by_name_and_shows_one_key_or_the_whole_project(
    alice: Person, neighbour: Caller, key: Key, other: Key
) -> None:
    caller = alice.caller
    for number in range(5):
        operations.create_alias(caller, (key, other)[number % 2].pk, f"alias/{number}")
    theirs = operations.create_key(neighbour, alias="theirs")
    operations.create_alias(neighbour, theirs.pk, "alias/theirs")

    first = operations.list_aliases(caller, limit=2)
    operations.create_alias(caller, key.pk, "alias/00-meanwhile")
    second = operations.list_aliases(caller, limit=4, marker=first.next_marker)

    assert [one.name for one in (*first.aliases, *second.aliases)] == [f"alias/{number}" for number in range(5)]
    assert (first.next_marker, second.next_marker) == ("alias/1", "")
    assert names(caller, key_id=other.pk) == ["alias/1", "alias/3"]
    assert names(caller, key_id=key.pk, marker="alias/0") == ["alias/00-meanwhile", "alias/2", "alias/4"]
    assert names(alice.caller_in("eu-west-101")) == []
    with pytest.raises(errors.KeyNotFound):
        names(caller, key_id=theirs.pk)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"limit": 0}, errors.LimitInvalid),
        ({"limit": 2001}, errors.LimitInvalid),
        ({"marker": "x"}, errors.MarkerInvalid),
        ({"marker": "alias/\0"}, errors.MarkerInvalid),
    ],
)
def test_a_list_refuses_what_it_cannot_mean(caller: Caller, options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        operations.list_aliases(caller, **options)


# Standing for a key ID


def test_an_alias_or_its_urn_stands_for_a_key_id(caller: Caller, key: Key) -> None:
    urn = operations.create_alias(caller, key.pk, "alias/x").urn

    for name in ("alias/x", urn):
        sealed = operations.encrypt_data(caller, key_id=name, plaintext=b"secret")
        assert sealed.key_id == key.pk
        assert operations.decrypt_data(caller, key_id=name, ciphertext=sealed.ciphertext).plaintext == b"secret"
        assert operations.describe_key(caller, name).key_id == str(key.pk)
    assert urn == f"kms:ap-southeast-3:{caller.account.pk}:alias:alias/x"


def test_ciphertexts_of_every_version_open_by_the_alias(caller: Caller, key: Key, other: Key) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    old = operations.encrypt_data(caller, key_id="alias/x", plaintext=b"secret").ciphertext
    data_key = operations.create_datakey(caller, key_id="alias/x")
    operations.rotate_key(caller, key.pk)
    new = operations.encrypt_data(caller, key_id="alias/x", plaintext=b"secret").ciphertext
    elsewhere = operations.encrypt_data(caller, key_id=other.pk, plaintext=b"secret").ciphertext

    for sealed in (old, new):
        assert operations.decrypt_data(caller, key_id="alias/x", ciphertext=sealed).plaintext == b"secret"
        moved = operations.re_encrypt(
            caller, ciphertext=sealed, source_key_id="alias/x", destination_key_id="alias/x"
        ).ciphertext
        assert int.from_bytes(moved[18:22], "big") == 2
    opened = operations.decrypt_datakey(caller, key_id="alias/x", ciphertext=data_key.ciphertext)
    assert opened.plaintext == data_key.plaintext
    with pytest.raises(errors.CiphertextInvalid):
        operations.decrypt_data(caller, key_id="alias/x", ciphertext=elsewhere)


@pytest.mark.parametrize(
    ("key_id", "error"),
    [
        ("alias/nobody", errors.KeyNotFound),
        ("orders", errors.KeyIdInvalid),
        ("alias/", errors.KeyIdInvalid),
        ("alias/a b", errors.KeyIdInvalid),
        ("kms:x", errors.KeyIdInvalid),
        ("kms:ap-southeast-3:alias/x", errors.KeyNotFound),
        ("kms:ap-southeast-3:{}:key:alias/x", errors.KeyNotFound),
        ("kms:eu-west-101:{}:alias:alias/x", errors.KeyNotFound),
        ("kms:ap-southeast-3:0123456789abcdef0123456789abcdef:alias:alias/x", errors.KeyNotFound),
    ],
)
def test_what_names_no_key_here_is_refused(caller: Caller, key: Key, key_id: str, error: type[Exception]) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    key_id = key_id.format(caller.account.pk)

    for use in (operations.describe_key, lambda who, name: operations.encrypt_data(who, key_id=name, plaintext=b"x")):
        with pytest.raises(error):
            use(caller, key_id)


def test_only_calls_that_use_or_describe_a_key_take_aliases(caller: Caller, key: Key) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    managed: list[Callable[[], Any]] = [
        lambda: operations.disable_key(caller, "alias/x"),
        lambda: operations.schedule_key_deletion(caller, "alias/x", 7),
        lambda: operations.rotate_key(caller, "alias/x"),
        lambda: operations.create_alias(caller, "alias/x", "alias/y"),
        lambda: operations.list_tags(caller, "alias/x"),
    ]

    for manage in managed:
        with pytest.raises(errors.KeyIdInvalid):
            manage()


def test_a_neighbours_alias_opens_nothing(alice: Person, charlie: Person, key: Key) -> None:
    urn = operations.create_alias(alice.caller, key.pk, "alias/x").urn

    for caller in (charlie.caller, alice.caller_in("eu-west-101")):
        for name in ("alias/x", urn):
            with pytest.raises(errors.KeyNotFound):
                operations.encrypt_data(caller, key_id=name, plaintext=b"x")
            with pytest.raises(errors.KeyNotFound):
                operations.describe_key(caller, name)


def test_an_alias_is_read_with_its_key_in_one_statement(
    caller: Caller, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations.create_alias(caller, key.pk, "alias/x")
    read: list[str] = []
    rows = sql.Query.rows

    def noted(query: sql.Query, *given: Any) -> list[sql.Row]:
        read.append(query._text)
        return rows(query, *given)

    monkeypatch.setattr(sql.Query, "rows", noted)

    for name in (str(key.pk), "alias/x"):
        read.clear()
        with CaptureQueriesContext(connection) as by_the_orm:
            operations.encrypt_data(caller, key_id=name, plaintext=b"x")
        assert len(read) == 1
        assert not [one for one in by_the_orm.captured_queries if "keys_" in one["sql"]]
        read.clear()
        operations.describe_key(caller, name)
        assert len(read) == 1
