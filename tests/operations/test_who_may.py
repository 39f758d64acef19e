"""Who may use a key, and why: what is told is what a call is answered."""

from dataclasses import replace

import pytest

from console.access.caller import Caller
from console.models import User
from console.operations.enterprise import create_enterprise_project
from console.operations.roles import RoleWish
from console.operations.users import update_user
from keys import operations
from keys.errors import KeyNotFound, KmsError, NotPermitted
from keys.models import Key
from keys.operations.access import Access, Reason, who_may
from tests.support.people import Person, colleague


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def give(user: User, *roles: RoleWish) -> None:
    update_user(Caller.server(user.account), user, roles=list(roles))


def access_of(caller: Caller, key: Key, user: User) -> Access:
    return next(one for one in who_may(caller, key.pk).users if one.user == user)


def reasons(access: Access, operation: str) -> list[Reason]:
    return [one for reasons, operations in access.operations.items() if operation in operations for one in reasons]


def test_who_manages_the_account_may_everything(caller: Caller, alice: Person, key: Key) -> None:
    found = access_of(caller, key, alice.user)

    assert list(found.operations) == [(Reason(),)]
    assert {"encrypt-data", "disable-key", "describe-key"} <= {*found.operations[(Reason(),)]}


def test_a_user_without_role_and_grant_may_nothing(caller: Caller, bob: Person, key: Key) -> None:
    assert access_of(caller, key, bob.user).operations == {}


def test_a_role_and_a_grant_are_both_named(caller: Caller, bob: Person, key: Key) -> None:
    give(bob.user, RoleWish("KMS User"))
    operations.create_grant(caller, key.pk, grantee=bob.user.pk, operations=["decrypt-data"], name="readers")

    found = access_of(caller, key, bob.user)

    assert reasons(found, "encrypt-data") == [Reason(role="KMS User")]
    assert reasons(found, "decrypt-data") == [Reason(role="KMS User"), Reason(grant="readers")]
    assert reasons(found, "disable-key") == []


def test_a_role_is_told_with_the_place_that_it_is_held_for(caller: Caller, alice: Person, bob: Person) -> None:
    payments = create_enterprise_project(caller, name="payments")
    key = operations.create_key(caller, alias="paid", enterprise_project=payments.eps_id)
    give(bob.user, RoleWish("KMS User", alice.project), RoleWish("KMS CMKFullAccess", None, payments))

    found = reasons(access_of(caller, key, bob.user), "encrypt-data")

    assert {*found} == {
        Reason(role="KMS User", of_project=True),
        Reason(role="KMS CMKFullAccess", of_enterprise_project=True),
    }


def test_operations_that_the_key_is_not_for_are_left_out(caller: Caller, alice: Person, key: Key) -> None:
    assert reasons(access_of(caller, key, alice.user), "sign") == []
    assert reasons(access_of(caller, key, alice.user), "generate-mac") == []


def test_roles_elsewhere_give_nothing_here(caller: Caller, alice: Person, bob: Person, key: Key) -> None:
    payments = create_enterprise_project(caller, name="payments")
    elsewhere = next(one for one in alice.projects.values() if one != alice.project)
    give(bob.user, RoleWish("KMS User", elsewhere), RoleWish("KMS User", None, payments))

    assert access_of(caller, key, bob.user).operations == {}


def test_what_is_told_is_what_calls_are_answered(caller: Caller, alice: Person, bob: Person, key: Key) -> None:
    sealed = operations.encrypt_data(caller, key_id=key.pk, plaintext=b"x").ciphertext
    calls = {
        "encrypt-data": lambda who: operations.encrypt_data(who, key_id=key.pk, plaintext=b"x"),
        "decrypt-data": lambda who: operations.decrypt_data(who, ciphertext=sealed),
        "describe-key": lambda who: operations.describe_key(who, str(key.pk)),
        "list-grants": lambda who: operations.list_grants(who, key.pk),
        "update-key-description": lambda who: operations.update_description(who, key.pk, "new"),
    }
    for roles, granted in (
        ([], []),
        ([RoleWish("KMS CMKReadOnlyAccess")], ["decrypt-data"]),
        ([RoleWish("KMS User", alice.project)], []),
        ([], ["encrypt-data", "describe-key"]),
        ([RoleWish("KMS CMKFullAccess")], []),
    ):
        give(bob.user, *roles)
        for grant in operations.list_grants(caller, key.pk).grants:
            operations.revoke_grant(caller, key.pk, grant.pk)
        if granted:
            operations.create_grant(caller, key.pk, grantee=bob.user.pk, operations=granted)
        told = access_of(caller, key, bob.user)
        who = Caller.of_user(bob.user, alice.project, source_ip="", request_id="0" * 32)
        for name, call in calls.items():
            try:
                call(who)
                answered = True
            except KmsError:
                answered = False
            assert answered == bool(reasons(told, name)), (roles, granted, name)


def test_users_of_other_accounts_are_told_by_their_grants(caller: Caller, charlie: Person, key: Key) -> None:
    operations.create_grant(caller, key.pk, grantee=charlie.user.pk, operations=["sign", "decrypt-data"])

    found = who_may(caller, key.pk)

    assert [one.grantee_user for one in found.outside] == [charlie.user]
    assert charlie.user not in [one.user for one in found.users]


def test_users_of_other_accounts_stand_on_the_first_page_of_all_alone(
    caller: Caller, bob: Person, charlie: Person, key: Key
) -> None:
    operations.create_grant(caller, key.pk, grantee=charlie.user.pk, operations=["decrypt-data"])

    assert who_may(caller, key.pk, words="bob").outside == []
    assert who_may(caller, key.pk, after=who_may(caller, key.pk, size=1).after).outside == []


def test_users_are_searched_and_paged_by_their_names(caller: Caller, alice: Person, key: Key) -> None:
    for login in ("ana", "ben", "anabel"):
        colleague(alice, login)

    assert [one.user.login for one in who_may(caller, key.pk, words="an").users] == ["ana", "anabel"]
    first = who_may(caller, key.pk, size=2)
    assert [one.user.login for one in first.users] == ["ana", "anabel"]
    following = who_may(caller, key.pk, size=2, after=first.after)
    assert [one.user.login for one in following.users] == ["ben", alice.user.login]
    assert following.after == ""


def test_who_may_not_sign_in_is_left_out(caller: Caller, bob: Person, key: Key) -> None:
    update_user(Caller.server(bob.account), bob.user, is_active=False)

    assert bob.user not in [one.user for one in who_may(caller, key.pk).users]


def test_it_takes_as_many_queries_for_many_users(
    caller: Caller, alice: Person, key: Key, django_assert_max_num_queries
) -> None:
    for number in range(12):
        give(colleague(alice, f"user{number}").user, RoleWish("KMS User"))

    with django_assert_max_num_queries(6):
        assert len(who_may(caller, key.pk).users) == 13


def test_it_needs_the_right_to_read_grants(bob: Person, alice: Person, key: Key, neighbour: Caller) -> None:
    with pytest.raises(NotPermitted):
        who_may(replace(bob.caller, project=alice.project), key.pk)
    with pytest.raises(KeyNotFound):
        who_may(neighbour, key.pk)
