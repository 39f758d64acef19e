"""The page of one's access keys: a secret is shown in one answer and kept nowhere."""

import pytest
from django.test import Client

from console.access.last_uses import keep_last_uses, note_use
from console.models import AccessKey, Session, Trace
from console.sessions import SessionStore
from tests.support.people import Person


@pytest.fixture
def bobs(bob: Person) -> Client:
    return bob.client()


def address(person: Person, page: str = "") -> str:
    return f"/console/{person.project.pk}/access-keys{page}"


def secret_in(page: str) -> str:
    return page.partition('name="secret" value="')[2].partition('"')[0]


def test_the_secret_is_shown_once(bob: Person, bobs: Client) -> None:
    page = bobs.post(address(bob, "/create")).content.decode()

    access_key = AccessKey.objects.get(user=bob.user)
    secret = secret_in(page)
    assert len(secret) == 40
    assert access_key.ak in page
    again = bobs.get(address(bob)).content.decode()
    assert access_key.ak in again
    assert secret not in again
    assert all(secret not in str(SessionStore().decode(one.session_data)) for one in Session.objects.all())
    assert all(secret not in str(one.__dict__) for one in Trace.objects.all())


def test_it_is_downloaded_as_csv(bob: Person, bobs: Client) -> None:
    secret = secret_in(bobs.post(address(bob, "/create")).content.decode())
    ak = AccessKey.objects.get(user=bob.user).ak

    file = bobs.post(address(bob, "/csv"), {"ak": ak, "secret": secret})

    assert file["Content-Disposition"] == f'attachment; filename="{ak}.csv"'
    assert file.content.decode().splitlines()[1] == f"northwind/bob,{ak},{secret}"
    assert bobs.post(address(bob, "/csv"), {"ak": "ANOTHER", "secret": secret}).status_code == 404


def test_a_third_one_is_refused_and_not_offered(bob: Person, bobs: Client) -> None:
    for _ in range(2):
        bobs.post(address(bob, "/create"))

    refused = bobs.post(address(bob, "/create"))

    assert refused.status_code == 422
    assert secret_in(refused.content.decode()) == ""
    assert 'aria-describedby="why-create"' in bobs.get(address(bob)).content.decode()


def test_one_is_switched_off_and_on_and_deleted(bob: Person, bobs: Client) -> None:
    bobs.post(address(bob, "/create"))
    ak = AccessKey.objects.get(user=bob.user).ak

    kept = bobs.post(address(bob, f"/{ak}/delete"))
    assert kept.status_code == 422
    bobs.post(address(bob, f"/{ak}/switch"), {"to": "off"})
    assert not AccessKey.objects.get(pk=ak).is_active
    bobs.post(address(bob, f"/{ak}/switch"), {"to": "on"})
    assert AccessKey.objects.get(pk=ak).is_active
    bobs.post(address(bob, f"/{ak}/switch"), {"to": "off"})
    gone = bobs.post(address(bob, f"/{ak}/delete"), follow=True)

    assert f"Access key {ak} deleted." in gone.content.decode()
    assert not AccessKey.objects.filter(user=bob.user).exists()


@pytest.mark.parametrize("verb", ["switch", "delete"])
def test_anothers_is_not_found(alice: Person, bob: Person, charlie: Person, verb: str) -> None:
    ak = AccessKey.objects.get(user=alice.user).ak

    for stranger in (bob, charlie):
        assert stranger.client().post(address(stranger, f"/{ak}/{verb}"), {"to": "off"}).status_code == 404
    assert AccessKey.objects.get(pk=ak).is_active


def test_the_last_use_of_an_access_key_is_told(alice: Person) -> None:
    client, address = alice.client(), f"/console/{alice.project.pk}/access-keys"
    assert "Never" in client.get(address).content.decode()

    keep_last_uses()  # what other tests of this process noted
    note_use(AccessKey, alice.ak)
    note_use(AccessKey, "UNKNOWN")

    assert (keep_last_uses(), keep_last_uses()) == (2, 0)
    assert "just now" in client.get(address).content.decode()


def test_the_page_gives_what_proves_an_access_key(alice: Person) -> None:
    page = alice.client().get(f"/console/{alice.project.pk}/access-keys").content.decode()

    assert f"export KMS_AK={alice.ak}" in page
    assert f"export KMS_PROJECT_ID={alice.project.pk}" in page
    assert "list-keys" in page
