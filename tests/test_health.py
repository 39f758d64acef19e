"""`/healthz` and `/readyz`."""

import base64

import pytest
from django.db import OperationalError

from console import protection
from console.models import Protection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_server_that_works_answers_anybody_with_200(client, address):
    response = client.get(address)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


def test_without_its_root_key_the_server_lives_but_is_not_ready(client, settings):
    settings.ROOT_KEY = base64.b64encode(bytes(32)).decode()
    protection.forget()

    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").content) == (503, b"not ready: root key\n")


def test_a_database_that_protects_nothing_is_not_ready(client):
    Protection.objects.all().delete()

    assert client.get("/readyz").status_code == 503


def test_without_a_database_the_server_lives_but_is_not_ready(client, monkeypatch):
    def refuse() -> bool:
        raise OperationalError("could not connect to kms.example.org")

    monkeypatch.setattr("console.views.health.is_ready", refuse)

    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").content) == (503, b"not ready: database\n")


def test_nothing_but_reading_is_possible(client):
    assert client.post("/healthz").status_code == 405
