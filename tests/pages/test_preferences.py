"""What a browser remembers: shortcut keys, and the time zone in which times are shown; and how long a session lasts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

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


def signed_in(person: Person) -> Client:
    client = Client()
    fields = {"account": person.account.name, "user": person.user.login, "password": person.password}
    assert client.post("/sign-in", fields).status_code == 302
    return client


def test_a_session_ends_when_it_was_to_end_whatever_it_remembers(alice: Person) -> None:
    client = signed_in(alice)
    session = client.session
    session.set_expiry(timezone.now() + timedelta(seconds=100))
    session["kept"] = {"path": "/", "fields": ""}
    session.save()

    keys_page(client, alice)

    assert 0 < client.get("/session").json()["left"] <= 100


def test_a_session_is_renewed_by_whoever_stays(alice: Person) -> None:
    client = signed_in(alice)
    assert client.get("/session").json()["left"] > 11 * 3600
    session = client.session
    session.set_expiry(timezone.now() + timedelta(seconds=100))
    session.save()

    assert client.post("/session").json()["left"] > 11 * 3600
    assert client.get("/session").json()["left"] > 11 * 3600


def test_who_is_signed_out_has_no_time_left(client: Client) -> None:
    assert client.get("/session").status_code == 302
