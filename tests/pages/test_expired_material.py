"""A key whose imported material expired is shown so before any sweep, in the console and in the administration."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.operations.accounts import create_account
from keys.models import Key
from tests.support.keyring import hold
from tests.support.people import Person


@pytest.fixture
def expired(alice: Person) -> Key:
    past = timezone.now() - timedelta(seconds=1)
    return hold(alice.project, "AES_256", origin="external", material_expires_at=past).key


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(create_account(None, name="admin", is_superuser=True).user)
    return client


def test_list_and_page_of_the_console_say_pending_import(alice: Person, expired: Key) -> None:
    hold(alice.project, "SM4", origin="external", material_expires_at=timezone.now() + timedelta(days=1))

    listed = alice.client().get(f"/console/{alice.project.pk}/kms/keys").content.decode()
    page = alice.client().get(f"/console/{alice.project.pk}/kms/keys/{expired.pk}").content.decode()

    assert listed.count('pending-import">Pending import<') == listed.count('enabled">Enabled<') == 1
    assert ">Pending import<" in page
    assert "No material yet" in page


@pytest.mark.parametrize(
    ("state", "aliases"), [("2", {"SM4"}), ("3", set()), ("5", {"AES_256"}), ("x", {"SM4", "AES_256"})]
)
def test_the_administration_finds_it_among_those_pending_import(
    administrator: Client, alice: Person, expired: Key, state: str, aliases: set[str]
) -> None:
    hold(alice.project, "SM4")

    page = administrator.get(f"/admin/keys/key/?state={state}").content.decode()

    assert {one for one in ("SM4", "AES_256") if f">{one}-ENCRYPT_DECRYPT<" in page} == aliases


def test_its_page_in_the_administration_opens_and_shows_no_material(administrator: Client, expired: Key) -> None:
    page = administrator.get(f"/admin/keys/key/{expired.pk}/change/").content.decode()

    assert "Pending import" in page
    assert "Material expires" in page
    assert "wrapped" not in page
