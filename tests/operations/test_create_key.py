"""What creating a key promises, whoever asks by whichever door."""

from typing import Any

import pytest
from django.db import connection

from console.access.caller import Caller
from console.models import Account, EnterpriseProject, RoleAssignment, Trace
from console.protection import root_key
from keys import errors, operations
from keys.crypto.errors import CryptoError
from keys.crypto.material import unwrap_material
from keys.models import Key, KeyState
from keys.operations.tags import TagPair
from keys.specs import SPECS
from tests.support.people import Person


def create(caller: Caller, **wish: Any) -> Key:
    return operations.create_key(caller, **{"alias": "orders", **wish})


@pytest.mark.parametrize("spec", list(SPECS))
def test_a_key_of_every_spec_has_material_that_opens_under_the_root_key(caller: Caller, spec: str) -> None:
    key = create(caller, key_spec=spec)

    version = key.versions.get()
    material = unwrap_material(root_key(), bytes(version.wrapped_material or b""), str(key.pk), 1, spec)
    assert key.state == KeyState.ENABLED
    assert key.key_usage == SPECS[spec].default_usage
    assert material.public_key == (bytes(version.public_key) if version.public_key else None)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [(s.name, u) for s in SPECS.values() for u in ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC")],
)
def test_only_the_usages_of_the_table_are_possible(caller: Caller, spec: str, usage: str) -> None:
    if SPECS[spec].may(usage):
        assert create(caller, key_spec=spec, key_usage=usage).key_usage == usage
    else:
        with pytest.raises(errors.KeyUsageNotAllowed):
            create(caller, key_spec=spec, key_usage=usage)
        assert not Key.objects.exists()


def test_the_wrapped_material_opens_for_its_own_key_only(caller: Caller) -> None:
    key, other = create(caller), create(caller, alias="other")

    with pytest.raises(CryptoError):
        unwrap_material(root_key(), bytes(key.versions.get().wrapped_material or b""), str(other.pk), 1, "AES_256")


def test_an_external_key_waits_for_its_material(caller: Caller) -> None:
    key = create(caller, origin="external")

    assert key.state == KeyState.PENDING_IMPORT
    assert not key.versions.exists()


@pytest.mark.parametrize("alias", ["a", "A" * 255, "a/b:c_d-e", "KMS-1a2b", "default", "obs/defaults"])
def test_an_alias_may_have_letters_digits_and_four_marks(caller: Caller, alias: str) -> None:
    assert create(caller, alias=alias).alias == alias


@pytest.mark.parametrize(
    "alias", ["", "a" * 256, "a b", "a\n", "ä", "密钥", "a.b", "a\0", "\u212a", "a\uff11", " a", "a "]
)
def test_other_aliases_are_refused(caller: Caller, alias: str) -> None:
    with pytest.raises(errors.AliasInvalid):
        create(caller, alias=alias)


@pytest.mark.parametrize("alias", ["obs/default", "my/default", "/default"])
def test_aliases_of_default_keys_are_reserved(caller: Caller, alias: str) -> None:
    with pytest.raises(errors.AliasReserved):
        create(caller, alias=alias)


def test_a_taken_alias_names_the_key_that_has_it(caller: Caller) -> None:
    key = create(caller)

    with pytest.raises(errors.AliasTaken, match=str(key.pk)):
        create(caller)


def test_an_alias_held_by_a_key_pending_deletion_says_until_when(caller: Caller, settings: Any) -> None:
    from datetime import UTC, datetime

    key = create(caller)
    key.state, key.deletion_at = KeyState.PENDING_DELETION, datetime(2096, 11, 30, 12, tzinfo=UTC)
    key.save()

    with pytest.raises(errors.AliasHeld, match=r"until Nov 30, 2096"):
        create(caller)


def test_the_same_alias_is_free_in_another_project(alice: Person) -> None:
    create(alice.caller_in("eu-west-101"))

    assert create(alice.caller_in("la-north-2")).alias == "orders"


@pytest.mark.parametrize(("length", "fits"), [(255, True), (256, False)])
def test_a_description_has_up_to_255_characters(caller: Caller, length: int, fits: bool) -> None:
    if fits:
        assert create(caller, description="说" * length).description
    else:
        with pytest.raises(errors.DescriptionInvalid):
            create(caller, description="说" * length)


def test_an_unknown_spec_is_refused(caller: Caller) -> None:
    with pytest.raises(errors.KeySpecUnknown):
        create(caller, key_spec="AES_512")


def test_the_quota_counts_the_keys_of_all_regions(alice: Person) -> None:
    Account.objects.filter(pk=alice.account.pk).update(key_quota=2)
    alice.account.refresh_from_db()
    create(alice.caller_in("eu-west-101"))
    create(alice.caller_in("la-north-2"))

    with pytest.raises(errors.QuotaReached, match="2 of 2"):
        create(alice.caller_in("cn-north-4"))
    assert Key.objects.count() == Account.objects.get(pk=alice.account.pk).key_count == 2


def test_repeating_the_same_request_makes_one_key(caller: Caller) -> None:
    first = create(caller, token="t", tags=[TagPair("env", "prod")])

    assert create(caller, token="t", tags=[TagPair("env", "prod")]) == first
    assert Account.objects.get(pk=caller.account.pk).key_count == 1


def test_a_repetition_after_the_key_was_renamed_finds_it_still(caller: Caller) -> None:
    first = create(caller, token="t")
    operations.update_alias(caller, first.pk, "renamed")

    assert create(caller, token="t") == first


def test_the_same_token_with_another_wish_is_another_request(caller: Caller) -> None:
    create(caller, token="t")

    assert create(caller, token="t", alias="other").alias == "other"


def test_a_key_goes_to_the_default_enterprise_project_of_an_enterprise_account(caller: Caller) -> None:
    key = create(caller)

    assert key.enterprise_project is not None
    assert key.enterprise_project.eps_id == "0"


def test_a_disabled_or_foreign_enterprise_project_is_refused(caller: Caller, neighbour: Caller) -> None:
    disabled = EnterpriseProject.objects.create(account=caller.account, name="old", is_enabled=False)
    foreign = EnterpriseProject.objects.create(account=neighbour.account, name="theirs")

    for one in (disabled, foreign):
        with pytest.raises(errors.EnterpriseProjectUnknown):
            create(caller, enterprise_project=one.eps_id)


def test_a_user_without_the_permission_is_told_who_can_give_it(bob: Person) -> None:
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKReadOnlyAccess")

    with pytest.raises(errors.NotPermitted, match=r"kms:cmk:create.*KMS CMKFullAccess, KMS Administrator.*northwind"):
        create(bob.caller)
    assert not Key.objects.exists()


def test_a_role_holds_only_where_it_was_given(bob: Person) -> None:
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess", project=bob.project)

    assert create(bob.caller)
    with pytest.raises(errors.NotPermitted):
        create(bob.caller_in("eu-west-101"))


def test_a_role_within_an_enterprise_project_ends_there(bob: Person, caller: Caller) -> None:
    finance = EnterpriseProject.objects.create(account=caller.account, name="finance")
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess", enterprise_project=finance)
    hidden = create(caller)

    mine = create(bob.caller, alias="mine", enterprise_project=finance.eps_id)

    with pytest.raises(errors.NotPermitted):
        create(bob.caller, alias="other")
    assert [key.pk for key in operations.list_keys(bob.caller).keys] == [mine.pk]
    with pytest.raises(errors.NotPermitted, match=str(hidden.pk)):
        operations.get_key(bob.caller, hidden.pk)


def test_creation_and_refusal_are_traced(caller: Caller) -> None:
    key = create(caller)
    with pytest.raises(errors.AliasTaken):
        create(caller)

    made, refused = Trace.objects.filter(name="createKey").order_by("id")
    assert (made.status, made.resource_id, made.user_name) == (200, str(key.pk), "northwind/northwind")
    assert (refused.status, refused.error_code, refused.resource_id) == (400, "KMS.1104", "")


def test_spec_usage_and_origin_never_change(caller: Caller) -> None:
    key = create(caller)

    for field, value in (("key_spec", "SM4"), ("key_usage", "SIGN_VERIFY"), ("origin", "external")):
        again = Key.objects.get(pk=key.pk)
        setattr(again, field, value)
        with pytest.raises(errors.KeyUnchangeable):
            again.save()
        with pytest.raises(errors.KeyUnchangeable):
            Key.objects.filter(pk=key.pk).update(**{field: value})


def test_material_is_stored_wrapped_only(caller: Caller) -> None:
    key = create(caller)
    material = unwrap_material(root_key(), bytes(key.versions.get().wrapped_material or b""), str(key.pk), 1, "AES_256")
    secret: bytes = material._secret

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            assert not [row for row in cursor.fetchall() if any(secret in _bytes(value) for value in row)]


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
