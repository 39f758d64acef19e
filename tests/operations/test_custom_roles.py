"""An account's own roles: made of the actions there are, held as the system's are, in force at the next request."""

import pytest

from console.access.actions import grantable
from console.access.caller import Caller
from console.access.permissions import ROLES
from console.access.principals import holder_of_access_key
from console.models import CustomRole, RoleAssignment, Trace, User
from console.operations import custom_roles
from console.operations.custom_roles import ActionsMissing, ActionUnknown, RoleInUse, create_role, delete_role
from console.operations.enterprise import create_enterprise_project
from console.operations.people import RoleHeld, give_role, take_role
from console.operations.roles import RoleUnknown, RoleWish
from console.operations.users import create_user, set_password, update_user
from keys import operations
from keys.api.absent import LISTS, REFUSED
from keys.calls import Call
from keys.errors import GrantExceedsOwn, NameTaken, NotFound, NotPermitted
from keys.models import Key
from keys.operations.access import Reason, who_may
from tests.support.people import Person, with_access_key
from tests.support.plans import statements
from tests.support.wire import kms

ROTATION = ["kms:cmk:get", "kms:cmk:rotate"]


@pytest.fixture
def rotators(caller: Caller) -> CustomRole:
    return create_role(caller, name="Rotators", actions=ROTATION)


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def of(person: Person) -> Caller:
    """Him with the rights that he has now."""
    return Caller.of_user(User.objects.get(pk=person.user.pk), person.project, source_ip="", request_id="0" * 32)


# What a role is made of


def test_every_action_of_the_service_can_be_chosen_but_what_only_the_cloud_has() -> None:
    absent = {one[1].action for one in LISTS} | {one[2].action for one in REFUSED}

    assert {call.action for call in Call} - absent == {one for one in grantable() if one.startswith("kms:")} - {
        "kms:trace:list"
    }


def test_each_action_has_the_class_of_its_calls() -> None:
    kinds = {call.action: call.kind.value for call in Call}

    assert {one.name: one.kind.value for one in grantable().values() if one.name in kinds} == {
        name: kind for name, kind in kinds.items() if name in grantable()
    }


@pytest.mark.parametrize(
    "action",
    [
        "server:accounts:update",
        "iam:users:update",
        "iam:credentials:create",
        "iam:roles:update",
        "iam:account:update",
        "x",
    ],
)
def test_what_hands_out_rights_can_not_be_chosen(caller: Caller, action: str) -> None:
    with pytest.raises(ActionUnknown, match=action):
        create_role(caller, name="Helpers", actions=["kms:cmk:list", action])
    assert not CustomRole.objects.exists()


def test_a_role_without_an_action_is_refused(caller: Caller) -> None:
    with pytest.raises(ActionsMissing):
        create_role(caller, name="Nobody", actions=[])


@pytest.mark.parametrize("name", ["", " Rotators", "a, b", "a\0", "x" * 65])
def test_a_name_that_cant_be_is_refused(caller: Caller, name: str) -> None:
    with pytest.raises(Exception, match=r"1 to 64|cannot be blank|NUL|at most 64"):
        create_role(caller, name=name, actions=ROTATION)


def test_a_name_is_given_once_whatever_its_case_and_never_a_system_roles(rotators: CustomRole, caller: Caller) -> None:
    for name in ("Rotators", "ROTATORS", "kms administrator", *ROLES):
        with pytest.raises(NameTaken):
            create_role(caller, name=name, actions=ROTATION)


def test_another_account_may_use_the_name(rotators: CustomRole, neighbour: Caller) -> None:
    assert create_role(neighbour, name="Rotators", actions=ROTATION).account == neighbour.account


def test_only_who_manages_the_account_makes_changes_and_deletes_roles(rotators: CustomRole, bob: Person) -> None:
    create_role(Caller.server(bob.account), name="Everything", actions=grantable())
    give_role(Caller.server(bob.account), bob.user, RoleWish("Everything"))

    for forbidden in (
        lambda: create_role(of(bob), name="Own", actions=ROTATION),
        lambda: custom_roles.update_role(of(bob), rotators, name="Own", description="", actions=ROTATION),
        lambda: delete_role(of(bob), rotators),
        lambda: give_role(of(bob), bob.user, RoleWish("KMS Administrator")),
        lambda: update_user(of(bob), bob.user, is_owner=True),
        lambda: create_user(of(bob), account=bob.account, login="puppet", is_owner=True),
        lambda: set_password(of(bob), User.objects.get(login="northwind"), "a long enough passphrase"),
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    assert custom_roles.list_roles(of(bob))


# What it gives


def test_its_holder_may_what_it_names_and_nothing_else(
    rotators: CustomRole, caller: Caller, bob: Person, key: Key
) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))

    operations.rotate_key(of(bob), key.pk)
    for forbidden in (
        lambda: operations.encrypt_data(of(bob), key_id=key.pk, plaintext=b"x"),
        lambda: operations.schedule_key_deletion(of(bob), key.pk, 7),
    ):
        with pytest.raises(NotPermitted):
            forbidden()


def test_it_is_held_in_a_project_or_for_an_enterprise_project_as_the_systems_are(
    rotators: CustomRole, caller: Caller, alice: Person, bob: Person, key: Key
) -> None:
    payments = create_enterprise_project(caller, name="payments")
    paid = operations.create_key(caller, alias="paid", enterprise_project=payments.eps_id)
    give_role(caller, bob.user, RoleWish("Rotators", alice.project, payments))

    operations.rotate_key(of(bob), paid.pk)
    with pytest.raises(NotPermitted):
        operations.rotate_key(of(bob), key.pk)
    elsewhere = next(one for one in alice.projects.values() if one != alice.project)
    assert not of(bob).at(elsewhere).may("kms:cmk:rotate")
    found = next(one for one in who_may(caller, paid.pk).users if one.user == bob.user)
    because = Reason(role="Rotators", of_project=True, of_enterprise_project=True)
    assert found.operations == {(because,): ["rotate-key", "describe-key"]}


def test_a_change_counts_for_the_next_call(rotators: CustomRole, caller: Caller, bob: Person, key: Key) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))
    program = with_access_key(bob)
    assert kms(program, "describe-key", {"key_id": str(key.pk)}).status == 200

    custom_roles.update_role(caller, rotators, name="Turners", description="", actions=["kms:cmk:rotate"])

    assert kms(program, "describe-key", {"key_id": str(key.pk)}).code == "KMS.0306"
    assert kms(program, "rotate-on-demand", {"key_id": str(key.pk)}).status == 200
    assert [one.name for one in RoleAssignment.objects.filter(user=bob.user)] == ["Turners"]
    trace = Trace.objects.get(name="updateRole")
    assert trace.detail == {"name": "Turners", "added": [], "removed": ["kms:cmk:get"]}


def test_who_calls_is_read_with_his_own_roles_in_one_statement(
    rotators: CustomRole, caller: Caller, bob: Person
) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))
    give_role(caller, bob.user, RoleWish("KMS CMKReadOnlyAccess"))
    program = with_access_key(bob)

    with statements() as asked:
        found = holder_of_access_key(program.ak, bob.project.pk)

    assert found is not None
    assert {right.role for right in found.rights} == {"Rotators", "KMS CMKReadOnlyAccess"}
    assert len(asked) == 1


def test_what_is_the_servers_is_given_by_no_role_whatever_the_database_says(
    rotators: CustomRole, caller: Caller, bob: Person
) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))
    CustomRole.objects.filter(pk=rotators.pk).update(actions=["server:accounts:update", "kms:cmk:get"])

    assert not of(bob).may("server:accounts:update")
    assert of(bob).may("kms:cmk:get")


def test_a_refusal_names_a_role_of_the_account_that_would_do(
    rotators: CustomRole, neighbour: Caller, bob: Person, key: Key
) -> None:
    create_role(neighbour, name="Foreign", actions=ROTATION)

    with pytest.raises(NotPermitted) as refusal:
        operations.rotate_key(of(bob), key.pk)

    assert "KMS CMKFullAccess, KMS Administrator, Rotators." in refusal.value.messages[0]
    assert "Foreign" not in refusal.value.messages[0]


def test_who_creates_grants_by_a_role_grants_what_he_may_himself(caller: Caller, bob: Person, key: Key) -> None:
    create_role(caller, name="Granters", actions=["kms:grant:create", "kms:cmk:sign", "kms:cmk:crypto"])
    give_role(caller, bob.user, RoleWish("Granters"))

    with pytest.raises(GrantExceedsOwn, match="decrypt-datakey"):
        operations.create_grant(of(bob), key.pk, grantee=bob.user.pk, operations=["encrypt-data", "decrypt-datakey"])
    operations.create_grant(of(bob), key.pk, grantee=bob.user.pk, operations=["encrypt-data", "retire-grant"])


# Giving, taking, deleting


def test_it_is_given_once_in_a_place_and_taken(rotators: CustomRole, caller: Caller, bob: Person) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))
    with pytest.raises(RoleHeld):
        give_role(caller, bob.user, RoleWish("Rotators"))

    taken = take_role(caller, bob.user, RoleAssignment.objects.get(user=bob.user).pk)

    assert taken.role == "Rotators"
    assert not of(bob).may("kms:cmk:rotate")


def test_a_neighbours_role_can_not_be_had(rotators: CustomRole, neighbour: Caller, charlie: Person) -> None:
    user, _password = create_user(neighbour, account=charlie.account, login="dora")

    with pytest.raises(RoleUnknown):
        give_role(neighbour, user, RoleWish("Rotators"))
    for forbidden in (
        lambda: custom_roles.get_role(neighbour, rotators.pk),
        lambda: custom_roles.update_role(neighbour, rotators, name="Mine", description="", actions=["kms:cmk:list"]),
        lambda: delete_role(neighbour, rotators),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert CustomRole.objects.get().actions == ROTATION
    assert custom_roles.list_roles(neighbour) == []


def test_a_role_that_somebody_holds_stays(rotators: CustomRole, caller: Caller, bob: Person) -> None:
    give_role(caller, bob.user, RoleWish("Rotators"))
    with pytest.raises(RoleInUse, match="bob"):
        delete_role(caller, rotators)

    update_user(caller, bob.user, roles=[])
    delete_role(caller, rotators)

    assert not CustomRole.objects.exists()
    with pytest.raises(RoleUnknown):
        give_role(caller, bob.user, RoleWish("Rotators"))
