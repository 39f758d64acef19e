"""Projects and enterprise projects in the console: made, renamed, described, switched off, by whom it is permitted."""

import pytest

from console.models import EnterpriseProject, Project, Trace
from keys import operations
from tests.support.people import Person


def at(person: Person, address: str) -> str:
    return f"/console/{person.project.pk}/{address}"


def shown(person: Person, address: str) -> str:
    answer = person.client().get(at(person, address))
    assert answer.status_code == 200
    return answer.content.decode()


def test_projects_are_listed_with_their_keys(alice: Person, charlie: Person) -> None:
    operations.create_key(alice.caller, alias="orders")

    page = shown(alice, "projects")

    assert f'title="{alice.project.pk}"' in page
    assert '<td class="number">1</td>' in page
    assert charlie.project.pk not in page


@pytest.mark.parametrize("name", ["payments", "ap-southeast-3_payments"])
def test_a_project_is_made_in_a_region(alice: Person, name: str) -> None:
    fields = {"region": "ap-southeast-3", "name": name, "description": "<b>For</b> payments"}

    answer = alice.client().post(at(alice, "projects/create"), fields)

    assert answer.status_code == 302
    made = Project.objects.get(name="ap-southeast-3_payments", account=alice.account)
    assert made.description == "<b>For</b> payments"
    assert "&lt;b&gt;For&lt;/b&gt; payments" in shown(alice, "projects")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "two words"}, "Use letters, digits, _ and -"),
        ({"name": "taken"}, "is taken"),
        ({"name": "x", "region": "mars"}, "Select a valid choice"),
        ({"name": "x", "description": "d" * 256}, "at most 255"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(alice: Person, fields: dict[str, str], text: str) -> None:
    given = {"region": "ap-southeast-3", "description": ""}
    alice.client().post(at(alice, "projects/create"), {**given, "name": "taken"})

    answer = alice.client().post(at(alice, "projects/create"), {**given, **fields})

    assert answer.status_code == 422
    assert text in answer.content.decode()


def test_a_project_is_described(alice: Person) -> None:
    answer = alice.client().post(at(alice, f"projects/{alice.project.pk}"), {"description": "Main"})

    assert answer.status_code == 302
    assert Project.objects.get(pk=alice.project.pk).description == "Main"
    assert Trace.objects.filter(name="updateProject", status=200).exists()


def test_the_switcher_leads_to_the_projects(alice: Person) -> None:
    assert f'href="{at(alice, "projects")}">Manage projects' in shown(alice, "places")


def test_others_see_projects_and_are_told_who_may_make_them(alice: Person, bob: Person) -> None:
    client = bob.client()

    page = client.get(at(alice, "projects")).content.decode()

    assert "iam:projects:create" in page
    assert 'id="create-project" aria-disabled="true"' in page
    assert client.post(at(alice, "projects/create"), {"region": "ap-southeast-3", "name": "x"}).status_code == 403
    assert client.post(at(alice, f"projects/{alice.project.pk}"), {"description": "x"}).status_code == 403


def test_a_neighbours_projects_are_not_found(alice: Person, charlie: Person) -> None:
    client = charlie.client()
    group = EnterpriseProject.objects.filter(account=alice.account).first()
    assert group is not None

    assert client.post(at(charlie, f"projects/{alice.project.pk}"), {"description": "x"}).status_code == 404
    assert client.post(at(charlie, f"enterprise-projects/{group.eps_id}"), {"name": "x"}).status_code == 404


def test_an_enterprise_project_is_made_renamed_and_switched_off(alice: Person) -> None:
    client = alice.client()
    client.post(at(alice, "enterprise-projects/create"), {"name": "{{ 7 }} <i>", "description": "For payments"})
    made = EnterpriseProject.objects.get(name="{{ 7 }} <i>")
    assert "{{ 7 }} &lt;i&gt;" in shown(alice, "enterprise-projects")

    client.post(at(alice, f"enterprise-projects/{made.eps_id}"), {"name": "shop", "description": ""})

    made.refresh_from_db()
    assert (made.name, made.description, made.is_enabled) == ("shop", "", False)
    assert ">shop</option>" not in alice.client().get(at(alice, "kms/keys/create")).content.decode()


@pytest.mark.parametrize(
    ("name", "text"), [("", "Enter a name."), (" x", "printable characters"), ("default", "taken")]
)
def test_a_wrong_name_of_an_enterprise_project_is_told(alice: Person, name: str, text: str) -> None:
    answer = alice.client().post(at(alice, "enterprise-projects/create"), {"name": name, "description": ""})

    assert answer.status_code == 422
    assert text in answer.content.decode()


def test_the_default_one_keeps_its_name(alice: Person) -> None:
    answer = alice.client().post(at(alice, "enterprise-projects/0"), {"name": "other", "is_enabled": "true"})

    assert answer.status_code == 422
    assert "keeps its name" in answer.content.decode()


def test_an_account_without_them_is_told_how_to_get_some(charlie: Person) -> None:
    page = shown(charlie, "enterprise-projects")

    assert "This is no enterprise account" in page
    assert 'aria-disabled="true"' in page
