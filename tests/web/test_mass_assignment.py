"""A form takes its own fields and no others: whatever else is posted along, rights, owners, kinds and states stay."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from console.models import (
    AccessKey,
    Account,
    Approval,
    CustomRole,
    EnterpriseProject,
    Project,
    Region,
    RoleAssignment,
    User,
)
from keys.models import Alias, DeletionProtection, Grant, Key, KeyVersion
from tests.support.estate import Estate
from tests.support.people import Person
from tests.support.wire import kms

Rows = dict[str, dict[Any, dict[str, Any]]]
Walk = Callable[..., Iterator[tuple[str, str, Client]]]
# The columns that forms of an account's own people change; all others of a row that is there stay as they are.
CHANGED: dict[type[Model], set[str]] = {
    Account: {"key_count", "last_key_number"},
    User: {"password", "is_active", "last_login", "recent_projects"},
    AccessKey: {"is_active", "last_used_at"},
    RoleAssignment: set(),
    CustomRole: {"name", "description", "actions", "updated_at"},
    Approval: {"state", "decided_by_id", "decided_at", "reason"},
    DeletionProtection: {"reason", "user_id", "at"},
    Region: set(),
    Project: {"description"},
    EnterpriseProject: {"name", "description", "is_enabled"},
    Key: {
        *("alias", "description", "enterprise_project_id", "state", "deletion_at", "pending_days", "updated_at"),
        *("rotation_interval", "rotates_at", "material_expires_at", "unused_since"),
    },
    KeyVersion: set(),
    Alias: {"key_id"},
    Grant: set(),
}
# What is posted with each form beside its own fields: the names of columns, as Django and the wire call them.
OWN = {
    "text": "changed",
    "name": "changed",
    "description": "changed",
    "login": "made",
    "alias": "alias/changed",
    "tag_key": "changed",
    "key": "",
    "understood": "on",
    "pending_days": "7",
    "confirmation": "DELETE",
    "role": "KMS User",
    "operations": "encrypt-data",
    "grantee_principal": "northwind/bob",
    "password": "a long enough passphrase",
    "plain_text": "x",
    "zone": "",
    "do": "period",
    "rotation_interval": "40",
    "to": "on",
}


def extra(estate: Estate, stranger: Person) -> dict[str, Any]:
    """Whatever a dishonest browser may add."""
    return {
        **dict.fromkeys(("is_superuser", "is_staff", "is_enterprise", "is_default", "is_main", "by_api"), "on"),
        **dict.fromkeys(("account", "account_id", "domain_id"), stranger.account.pk),
        **dict.fromkeys(("user", "user_id", "owner"), stranger.user.pk),
        **dict.fromkeys(("project_id", "place"), stranger.project.pk),
        **dict.fromkeys(("id", "pk", "number", "last_key_number", "key_count", "root_key_version"), "7"),
        "username": "southwind/northwind",
        "key_quota": "100000",
        "key_spec": "RSA_4096",
        "key_usage": "SIGN_VERIFY",
        "origin": "external",
        "state": "4",
        "eps_id": "0",
        "region_id": "la-north-2",
        "wrapped_secret": "x",
        "wrapped_material": "x",
        "creation_token": "x",
        "created_at": "2000-01-01",
        "date_joined": "2000-01-01",
    }


def fixed() -> Rows:
    """The fixed columns of all rows that there are."""
    return {
        model._meta.label: {
            row["pk"]: {name: value for name, value in row.items() if name not in changed}
            for row in model._default_manager.values("pk", *(one.attname for one in model._meta.concrete_fields))
        }
        for model, changed in CHANGED.items()
    }


def changes(before: Rows) -> list[tuple[str, str, Any, Any]]:
    """What has changed all the same in rows that are still there."""
    after = fixed()
    return [
        (label, name, value, now[name])
        for label, rows in before.items()
        for pk, one in rows.items()
        for now in [after[label].get(pk, one)]
        for name, value in one.items()
        if now[name] != value
    ]


@pytest.fixture
def before(estate: Estate, charlie: Person) -> Rows:
    return fixed()


def test_no_form_of_the_console_takes_more_than_its_fields(
    walk: Walk, estate: Estate, charlie: Person, before: Rows
) -> None:
    done = 0
    for _route, at, client in walk("console/"):
        if at.startswith("/console/"):
            done += client.post(at, extra(estate, charlie) | OWN).status_code in {200, 302}

    assert done >= 20  # so many forms did what they are for
    assert changes(before) == []
    made = User.objects.get(login="made")
    assert made.account_id == estate.person.account.pk
    assert not made.is_superuser | made.is_staff | made.is_owner
    assert not Key.objects.filter(project__account=charlie.account).exists()
    assert [one.login for one in User.objects.filter(account=charlie.account)] == ["southwind"]


def test_a_new_key_is_in_the_place_of_its_address(estate: Estate, charlie: Person) -> None:
    at = estate.address("console/<str:project_id>/kms/keys/create")
    fields = extra(estate, charlie) | {"alias": "new", "key_spec": "AES_256", "key_usage": "", "origin": "kms"}

    assert estate.person.client().post(at, fields).status_code == 302

    key = Key.objects.get(alias="new")
    assert (key.project_id, key.state, key.is_default) == (estate.person.project.pk, estate.key.state, False)


FORMS = {"user": {"is_active": "on"}, "account": {"key_quota": "20"}, "key": {"alias": "orders"}}


@pytest.mark.parametrize(("model", "changed"), FORMS.items(), ids=FORMS)
def test_no_form_of_the_administration_takes_more_than_its_fields(
    model: str, changed: dict[str, str], estate: Estate, administrator: Client, charlie: Person
) -> None:
    app = "keys" if model == "key" else "console"
    at = estate.address(f"admin/{app}/{model}/<path:object_id>/change/")
    page = administrator.get(at)
    formsets = {
        f"{one.formset.prefix}-{name}_FORMS": str(one.formset.initial_form_count())
        for one in page.context["inline_admin_formsets"]
        for name in ("TOTAL", "INITIAL")
    }
    kept = {"account_id": estate.person.account.pk, "username": "northwind/bob", "key_spec": "AES_256"}
    before = {one: value for one, value in row(estate, model).items() if one in {"password", "state", "id", *kept}}

    stolen = {"password": "stolen by a form", "name": "stolen"}
    administrator.post(at, extra(estate, charlie) | formsets | changed | stolen)

    after = row(estate, model)
    assert {one: after[one] for one in before} == before
    assert after.get("name") != "stolen"


def row(estate: Estate, model: str) -> dict[str, Any]:
    own = {"user": estate.colleague.user, "account": estate.person.account, "key": estate.key}[model]
    return type(own)._default_manager.filter(pk=own.pk).values()[0]


def test_no_call_takes_more_than_its_fields(estate: Estate, charlie: Person) -> None:
    more = extra(estate, charlie) | {"key_id": str(estate.key.pk), "default_key_flag": "1", "key_state": "4"}
    before = fixed()
    for verb in ("update-key-description", "update-key-alias", "enable-key-rotation", "disable-key", "enable-key"):
        assert kms(estate.person, verb, more | {"key_description": "x", "key_alias": "renamed"}).status == 200

    assert changes(before) == []
    made = kms(estate.person, "create-key", {"key_alias": "new"} | {"state": "4", "is_default": True, "project": "x"})
    key = Key.objects.get(pk=made.json["key_info"]["key_id"])
    assert (key.project_id, key.is_default, key.key_spec) == (estate.person.project.pk, False, "AES_256")
