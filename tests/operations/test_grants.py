"""Grants: who may do what with whose key, until when, and what the trail of either account says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from console.access.caller import Caller
from console.models import CallCount, Project, Trace
from console.operations.enterprise import create_enterprise_project
from console.operations.roles import RoleWish
from console.operations.users import update_user
from keys import errors, operations
from keys.grantable import GRANTABLE
from keys.models import Grant, Key
from keys.operations.sweeping import sweep_deletions
from tests.support.keyring import hold_default
from tests.support.people import Person, colleague, owner

EVERYTHING = tuple(GRANTABLE)


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def grant(caller: Caller, key: Key, to: Person, *names: str, **more: Any) -> Grant:
    return operations.create_grant(caller, key.pk, grantee=to.user.pk, operations=names, **more)


def grant_account(caller: Caller, key: Key, to: Person, *names: str) -> Grant:
    return operations.create_grant(caller, key.pk, grantee=to.account.pk, grantee_type="domain", operations=names)


def encrypt(caller: Caller, key: Key) -> bytes:
    return operations.encrypt_data(caller, key_id=key.pk, plaintext=b"secret").ciphertext


def decrypt(caller: Caller, ciphertext: bytes) -> bytes:
    return operations.decrypt_data(caller, ciphertext=ciphertext).plaintext


def ids(grants: Sequence[Grant]) -> list[str]:
    return [one.pk for one in grants]


# Who is granted what


def test_without_a_grant_there_is_no_such_key_with_one_what_it_names_works(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    with pytest.raises(errors.KeyNotFound):
        encrypt(neighbour, key)

    grant(caller, key, charlie, "encrypt-data")

    assert decrypt(caller, encrypt(neighbour, key)) == b"secret"
    with pytest.raises(errors.NotGranted, match=str(key.pk)):
        decrypt(neighbour, encrypt(neighbour, key))
    with pytest.raises(errors.NotGranted):
        operations.describe_key(neighbour, key.pk)
    with pytest.raises(errors.NotGranted):
        operations.list_grants(neighbour, key.pk)


def test_all_of_a_users_grants_hold_together_his_accounts_too(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    grant(caller, key, charlie, "encrypt-data")
    first = grant(caller, key, charlie, "decrypt-data", "describe-key")
    grant_account(caller, key, charlie, "create-datakey")

    assert decrypt(neighbour, encrypt(neighbour, key)) == b"secret"
    assert operations.describe_key(neighbour, key.pk).key_alias == "orders"
    operations.create_datakey(neighbour, key_id=key.pk)

    operations.revoke_grant(caller, key.pk, first.pk)
    with pytest.raises(errors.NotGranted):
        operations.describe_key(neighbour, key.pk)
    operations.create_datakey(neighbour, key_id=key.pk)


def test_a_grant_to_an_account_is_for_each_of_its_users_and_one_to_a_user_for_him_alone(
    caller: Caller, charlie: Person, key: Key
) -> None:
    dora = colleague(charlie, "dora")
    grant(caller, key, charlie, "encrypt-data")

    with pytest.raises(errors.KeyNotFound):
        encrypt(dora.caller, key)
    grant_account(caller, key, charlie, "encrypt-data")
    encrypt(dora.caller, key)
    with pytest.raises(errors.KeyNotFound):
        encrypt(owner("westwind").caller, key)


def test_the_id_of_a_user_is_never_taken_for_an_accounts(caller: Caller, charlie: Person, key: Key) -> None:
    for grantee, of_type in ((charlie.account.pk, "user"), (charlie.user.pk, "domain"), ("nobody", "user")):
        with pytest.raises(errors.GranteeUnknown):
            operations.create_grant(caller, key.pk, grantee=grantee, grantee_type=of_type, operations=["encrypt-data"])
    with pytest.raises(errors.GranteeUnknown):
        grant(caller, key, charlie, "encrypt-data", retiring_user=charlie.account.pk)
    with pytest.raises(errors.GranteeTypeUnknown):
        operations.create_grant(
            caller, key.pk, grantee=charlie.user.pk, grantee_type="group", operations=["encrypt-data"]
        )
    assert not Grant.objects.exists()


def test_a_user_without_a_role_may_do_what_is_granted_in_his_own_account(caller: Caller, bob: Person, key: Key) -> None:
    grant(caller, key, bob, "encrypt-data", "describe-key")

    encrypt(bob.caller, key)
    assert operations.describe_key(bob.caller, key.pk).key_id == str(key.pk)
    assert operations.get_key(bob.caller, key.pk) == key
    with pytest.raises(errors.NotPermitted, match="kms:cmk:disable"):
        operations.disable_key(bob.caller, key.pk)
    with pytest.raises(errors.NotPermitted, match="kms:cmk:list"):
        operations.list_key_details(bob.caller)


def test_a_grant_adds_to_a_role_that_does_not_suffice(caller: Caller, bob: Person, key: Key) -> None:
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS CMKReadOnlyAccess")])
    operations.describe_key(bob.caller, key.pk)
    with pytest.raises(errors.NotPermitted):
        encrypt(bob.caller, key)

    grant(caller, key, bob, "encrypt-data")

    operations.describe_key(bob.caller, key.pk)
    encrypt(bob.caller, key)


def test_the_key_is_seen_from_every_project_of_its_region_and_from_no_other_region(
    alice: Person, charlie: Person, key: Key
) -> None:
    sub = Project.objects.create(
        account=charlie.account, region_id=charlie.project.region_id, name="ap-southeast-3_team"
    )
    grant(alice.caller, key, charlie, "encrypt-data", "describe-key")

    encrypt(charlie.caller, key)
    encrypt(charlie.caller.at(sub), key)
    for do in (encrypt, lambda caller, key: operations.describe_key(caller, key.pk)):
        with pytest.raises(errors.KeyNotFound):
            do(charlie.caller_in("eu-west-101"), key)


def test_roles_count_in_the_keys_own_project_alone(alice: Person, key: Key) -> None:
    sub = Project.objects.create(account=alice.account, region_id=alice.project.region_id, name="ap-southeast-3_team")
    grant_account(alice.caller, key, alice, "encrypt-data")

    from_team = alice.caller.at(sub)

    encrypt(from_team, key)
    with pytest.raises(errors.NotGranted):
        operations.disable_key(from_team, key.pk)


def test_the_key_is_seen_by_its_id_only(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    operations.create_alias(caller, key.pk, "alias/orders")
    grant(caller, key, charlie, *EVERYTHING)
    before = operations.show_quotas(neighbour)

    for name in ("alias/orders", f"kms:ap-southeast-3:{caller.account.pk}:alias:alias/orders"):
        with pytest.raises(errors.KeyNotFound):
            operations.encrypt_data(neighbour, key_id=name, plaintext=b"secret")
        with pytest.raises(errors.KeyNotFound):
            operations.describe_key(neighbour, name)
    assert operations.list_key_details(neighbour, spec="ALL").keys == []
    assert operations.list_keys(neighbour).keys == []
    assert operations.list_aliases(neighbour).aliases == []
    assert operations.count_keys(neighbour) == 0
    assert operations.show_quotas(neighbour) == before


def test_the_page_of_a_key_is_its_own_projects(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    grant(caller, key, charlie, *EVERYTHING)

    with pytest.raises(errors.KeyNotFound):
        operations.get_key(neighbour, key.pk)


def test_a_ciphertext_finds_the_granted_key_by_itself(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    sealed = encrypt(caller, key)
    with pytest.raises(errors.CiphertextInvalid):
        decrypt(neighbour, sealed)

    made = grant(caller, key, charlie, "decrypt-data")

    assert decrypt(neighbour, sealed) == b"secret"
    operations.rotate_key(caller, key.pk)
    assert decrypt(neighbour, sealed) == b"secret"
    operations.revoke_grant(caller, key.pk, made.pk)
    with pytest.raises(errors.CiphertextInvalid):
        decrypt(neighbour, sealed)


def test_data_keys_and_data_are_granted_apart(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    wrapped = operations.create_datakey(caller, key_id=key.pk)
    grant(caller, key, charlie, "decrypt-data")

    with pytest.raises(errors.CiphertextInvalid):
        decrypt(neighbour, wrapped.ciphertext)
    with pytest.raises(errors.NotGranted):
        operations.decrypt_datakey(neighbour, key_id=key.pk, ciphertext=wrapped.ciphertext)


def test_moving_a_ciphertext_between_keys_is_never_granted(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    own = operations.create_key(neighbour, alias="own")
    theirs, mine = encrypt(caller, key), encrypt(neighbour, own)
    grant(caller, key, charlie, *EVERYTHING)

    with pytest.raises(errors.NotGranted):
        operations.re_encrypt(neighbour, ciphertext=theirs, destination_key_id=own.pk)
    with pytest.raises(errors.NotGranted):
        operations.re_encrypt(neighbour, ciphertext=mine, destination_key_id=key.pk)


def test_a_keys_state_refuses_the_grantee_as_it_does_the_owner(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    grant(caller, key, charlie, "encrypt-data", "describe-key", "create-grant")
    operations.disable_key(caller, key.pk)

    with pytest.raises(errors.KeyDisabled):
        encrypt(neighbour, key)
    with pytest.raises(errors.KeyDisabled):
        grant(neighbour, key, charlie, "encrypt-data")
    assert operations.describe_key(neighbour, key.pk).key_state == "3"
    operations.enable_key(caller, key.pk)
    encrypt(neighbour, key)


def test_an_encryption_by_a_grantee_makes_the_version_that_is_due(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    grant(caller, key, charlie, "encrypt-data")
    Key.objects.filter(pk=key.pk).update(rotates_at=timezone.now())

    encrypt(neighbour, key)

    assert [one.number for one in key.versions.order_by("number")] == [1, 2]


def test_the_owners_calls_read_no_grants(caller: Caller, bob: Person, key: Key) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE keys_grant RENAME TO keys_nothing")

    decrypt(caller, encrypt(caller, key))
    operations.describe_key(caller, key.pk)
    operations.disable_key(caller, key.pk)


# What can be granted


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (["create-grant"], errors.GrantOfCreateGrantAlone),
        (["create-grant", "create-grant"], errors.GrantOfCreateGrantAlone),
        ([], errors.OperationUnknown),
        (["disable-key"], errors.OperationUnknown),
        (["encrypt-data", "re-encrypt"], errors.OperationUnknown),
        (["Encrypt-Data"], errors.OperationUnknown),
    ],
)
def test_what_can_not_be_granted_is_refused(
    caller: Caller, charlie: Person, key: Key, names: list[str], refusal: type[errors.KmsError]
) -> None:
    with pytest.raises(refusal):
        grant(caller, key, charlie, *names)

    assert not Grant.objects.exists()


@pytest.mark.parametrize("name", ["a b", "grün", "x" * 256, "a\n"])
def test_a_grants_name_has_the_characters_of_an_alias(caller: Caller, charlie: Person, key: Key, name: str) -> None:
    with pytest.raises(errors.GrantNameInvalid):
        grant(caller, key, charlie, "encrypt-data", name=name)
    assert grant(caller, key, charlie, "encrypt-data", name="a:b/c_d-E9").name == "a:b/c_d-E9"


def test_default_keys_are_never_granted(alice: Person, charlie: Person) -> None:
    default = hold_default(alice.project).key

    for named in (default.pk, default.alias):
        with pytest.raises(errors.KeyIsDefault):
            operations.create_grant(alice.caller, named, grantee=charlie.user.pk, operations=["create-datakey"])
    assert operations.list_grants(alice.caller, default.pk).grants == []


def test_a_grant_is_to_a_user_or_to_an_account(key: Key, charlie: Person) -> None:
    for grantees in ({}, {"grantee_user": charlie.user, "grantee_account": charlie.account}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(key=key, operations=["encrypt-data"], **grantees)


def test_a_key_has_100_grants(caller: Caller, charlie: Person, key: Key) -> None:
    Grant.objects.bulk_create(Grant(key=key, grantee_user=charlie.user, operations=["encrypt-data"]) for _ in range(99))
    last = grant(caller, key, charlie, "encrypt-data")

    with pytest.raises(errors.TooManyGrants):
        grant(caller, key, charlie, "encrypt-data")
    assert operations.show_quotas(caller)[2:] == (100, 100)
    operations.revoke_grant(caller, key.pk, last.pk)
    grant(caller, key, charlie, "encrypt-data")


def test_the_quota_shows_the_key_that_has_most_grants(
    caller: Caller, neighbour: Caller, charlie: Person, bob: Person, key: Key
) -> None:
    other = operations.create_key(caller, alias="payments")
    foreign = operations.create_key(neighbour, alias="foreign")
    assert operations.show_quotas(caller).grants_used == 0
    for on, number in ((key, 2), (other, 3)):
        for _ in range(number):
            grant(caller, on, charlie, "encrypt-data")
    for _ in range(4):
        grant(neighbour, foreign, bob, "encrypt-data")

    assert operations.show_quotas(caller).grants_used == 3
    Key.objects.filter(pk=other.pk).update(deletion_at=timezone.now())
    assert operations.show_quotas(caller).grants_used == 2


# Passing on


def test_a_grantee_passes_on_what_he_holds_himself(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    dora = owner("westwind")
    with pytest.raises(errors.KeyNotFound):
        grant(neighbour, key, dora, "encrypt-data")
    first = grant(caller, key, charlie, "encrypt-data", "describe-key")
    with pytest.raises(errors.NotGranted):
        grant(neighbour, key, dora, "encrypt-data")
    grant(caller, key, charlie, "create-grant", "decrypt-data")

    passed = grant(neighbour, key, dora, "encrypt-data", "decrypt-data")

    assert (passed.issuer, passed.key_id) == (charlie.user, key.pk)
    assert decrypt(dora.caller, encrypt(dora.caller, key)) == b"secret"
    with pytest.raises(errors.GrantExceedsOwn, match="sign"):
        grant(neighbour, key, dora, "encrypt-data", "sign")
    with pytest.raises(errors.NotGranted):
        grant(dora.caller, key, charlie, "encrypt-data")
    operations.revoke_grant(caller, key.pk, first.pk)
    with pytest.raises(errors.GrantExceedsOwn, match="encrypt-data"):
        grant(neighbour, key, dora, "encrypt-data")
    encrypt(dora.caller, key)  # what was passed on is the owner's to revoke
    assert passed.pk in ids(operations.list_grants(caller, key.pk).grants)


def test_whoever_may_create_grants_by_a_role_grants_anything_within_its_reach(
    alice: Person, bob: Person, charlie: Person
) -> None:
    payments = create_enterprise_project(alice.caller, name="payments")
    inside = operations.create_key(alice.caller, alias="inside", enterprise_project=payments.eps_id)
    outside = operations.create_key(alice.caller, alias="outside")
    roles = [RoleWish("KMS CMKFullAccess", enterprise_project=payments)]
    update_user(Caller.server(bob.account), bob.user, roles=roles)

    grant(bob.caller, inside, charlie, *EVERYTHING)
    with pytest.raises(errors.NotPermitted):
        grant(bob.caller, outside, charlie, "encrypt-data")
    grant(alice.caller, outside, bob, "create-grant", "encrypt-data")
    grant(bob.caller, outside, charlie, "encrypt-data")
    with pytest.raises(errors.GrantExceedsOwn):
        grant(bob.caller, outside, charlie, "decrypt-data")


# The end of a grant


def test_a_revoked_grant_ends_at_once(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    made = grant(caller, key, charlie, "encrypt-data")
    encrypt(neighbour, key)

    operations.revoke_grant(caller, key.pk, made.pk.upper())

    with pytest.raises(errors.KeyNotFound):
        encrypt(neighbour, key)
    with pytest.raises(errors.GrantIdInvalid):
        operations.revoke_grant(caller, key.pk, made.pk)


def test_the_grant_and_the_key_must_match(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    other = operations.create_key(caller, alias="payments")
    foreign = operations.create_key(neighbour, alias="foreign")
    of_other, of_foreign = grant(caller, other, charlie, "encrypt-data"), grant(neighbour, foreign, charlie, "sign")

    for end in (operations.revoke_grant, operations.retire_grant):
        with pytest.raises(errors.GrantOfAnotherKey):
            end(caller, key.pk, of_other.pk)
        with pytest.raises(errors.GrantIdInvalid):
            end(caller, key.pk, of_foreign.pk)
        for wrong in ("", "1", "ab" * 32, "x" * 64, f"{of_other.pk}\n"):
            with pytest.raises(errors.GrantIdInvalid):
                end(caller, key.pk, wrong)
    assert Grant.objects.count() == 2


def test_only_the_owners_side_revokes(caller: Caller, bob: Person, charlie: Person, key: Key) -> None:
    made = grant(caller, key, charlie, *EVERYTHING)

    with pytest.raises(errors.NotGranted):
        operations.revoke_grant(charlie.caller, key.pk, made.pk)
    with pytest.raises(errors.NotPermitted, match="kms:grant:revoke"):
        operations.revoke_grant(bob.caller, key.pk, made.pk)
    with pytest.raises(errors.KeyNotFound):
        operations.revoke_grant(owner("westwind").caller, key.pk, made.pk)
    assert Grant.objects.exists()


def test_the_grantee_the_retiring_user_the_issuer_and_the_owner_retire(
    alice: Person, caller: Caller, bob: Person, charlie: Person, key: Key
) -> None:
    dora = owner("westwind")

    def retires(person: Person, made: Grant) -> bool:
        operations.retire_grant(person.caller, key.pk, made.pk)
        return not Grant.objects.filter(pk=made.pk).exists()

    assert retires(charlie, grant(caller, key, charlie, "encrypt-data", "retire-grant"))
    assert retires(charlie, grant_account(caller, key, charlie, "encrypt-data", "retire-grant"))
    assert retires(dora, grant(caller, key, charlie, "encrypt-data", retiring_user=dora.user.pk))
    assert retires(bob, grant(caller, key, charlie, "encrypt-data", retiring_user=bob.user.pk))
    grant(caller, key, charlie, "create-grant", "encrypt-data")
    assert retires(charlie, grant(charlie.caller, key, dora, "encrypt-data"))
    assert retires(alice, grant(caller, key, charlie, "encrypt-data"))


def test_nobody_else_retires(caller: Caller, bob: Person, charlie: Person, key: Key) -> None:
    dora = owner("westwind")
    made = grant(caller, key, charlie, "encrypt-data", retiring_user=dora.user.pk)

    with pytest.raises(errors.NotGranted):  # the grantee without retire-grant
        operations.retire_grant(charlie.caller, key.pk, made.pk)
    with pytest.raises(errors.NotPermitted, match="kms:grant:retire"):
        operations.retire_grant(bob.caller, key.pk, made.pk)
    with pytest.raises(errors.KeyNotFound):
        operations.retire_grant(dora.caller_in("eu-west-101"), key.pk, made.pk)
    with pytest.raises(errors.KeyNotFound):
        operations.retire_grant(dora.caller, key.pk, "ab" * 32)
    grant(caller, key, dora, "encrypt-data", "retire-grant")
    grant(caller, key, bob, "encrypt-data", "retire-grant")
    with pytest.raises(errors.NotPermitted):  # a grantee with retire-grant ends his own grants, not another's
        operations.retire_grant(bob.caller, key.pk, made.pk)
    assert Grant.objects.filter(pk=made.pk).exists()


def test_grants_are_gone_with_their_key(caller: Caller, neighbour: Caller, charlie: Person, key: Key) -> None:
    made = grant(caller, key, charlie, *EVERYTHING, retiring_user=charlie.user.pk)
    operations.schedule_key_deletion(caller, key.pk, 7)
    with pytest.raises(errors.KeyPendingDeletion):
        encrypt(neighbour, key)
    Key.objects.filter(pk=key.pk).update(deletion_at=timezone.now() - timedelta(seconds=1))

    for do in (encrypt, lambda who, key: operations.retire_grant(who, key.pk, made.pk)):
        with pytest.raises(errors.KeyNotFound):
            do(neighbour, key)
    assert operations.list_retirable_grants(neighbour).grants == []
    assert sweep_deletions() == 1
    assert not Grant.objects.exists()


# Lists


def test_grants_are_listed_oldest_first_in_pages(caller: Caller, charlie: Person, key: Key) -> None:
    made = [grant(caller, key, charlie, "encrypt-data", name=f"g{number}").pk for number in range(5)]
    grant(caller, operations.create_key(caller, alias="payments"), charlie, "encrypt-data")

    first = operations.list_grants(caller, key.pk, limit=2)
    operations.revoke_grant(caller, key.pk, first.next_marker)
    second = operations.list_grants(caller, key.pk, limit=2, marker=first.next_marker)
    third = operations.list_grants(caller, key.pk, limit=2, marker=second.next_marker)

    assert [*ids(first.grants), *ids(second.grants), *ids(third.grants)] == made
    assert (first.total, third.total, third.next_marker) == (5, 4, "")
    for limit in (0, 2001):
        with pytest.raises(errors.LimitInvalid):
            operations.list_grants(caller, key.pk, limit=limit)
    with pytest.raises(errors.MarkerInvalid):
        operations.list_grants(caller, key.pk, marker="10")


def test_the_grants_one_may_retire_are_listed_across_accounts_of_his_region(
    alice: Person, bob: Person, charlie: Person, key: Key
) -> None:
    abroad = operations.create_key(alice.caller_in("eu-west-101"), alias="abroad")
    mine = grant(alice.caller, key, bob, "encrypt-data", retiring_user=charlie.user.pk)
    grant(alice.caller, key, charlie, "encrypt-data")
    far = grant(alice.caller_in("eu-west-101"), abroad, bob, "sign", retiring_user=charlie.user.pk)

    assert ids(operations.list_retirable_grants(charlie.caller).grants) == [mine.pk]
    assert ids(operations.list_retirable_grants(charlie.caller_in("eu-west-101")).grants) == [far.pk]
    for nobody in (alice.caller, Caller.server(alice.account, alice.project)):
        assert operations.list_retirable_grants(nobody).grants == []
    with pytest.raises(errors.NotPermitted):
        operations.list_retirable_grants(bob.caller)


# The trail


def test_a_grantees_use_is_traced_in_both_accounts_and_counted_for_him(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    made = grant(caller, key, charlie, "encrypt-data")
    (of_grant,) = Trace.objects.filter(name="createGrant")
    assert of_grant.detail == {"grant_id": made.pk, "grantee": charlie.user.pk, "operations": ["encrypt-data"]}
    by_api = replace(neighbour, by_api=True, request_id="1" * 32)

    encrypt(by_api, key)
    with pytest.raises(errors.NotGranted):
        operations.disable_key(by_api, key.pk)

    used, own, refused, seen_refused = Trace.objects.filter(request_id="1" * 32).order_by("sequence")
    for trace in (used, refused):
        assert (trace.account_id, trace.project_id) == (charlie.account.pk, charlie.project.pk)
        assert (trace.resource_id, trace.resource_name, trace.detail) == (str(key.pk), "", {})
    for trace in (own, seen_refused):
        assert (trace.account_id, trace.project_id) == (caller.account.pk, key.project_id)
        assert (trace.resource_id, trace.resource_name) == (str(key.pk), "orders")
        assert trace.detail == {"caller_account": charlie.account.pk}
        assert (trace.user_id, trace.user_name) == (charlie.user.pk, "southwind/southwind")
    assert [one.status for one in (used, own, refused, seen_refused)] == [200, 200, 403, 403]
    counted = CallCount.objects.values_list("account_id", "operation", "resource_id", "calls", "refused")
    assert sorted(counted) == [
        (charlie.account.pk, "disableKey", str(key.pk), 1, 1),
        (charlie.account.pk, "encryptData", str(key.pk), 1, 0),
    ]


def test_whoever_has_no_grant_leaves_no_trace_with_the_owner(caller: Caller, neighbour: Caller, key: Key) -> None:
    before = Trace.objects.filter(account_id=caller.account.pk).count()

    with pytest.raises(errors.KeyNotFound):
        encrypt(neighbour, key)

    assert Trace.objects.filter(account_id=caller.account.pk).count() == before


def test_in_one_account_one_trace_tells_it(alice: Person, bob: Person, key: Key) -> None:
    grant(alice.caller, key, bob, "encrypt-data")

    encrypt(bob.caller, key)

    (trace,) = Trace.objects.filter(name="encryptData")
    assert (trace.user_id, trace.resource_name, trace.detail) == (bob.user.pk, "orders", {})


def test_what_a_grantee_changes_is_traced_with_the_change_in_both_accounts(
    caller: Caller, neighbour: Caller, charlie: Person, key: Key
) -> None:
    made = grant(caller, key, charlie, "encrypt-data", "retire-grant")

    operations.retire_grant(neighbour, key.pk, made.pk)

    traces = Trace.objects.filter(name="retireGrant")
    assert {one.account_id: one.detail["grant_id"] for one in traces} == dict.fromkeys(
        [caller.account.pk, charlie.account.pk], made.pk
    )
