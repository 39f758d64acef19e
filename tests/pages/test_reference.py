"""The reference of the API in the console: every call, with examples for the reader's own project."""

from console.api.openapi import operation_id
from console.api.routes import registered
from tests.support.people import Person


def test_every_call_has_a_place_of_its_own(alice: Person) -> None:
    page = alice.client().get(f"/console/{alice.project.pk}/api").content.decode()

    assert [one for one in registered() if f'id="{operation_id(one)}"' not in page] == []
    assert f"/v1.0/{alice.project.pk}/kms/encrypt-data" in page
    assert "EncryptDataRequest" in page


def test_a_neighbours_project_is_no_place_to_read_it(alice: Person, charlie: Person) -> None:
    assert alice.client().get(f"/console/{charlie.project.pk}/api").status_code == 404
