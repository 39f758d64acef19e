"""The region and project switcher."""

import pytest

from console.models import Project, User
from keys import operations
from tests.support.people import Person


def menu(person: Person, **query: str) -> str:
    return person.client().get(f"/console/{person.project.pk}/places", query).content.decode()


def test_only_the_accounts_own_projects_show(alice: Person, charlie: Person) -> None:
    text = menu(alice)

    assert all(project.pk in text for project in alice.projects.values())
    assert not any(project.pk in text for project in charlie.projects.values())


def test_the_filter_finds_regions_and_projects(alice: Person) -> None:
    assert "eu-west-101" in menu(alice, q="dublin")
    assert "la-north-2" not in menu(alice, q="dublin")
    assert "No region or project matches “nowhere”." in menu(alice, q="nowhere")


def test_a_thousand_projects_stay_a_short_menu(alice: Person) -> None:
    region = alice.project.region
    Project.objects.bulk_create(
        Project(account=alice.account, region=region, name=f"{region.pk}_p{n}") for n in range(1000)
    )

    assert len(menu(alice)) < 60_000
    assert "ap-southeast-3_p777" in menu(alice, q="p777")


def test_the_same_page_is_kept_where_it_exists_in_the_other_project(alice: Person) -> None:
    other = alice.projects["eu-west-101"].pk

    assert f"/console/{other}/password" in menu(alice, at=f"/console/{alice.project.pk}/password")


def test_from_a_key_the_way_leads_to_the_list_with_a_note(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    other = alice.projects["eu-west-101"].pk
    address = f"/console/{other}/kms/keys?left=key"

    assert address in menu(alice, at=f"/console/{alice.project.pk}/kms/keys/{key.pk}")
    assert "The key you saw is not in eu-west-101" in alice.client().get(address).content.decode()


def test_recents_show_above_ten_projects_only(alice: Person) -> None:
    assert "Recent" not in menu(alice)

    region = alice.project.region
    Project.objects.bulk_create(
        Project(account=alice.account, region=region, name=f"{region.pk}_p{n}") for n in range(10)
    )
    alice.client().get(f"/console/{alice.projects['la-north-2'].pk}/kms/keys")
    assert "Recent" in menu(alice)


def test_signing_in_leads_to_where_one_was_last(alice: Person) -> None:
    client = alice.client()
    client.get(f"/console/{alice.projects['la-north-2'].pk}/kms/keys")

    assert client.get("/")["Location"] == f"/console/{alice.projects['la-north-2'].pk}/kms/keys"


@pytest.mark.parametrize("forged", ["0" * 32, "x", "a" * 500, "%00"])
def test_a_forged_project_is_not_found_and_changes_nothing(alice: Person, forged: str) -> None:
    before = User.objects.get(pk=alice.user.pk).recent_projects

    assert alice.client().get(f"/console/{forged}/kms/keys").status_code == 404
    assert User.objects.get(pk=alice.user.pk).recent_projects == before
