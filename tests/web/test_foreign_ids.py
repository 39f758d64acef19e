"""An id of another account leads nowhere: in any place of any address, in any field of any form, in any call.

Whole projects and keys of a neighbour: tests/pages/test_neighbours.py, tests/api/test_neighbours.py."""

from typing import Any

import msgspec
import pytest

from console.api.routes import registered
from keys import operations
from tests.support.estate import Estate, addresses, filled
from tests.support.people import owner
from tests.support.wire import call, kms
from tests.web.conftest import everything

# Arguments that name nothing of an account: a choice among what the code has.
CHOICES = {"act", "flag", "name", "number"}
FIELDS = {"text": "stolen", "name": "stolen", "description": "stolen", "password": "stolen by a neighbour", "to": "on"}
NOBODYS = {
    "ak": "A" * 20,
    "eps_id": "00000000-0000-4000-8000-000000000000",
    "grant_id": "0" * 64,
    "identity_id": "0",
    "mount_id": "0",
    "key_id": "00000000-0000-4000-8000-000000000000",
    "other_id": "0" * 32,
    "passkey_id": "0",
    "request_id": "0" * 32,
    "role_id": "0",
    "token_id": "0" * 64,
    "user_id": "0" * 32,
}
PATHS = [(route, names) for route, names in addresses() if not route.startswith("admin/")]
PLACES = [(route, name) for route, names in PATHS for name in names if name in NOBODYS]
MARK = "of the neighbour"
"""What stands in every text of his."""
TRAIL = ("console.Trace", "console.TraceStream", "console.CallCount", "console.Session")
"""What a refusal leaves, in the account of who asked."""


@pytest.fixture
def neighbour(db: None) -> Estate:
    return Estate.of(owner("southwind", is_enterprise=True), MARK)


def test_every_argument_of_every_address_is_known() -> None:
    assert {name for _route, names in PATHS for name in names} == {"project_id"} | NOBODYS.keys() | CHOICES


def test_ones_own_ids_lead_somewhere(estate: Estate) -> None:
    client = estate.person.client()

    assert {client.get(estate.address(route)).status_code for route, _name in PLACES} <= {200, 302, 405}


def test_no_address_takes_a_neighbours_id(estate: Estate, neighbour: Estate) -> None:
    """It is answered as an id that nobody has."""
    client, theirs = estate.person.client(), neighbour.ids | {"other_id": neighbour.person.project.pk}
    client.get(f"/console/{estate.person.project.pk}/kms/keys")
    before, opened = everything(without=TRAIL), []

    for route, name in PLACES:
        own = estate.ids | estate.better_ids(route)
        at, nowhere = (filled(route, own | {name: one[name]}) for one in (theirs, NOBODYS))
        pairs = (client.get(at), client.get(nowhere)), (client.post(at, FIELDS), client.post(nowhere))
        for answer, expected in pairs:
            if answer.status_code != expected.status_code or answer.status_code < 400 or MARK in answer.text:
                opened.append((route, name, answer.status_code))

    assert opened == []
    assert everything(without=TRAIL) == before


KEYS, KEY = "console/<str:project_id>/kms/", "console/<str:project_id>/kms/keys/<uuid:key_id>/"
# Fields that name something: where it is posted, the field, what it names, and what else the form needs.
NAMED: list[tuple[str, str, str, dict[str, Any]]] = [
    (f"{KEYS}keys/create", "enterprise_project", "eps_id", {"alias": "new", "key_spec": "AES_256"}),
    (f"{KEYS}batch/disable", "key", "key_id", {"understood": "on"}),
    (f"{KEYS}batch/delete", "key", "key_id", {"pending_days": "7", "confirmation": "DELETE"}),
    (f"{KEYS}batch/move", "enterprise_project", "eps_id", {"key": "own"}),
    (f"{KEY}tool/re-encrypt", "destination_key_id", "key_id", {"cipher_text": "own"}),
    (f"{KEY}aliases", "alias", "alias", {"move": ""}),
    (f"{KEY}aliases/delete", "alias", "alias", {}),
    ("console/<str:project_id>/users/<str:user_id>", "project", "project", {"role": "KMS User"}),
    ("console/<str:project_id>/users/<str:user_id>", "enterprise_project", "eps_id", {"role": "KMS User"}),
    ("console/<str:project_id>/access-keys/csv", "ak", "ak", {"secret": "x"}),
    ("console/<str:project_id>/users/<str:user_id>/proof", "ak", "ak", {"secret": "x"}),
    (f"{KEYS}mounts/create", "key", "key_id", {"path": "another"}),
    (f"{KEYS}service-users/create", "key", "key_id", {"login": "another", "service": "obs", "lifetime": "0"}),
]


def test_no_form_takes_a_neighbours_id(estate: Estate, neighbour: Estate) -> None:
    operations.create_alias(neighbour.person.caller, neighbour.key.pk, "alias/theirs")
    client, alice = estate.person.client(), estate.person
    client.get(f"/console/{alice.project.pk}/kms/keys")
    sealed = kms(alice, "encrypt-data", {"key_id": str(estate.key.pk), "plain_text": "x"}).json["cipher_text"]
    own = {"key": str(estate.key.pk), "cipher_text": sealed}
    theirs = neighbour.ids | {"alias": "alias/theirs", "project": neighbour.person.project.pk}
    before, taken = everything(without=TRAIL), []

    for route, field, what, more in NAMED:
        fields = {name: own.get(name, value) for name, value in more.items()} | {field: theirs[what]}
        answer = client.post(estate.address(route), fields)
        if answer.status_code not in {200, 404, 422} or MARK in answer.text or everything(without=TRAIL) != before:
            taken.append((route, field, answer.status_code))

    assert taken == []


# The API

# Fields by which a call names something that belongs to somebody, and the test that tries a neighbour's.
BY_KEY = "tests/api/test_neighbours.py"
CALLS_NAME = {
    "key_id": BY_KEY,
    "source_key_id": BY_KEY,
    "destination_key_id": BY_KEY,
    "target_key_id": BY_KEY,
    "resource_id": "below",
    "grant_id": "below",
    "alias": "below",
    "aliases": "below",
    "enterprise_project_id": "below",
    "trace_id": "below",
    "access_key_id": "below",
    "project_id": "below",
    "user": "below",
}
# Whom a grant is for may be in any account: that is what grants are for.
ANYBODY = {"grantee_principal", "retiring_principal"}
NAMING = ("_id", "_principal", "alias", "aliases", "user")


def test_every_field_of_a_call_that_names_something_is_known() -> None:
    fields = {field.name for route in registered() for field in msgspec.structs.fields(route.request)}

    naming = {one for one in fields if one.endswith(NAMING)}
    assert naming == CALLS_NAME.keys() | ANYBODY | {"key_alias"}


def test_no_call_takes_a_neighbours_id(estate: Estate, neighbour: Estate) -> None:
    alice, theirs = estate.person, neighbour.ids
    operations.create_alias(neighbour.person.caller, neighbour.key.pk, "alias/theirs")
    own, eps = str(estate.key.pk), theirs["eps_id"]
    migrate = f"/v1.0/enterprise-projects/{eps}/resources-migrate"
    wish = {"project_id": alice.project.pk, "resource_type": "kms", "resource_id": own}
    own_migrate = f"/v1.0/enterprise-projects/{estate.enterprise_project.eps_id}/resources-migrate"
    before = everything(without=TRAIL)

    answers = {
        "revoke": kms(alice, "revoke-grant", {"key_id": own, "grant_id": theirs["grant_id"]}),
        "retire": kms(alice, "retire-grant", {"key_id": own, "grant_id": theirs["grant_id"]}),
        "associate": kms(alice, "alias/associate", {"alias": "alias/theirs", "target_key_id": own}),
        "alias": kms(alice, "describe-key", {"key_id": "alias/theirs"}),
        "create": kms(alice, "create-key", {"key_alias": "new", "enterprise_project_id": eps}),
        "move to": call(alice, "POST", migrate, wish),
        "move": call(alice, "POST", own_migrate, wish | {"resource_id": theirs["key_id"]}),
        "move from": call(alice, "POST", own_migrate, wish | {"project_id": theirs["project_id"]}),
    }

    assert {name: one.status // 100 for name, one in answers.items()} == dict.fromkeys(answers, 4)
    assert all(MARK.encode() not in one.body for one in answers.values())
    assert everything(without=TRAIL) == before


def test_no_search_finds_what_is_a_neighbours(estate: Estate, neighbour: Estate) -> None:
    alice, theirs = estate.person, neighbour.ids
    traces = f"/v3/{alice.project.pk}/traces?trace_type=system"
    wished = [
        kms(alice, "list-keys", {"key_spec": "ALL", "enterprise_project_id": theirs["eps_id"]}),
        call(alice, "GET", f"{traces}&resource_id={theirs['key_id']}"),
        call(alice, "GET", f"{traces}&user={neighbour.person.user.login}"),
        call(alice, "GET", f"{traces}&access_key_id={theirs['ak']}"),
        call(alice, "GET", "/v3/projects?name=southwind"),
        call(alice, "GET", "/v1.0/enterprise-projects"),
    ]

    for answer in wished:
        assert theirs["key_id"].encode() not in answer.body
        assert neighbour.person.account.pk.encode() not in answer.body
        assert MARK.encode() not in answer.body
    assert kms(alice, "aliases", method="GET").json.get("aliases", []) != []
