"""What can be undone is done at once, and the message offers to undo it: tags, aliases, an alias or a text changed."""

import re

import pytest
from django.test import Client

from keys import operations
from keys.models import Key
from keys.operations.tags import TagPair
from tests.support.people import Person

UNDO = re.compile(
    r'<form method="post" action="([^"]+)">((?:(?!<form).)*)<button class="link">Undo</button>', re.DOTALL
)


@pytest.fixture
def key(alice: Person) -> Key:
    made = operations.create_key(alice.caller, alias="orders", tags=[TagPair("env", "prod")])
    operations.create_alias(alice.caller, made.pk, "alias/orders")
    return made


def tags_of(key: Key) -> list[str]:
    return [str(one.tag) for one in key.tagged.order_by("id")]


def aliases_of(key: Key) -> list[str]:
    return [one.name for one in key.aliases.all()]


def undo(client: Client, page: str) -> None:
    """Press *Undo* in the message of a page, as a browser does."""
    found = UNDO.search(page)
    assert found is not None
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[2]))
    assert client.post(found[1], fields).status_code == 302


@pytest.mark.parametrize(
    ("address", "fields", "done", "state"),
    [
        ("tags/delete", {"tag_key": "env"}, [], tags_of),
        ("tags", {"tag_key": "env", "tag_value": "test"}, ["env=test"], tags_of),
        ("aliases/delete", {"alias": "alias/orders"}, [], aliases_of),
        ("alias", {"text": "invoices"}, "invoices", lambda key: Key.objects.get(pk=key.pk).alias),
        ("description", {"text": "new"}, "new", lambda key: Key.objects.get(pk=key.pk).description),
    ],
)
def test_it_is_as_before_after_undo(alice: Person, key: Key, address, fields, done, state) -> None:
    client, before = alice.client(), state(key)

    page = client.post(f"/console/{alice.project.pk}/kms/keys/{key.pk}/{address}", fields, follow=True)
    assert state(key) == done
    undo(client, page.content.decode())

    assert state(key) == before


def test_what_changed_nothing_offers_no_undo(alice: Person, key: Key) -> None:
    client = alice.client()
    for address, fields in (("tags", {"tag_key": "new", "tag_value": "x"}), ("alias", {"text": "orders"})):
        page = client.post(f"/console/{alice.project.pk}/kms/keys/{key.pk}/{address}", fields, follow=True)
        assert UNDO.search(page.content.decode()) is None
