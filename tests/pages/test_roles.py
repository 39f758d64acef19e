"""The pages of an account's own roles: made of actions, given on a user's page, deleted once nobody holds them."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from console.models import CustomRole, RoleAssignment
from console.operations.custom_roles import create_role
from console.operations.people import give_role
from console.operations.roles import RoleWish
from tests.support.people import Person

FIELDS: dict[str, Any] = {"name": "Rotators", "description": "Turn keys", "actions": ["kms:cmk:get", "kms:cmk:rotate"]}


@pytest.fixture
def role(alice: Person) -> CustomRole:
    return create_role(alice.caller, **FIELDS)


def at(person: Person, rest: str = "") -> str:
    return f"/console/{person.project.pk}/roles{rest}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def chosen(page: str) -> list[str]:
    return re.findall(r'name="actions" value="([^"]+)" checked', page)


def test_a_role_is_made_of_the_actions_that_were_chosen(alice: Person) -> None:
    client = alice.client()
    assert chosen(shown(client, at(alice, "/create"))) == []

    answer = client.post(at(alice, "/create"), FIELDS)

    assert answer.status_code == 302
    made = CustomRole.objects.get()
    assert (made.name, made.description, made.actions) == ("Rotators", "Turn keys", ["kms:cmk:get", "kms:cmk:rotate"])
    page = shown(client, at(alice))
    assert "Role “Rotators” created." in page
    assert "Turn keys" in page
    assert "KMS Administrator" in page


def test_all_of_a_group_is_chosen_without_a_script_and_nothing_is_lost(alice: Person) -> None:
    client = alice.client()
    fields = {"name": "Half done", "description": "", "actions": ["kms:cmk:get", "kms:cmk:rotate"]}

    answer = client.post(at(alice, "/create"), {**fields, "choose": "rotation"})
    page = html.unescape(answer.content.decode())

    assert answer.status_code == 200
    assert 'value="Half done"' in page
    rotation = [one for one in chosen(page) if "otat" in one]
    assert len(rotation) == 5
    assert "kms:cmk:get" in chosen(page)
    again = client.post(at(alice, "/create"), {**fields, "actions": rotation, "choose": "rotation"})
    assert chosen(again.content.decode()) == []
    assert not CustomRole.objects.exists()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "a, b"}, "Use 1 to 64"),
        ({"name": "kms user"}, "is taken"),
        ({"actions": []}, "Choose at least one."),
        ({"name": "", "actions": []}, "Choose at least one."),  # beside what is said of the name
        ({"actions": ["iam:users:update"]}, "can't be made of “iam:users:update”"),
    ],
)
def test_what_is_wrong_is_said_and_all_is_kept(alice: Person, change: dict[str, object], text: str) -> None:
    answer = alice.client().post(at(alice, "/create"), {**FIELDS, **change})
    page = html.unescape(answer.content.decode())

    assert answer.status_code == 422
    assert text in page
    assert "Turn keys" in page
    assert "actions" in change or chosen(page) == FIELDS["actions"]


def test_a_role_is_changed(alice: Person, role: CustomRole) -> None:
    client = alice.client()
    assert chosen(shown(client, at(alice, f"/{role.pk}"))) == FIELDS["actions"]

    answer = client.post(at(alice, f"/{role.pk}"), {**FIELDS, "name": "Turners", "actions": ["kms:cmk:rotate"]})

    assert answer.status_code == 302
    role.refresh_from_db()
    assert (role.name, role.actions) == ("Turners", ["kms:cmk:rotate"])


def test_it_is_given_and_taken_on_a_users_page_as_the_systems_are(alice: Person, bob: Person, role: CustomRole) -> None:
    client, address = alice.client(), f"/console/{alice.project.pk}/users/{bob.user.pk}"
    assert '<option value="Rotators"' in shown(client, address)

    client.post(address, {"role": "Rotators", "project": alice.project.pk, "enterprise_project": ""})

    held = RoleAssignment.objects.get(user=bob.user)
    assert (held.custom_role, held.project) == (role, alice.project)
    assert "<td>Rotators</td>" in shown(client, address)
    assert "<span>Rotators</span>" in shown(client, f"/console/{alice.project.pk}/users")
    assert "Rotators" in shown(client, f"{address}/roles/{held.pk}/take")
    client.post(f"{address}/roles/{held.pk}/take")
    assert not RoleAssignment.objects.exists()


def test_the_dialog_of_its_deletion_tells_who_holds_it(alice: Person, bob: Person, role: CustomRole) -> None:
    client = alice.client()
    give_role(alice.caller, bob.user, RoleWish("Rotators"))

    page = shown(client, at(alice, f"/{role.pk}/delete"))
    assert "held by: bob" in page
    assert "data-ok" not in page
    assert client.post(at(alice, f"/{role.pk}/delete")).status_code == 422

    RoleAssignment.objects.all().delete()
    assert client.post(at(alice, f"/{role.pk}/delete")).status_code == 302
    assert not CustomRole.objects.exists()


def test_who_may_only_look_is_told_what_is_missing(alice: Person, bob: Person, role: CustomRole) -> None:
    assert bob.client().get(at(alice)).status_code == 403
    create_role(alice.caller, name="Readers", actions=["iam:roles:list"])
    give_role(alice.caller, bob.user, RoleWish("Readers"))
    client = bob.client()

    assert "iam:roles:create" in shown(client, at(alice))
    page = shown(client, at(alice, f"/{role.pk}"))
    assert "iam:roles:update" in page
    assert ">Save<" not in page.replace('aria-hidden="true">Save<', "")
    assert client.get(at(alice, "/create")).status_code == 403
    assert client.post(at(alice, f"/{role.pk}"), {**FIELDS, "name": "Mine"}).status_code == 403
    assert client.post(at(alice, f"/{role.pk}/delete")).status_code == 403


def test_a_neighbours_role_is_not_found(charlie: Person, role: CustomRole) -> None:
    client = charlie.client()

    for rest in (f"/{role.pk}", f"/{role.pk}/delete"):
        assert client.get(at(charlie, rest)).status_code == 404
        assert client.post(at(charlie, rest), FIELDS).status_code == 404
    assert "Rotators" not in shown(client, at(charlie))
    assert CustomRole.objects.exists()
