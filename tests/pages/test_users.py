"""Users and roles: who manages the account makes users, gives and takes roles, switches sign-in; nobody else."""

import re

import pytest
from django.test import Client

from console.models import RoleAssignment, Trace, User
from console.operations.enterprise import create_enterprise_project
from console.operations.people import give_role, list_users
from console.operations.roles import RoleWish
from tests.support.people import Person, colleague


def at(person: Person, address: str = "") -> str:
    return f"/console/{person.project.pk}/users{address}"


def shown(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_users_of_the_account_are_listed_with_their_roles(alice: Person, bob: Person, charlie: Person) -> None:
    give_role(alice.caller, bob.user, RoleWish("KMS User"))

    page = shown(alice.client(), at(alice))

    assert f">{bob.user.login}</a>" in page
    assert "KMS User" in page
    assert "Manages the account" in page
    assert charlie.user.login not in page
    assert "No user has these words" in shown(alice.client(), at(alice), words="zz")


def test_a_user_is_made_with_a_password_of_his_own(alice: Person) -> None:
    fields = {"login": "ana", "password": "a long enough passphrase"}

    answer = alice.client().post(at(alice, "/create"), fields)

    assert answer.status_code == 302
    assert User.objects.get(login="ana").check_password("a long enough passphrase")
    assert Trace.objects.filter(name="createUser", status=200, resource_name="northwind/ana").exists()


def test_a_password_that_was_made_is_shown_once(alice: Person) -> None:
    client = alice.client()

    answer = client.post(at(alice, "/create"), {"login": "ana", "password": ""})

    copied = re.findall(r'data-copy="([A-Za-z0-9]{24})"', answer.content.decode())
    assert len(copied) == 1
    assert User.objects.get(login="ana").check_password(copied[0])
    assert "no-store" in answer["Cache-Control"]
    assert copied[0] not in shown(client, at(alice))


def test_a_second_enter_does_not_close_what_is_shown_once(alice: Person) -> None:
    answer = alice.client().post(at(alice, "/create"), {"login": "ana", "password": ""}).content.decode()

    assert "I have kept it" in answer
    assert "autofocus" not in answer


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"login": ""}, "Enter a name."),
        ({"login": "two words"}, "Use 1 to 64"),
        ({"login": "northwind"}, "is taken"),
        ({"login": "ana", "password": "short"}, "too short"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(alice: Person, fields: dict[str, str], text: str) -> None:
    answer = alice.client().post(at(alice, "/create"), {"password": "", **fields})

    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert User.objects.count() == 1


def test_roles_are_given_and_taken_where_they_are_meant(alice: Person, bob: Person) -> None:
    payments = create_enterprise_project(alice.caller, name="payments")
    client, address = alice.client(), at(alice, f"/{bob.user.pk}")
    fields = {"role": "KMS User", "project": alice.project.pk, "enterprise_project": payments.eps_id}

    client.post(address, fields)
    client.post(address, {**fields, "project": "", "enterprise_project": ""})

    held = RoleAssignment.objects.filter(user=bob.user).order_by("id")
    assert [(one.role, one.project, one.enterprise_project) for one in held] == [
        ("KMS User", alice.project, payments),
        ("KMS User", None, None),
    ]
    assert "holds this role there already" in client.post(address, fields).content.decode()
    page = shown(client, address)
    assert "payments" in page
    assert "All projects" in page
    client.post(at(alice, f"/{bob.user.pk}/roles/{held[0].pk}/take"))
    assert list(RoleAssignment.objects.filter(user=bob.user).values_list("project", flat=True)) == [None]
    assert Trace.objects.filter(name="updateUser", status=200, resource_name="northwind/bob").count() == 3


@pytest.mark.parametrize(
    "fields",
    [{"role": "root"}, {"role": "KMS User", "project": "0" * 32}, {"role": "KMS User", "enterprise_project": "9"}],
)
def test_a_role_that_cant_be_is_refused(alice: Person, bob: Person, fields: dict[str, str]) -> None:
    answer = alice.client().post(at(alice, f"/{bob.user.pk}"), {"project": "", "enterprise_project": "", **fields})

    assert answer.status_code == 422
    assert not RoleAssignment.objects.filter(user=bob.user).exists()


def test_a_user_is_kept_from_signing_in_and_let_again(alice: Person, bob: Person) -> None:
    client, address = alice.client(), at(alice, f"/{bob.user.pk}/switch/is_active")
    assert "Keep bob from signing in" in shown(client, address)

    client.post(address, {"to": "off"})
    assert not User.objects.get(pk=bob.user.pk).is_active
    assert "Let bob sign in" in shown(client, address)
    client.post(address, {"to": "on"})
    assert User.objects.get(pk=bob.user.pk).is_active


def test_a_user_is_let_manage_the_account(alice: Person, bob: Person) -> None:
    alice.client().post(at(alice, f"/{bob.user.pk}/switch/is_owner"), {"to": "on"})

    assert User.objects.get(pk=bob.user.pk).is_owner
    assert shown(bob.client(), at(alice))


def test_nobody_shuts_himself_out(alice: Person) -> None:
    for flag in ("is_owner", "is_active"):
        answer = alice.client().post(at(alice, f"/{alice.user.pk}/switch/{flag}"), {"to": "off"})
        assert answer.status_code == 422
        assert "take rights from yourself" in answer.content.decode()
    assert User.objects.get(pk=alice.user.pk).is_owner


def test_a_new_password_ends_the_old_one(alice: Person, bob: Person) -> None:
    bobs = bob.client()

    answer = alice.client().post(at(alice, f"/{bob.user.pk}/password"), {"password": ""})

    (made,) = re.findall(r'data-copy="([A-Za-z0-9]{24})"', answer.content.decode())
    assert User.objects.get(pk=bob.user.pk).check_password(made)
    assert bobs.get(f"/console/{alice.project.pk}/kms/keys").status_code == 302
    refused = alice.client().post(at(alice, f"/{bob.user.pk}/password"), {"password": "short"})
    assert "too short" in refused.content.decode()


def test_other_users_are_told_who_may(alice: Person, bob: Person) -> None:
    client = bob.client()

    answer = client.get(at(alice))

    assert answer.status_code == 403
    assert "iam:users:list" in answer.content.decode()
    assert alice.user.login in answer.content.decode()
    assert client.post(at(alice, "/create"), {"login": "eve"}).status_code == 403
    assert client.post(at(alice, f"/{bob.user.pk}"), {"role": "KMS User"}).status_code == 403
    assert not User.objects.filter(login="eve").exists()


def test_a_neighbours_users_are_not_found(alice: Person, charlie: Person) -> None:
    client = charlie.client()
    for address in ("", "/password", "/switch/is_active", "/roles/1/take"):
        path = at(charlie, f"/{alice.user.pk}{address}")
        assert client.get(path).status_code == 404
        assert client.post(path, {"to": "off", "password": "a long enough passphrase"}).status_code == 404
    assert User.objects.get(pk=alice.user.pk).is_active
    assert User.objects.get(pk=alice.user.pk).check_password(alice.password)


def test_many_users_take_pages(alice: Person) -> None:
    for number in range(4):
        colleague(alice, f"user{number}")

    first, after = list_users(alice.caller, size=3)
    second, end = list_users(alice.caller, size=3, after=after)

    assert [one.login for one in first + second] == ["northwind", "user0", "user1", "user2", "user3"]
    assert end == ""
