"""What a browser remembers: shortcut keys, and the time zone in which times are shown; and how long a session lasts."""

import pytest
from django.test import Client

from keys import operations
from tests.support.people import Person


def keys_page(client: Client, person: Person) -> str:
    return client.get(f"/console/{person.project.pk}/kms/keys").content.decode()


def test_shortcut_keys_are_switched_off_and_on(alice: Person) -> None:
    client = alice.client()
    assert 'data-shortcuts="on"' in keys_page(client, alice)
    assert f'data-shortcut-g-t="/console/{alice.project.pk}/traces"' in keys_page(client, alice)

    client.post("/preferences", {"shortcuts": "off", "next": "/"})
    assert 'data-shortcuts="off"' in keys_page(client, alice)
    client.post("/preferences", {"shortcuts": "on", "next": "/"})
    assert 'data-shortcuts="on"' in keys_page(client, alice)


def test_a_time_zone_that_was_chosen_wins_over_the_browsers(alice: Person) -> None:
    operations.create_key(alice.caller, alias="orders")
    client, address = alice.client(), f"/console/{alice.project.pk}/time-zone"
    client.cookies["timezone"] = "America/Lima"
    assert "GMT-05:00" in keys_page(client, alice)

    client.post(address, {"zone": "Asia/Tokyo"})
    assert "GMT+09:00" in keys_page(client, alice)
    assert 'value="Asia/Tokyo"' in client.get(address).content.decode()
    client.post(address, {"zone": ""})
    assert "GMT-05:00" in keys_page(client, alice)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "<script>"])
def test_a_zone_that_there_is_not_is_refused(alice: Person, zone: str) -> None:
    client = alice.client()

    answer = client.post(f"/console/{alice.project.pk}/time-zone", {"zone": zone})

    assert answer.status_code == 422
    assert "There is no such time zone." in answer.content.decode()
    client.cookies["zone"] = zone
    assert client.get(f"/console/{alice.project.pk}/kms/keys").status_code == 200


def test_who_is_signed_out_has_no_time_left(client: Client) -> None:
    assert client.get("/session").status_code == 302
