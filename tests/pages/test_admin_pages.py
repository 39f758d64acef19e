"""The administration as a whole: who gets in, what its pages may contain, what they cost."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.models import (
    AccessKey,
    Account,
    Approval,
    CallCount,
    CustomRole,
    EnterpriseProject,
    Project,
    Region,
    Trace,
    User,
)
from console.operations.accounts import create_account
from console.operations.approvals import ask_for_approval
from console.operations.custom_roles import create_role
from console.operations.users import update_user
from keys.models import Key, KvMount, Tag
from keys.operations import (
    add_tags,
    create_alias,
    create_grant,
    create_key,
    create_mount,
    enable_key_rotation,
    rotate_key,
    write_value,
)
from keys.operations.tags import TagPair
from tests.support.people import Person

MODELS = [Account, User, AccessKey, CustomRole, Approval, Region, Project, EnterpriseProject, Key, Tag, KvMount, Trace]
ADDED = [Account, User, CustomRole, Region, Project, EnterpriseProject, Key]
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\s(style|on[a-z]+)=\"|javascript:|data:image"
)


@pytest.fixture
def administrator(db) -> Client:
    client = Client()
    client.force_login(create_account(None, name="admin", is_superuser=True).user)
    return client


@pytest.fixture
def rows(alice: Person) -> Person:
    """At least one row on every page."""
    key = create_key(alice.caller, alias="orders")
    add_tags(alice.caller, key.pk, [TagPair("team", "blue")])
    create_role(alice.caller, name="Readers", actions=["kms:cmk:list"])
    create_mount(alice.caller, path="secret", key_id=key.pk)
    write_value(alice.caller, path="secret", name="database", content=b"{}")
    ask_for_approval(alice.caller, "scheduleKeyDeletion", key, {"pending_days": 7}, project=key.project)
    return alice


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def addresses() -> list[str]:
    lists = [list_of(model) for model in MODELS]
    return [reverse("admin:index"), *lists, *(f"{list_of(model)}add/" for model in ADDED)]


def test_the_site_has_pages_for_these_models_and_no_others():
    assert {*admin.site._registry} == {*MODELS}


def test_every_page_opens_without_inline_script_or_style(administrator, rows):
    pages = [*addresses(), *(page_of(model._default_manager.first()) for model in MODELS)]
    pages += [
        reverse("admin:console_user_password", args=[rows.user.pk]),
        reverse("admin:console_account_history", args=[rows.account.pk]),
    ]

    for address in pages:
        response = administrator.get(address)

        assert response.status_code == 200, address
        assert not INLINE.search(response.text), (address, INLINE.search(response.text))


def test_an_accounts_own_users_are_refused(alice):
    for address in [*addresses(), page_of(alice.account), reverse("admin:login"), reverse("admin:autocomplete")]:
        response = alice.client().get(address)

        assert response.status_code == 403, address
        assert "administrators of this server" in response.text


def test_whoever_is_not_signed_in_is_led_through_the_consoles_sign_in(db):
    for address in (reverse("admin:index"), list_of(Key)):
        assert Client().get(address).headers["Location"] == f"{reverse('console:sign-in')}?next={address}"
    asked = Client().get(f"{reverse('admin:login')}?next=/admin/keys/key/")
    assert asked.headers["Location"] == f"{reverse('console:sign-in')}?next=%2Fadmin%2Fkeys%2Fkey%2F"


def test_signing_out_ends_the_consoles_session(administrator):
    response = administrator.post(reverse("admin:logout"))

    assert response.headers["Location"] == reverse("console:sign-in")
    assert administrator.get(reverse("admin:index")).status_code == 302


def test_the_own_password_is_changed_in_the_console(administrator):
    address = administrator.get(reverse("admin:password_change")).headers["Location"]

    assert administrator.get(address).status_code == 200


def test_the_site_carries_the_products_name_and_leads_back(administrator):
    page = administrator.get(reverse("admin:index")).text

    assert '<a href="/admin/">Data Encryption Workshop</a>' in page
    assert '<a href="/">View site</a>' in page


def test_staff_without_permissions_see_an_empty_index_and_nothing_else(administrator, bob):
    User.objects.filter(pk=bob.user.pk).update(is_staff=True)

    assert "view or edit" in bob.client().get(reverse("admin:index")).text
    assert {bob.client().get(address).status_code for address in addresses()[1:]} == {403}


def test_staff_with_djangos_view_permission_look_but_do_not_touch(rows, bob, django_user_model):
    from django.contrib.auth.models import Permission

    User.objects.filter(pk=bob.user.pk).update(is_staff=True)
    names = [f"{verb}_account" for verb in ("view", "add", "change", "delete")]
    bob.user.user_permissions.set(Permission.objects.filter(codename__in=names))

    assert bob.client().get(page_of(rows.account)).status_code == 200
    assert bob.client().post(page_of(rows.account), {"key_quota": 500}).status_code == 403
    assert bob.client().get(f"{list_of(Account)}add/").status_code == 403
    assert Account.objects.get(pk=rows.account.pk).key_quota == 20


@pytest.mark.parametrize("model", [model for model in MODELS if model is not CustomRole])
def test_nothing_but_roles_can_be_deleted(administrator, rows, model):
    row = model._default_manager.first()

    assert administrator.post(f"{list_of(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    administrator.post(list_of(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [AccessKey, Tag, Trace])
def test_some_are_not_added_here(administrator, rows, model):
    assert administrator.get(f"{list_of(model)}add/").status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_for_many_rows(administrator, rows, charlie, model, django_assert_max_num_queries):
    for number in range(8):
        key = create_key(charlie.caller, alias=f"key-{number}", tags=[TagPair(f"team-{number}", "blue")])
        assert key.pk

    with django_assert_max_num_queries(9):
        assert administrator.get(list_of(model)).status_code == 200


def test_a_user_with_many_roles_costs_no_more(administrator, alice, bob, django_assert_max_num_queries):
    from console.operations.roles import RoleWish

    roles = [RoleWish("KMS User", project) for project in alice.projects.values()]
    update_user(alice.caller, bob.user, roles=roles)

    with django_assert_max_num_queries(14):
        assert administrator.get(page_of(bob.user)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_lists_are_never_counted(administrator, rows, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as captured:
        administrator.get(list_of(model), {"q": "a"})

    assert not [one["sql"] for one in captured.captured_queries if "COUNT(*)" in one["sql"]]


def test_suggestions_name_the_account(administrator, alice):
    asked = {"app_label": "keys", "model_name": "key", "field_name": "project", "term": "ap-southeast-3"}
    found = administrator.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert {"id": alice.project.pk, "text": "northwind / ap-southeast-3"} in found


def test_an_accounts_page_counts_its_calls_of_this_month(administrator, alice):
    today = timezone.now().date()
    CallCount.objects.create(account_id=alice.account.pk, day=today, operation="encryptData", calls=20_001)

    page = administrator.get(f"/admin/console/account/{alice.account.pk}/change/").content.decode()

    assert "20001 calls, 20000 of them free, 1 billable" in page


def test_a_keys_page_shows_its_versions_aliases_and_grants_and_changes_none(administrator, alice, charlie):
    key = create_key(alice.caller, alias="orders")
    rotate_key(alice.caller, enable_key_rotation(alice.caller, key.pk).pk)
    create_alias(alice.caller, key.pk, "alias/orders")
    create_grant(alice.caller, key.pk, grantee=charlie.user.pk, operations=["encrypt-data"], name="reports")

    page = administrator.get(page_of(key)).text

    assert "Created with the key" in page
    assert "Rotation on demand" in page
    assert "alias/orders" in page
    assert "reports" in page
    assert "southwind/southwind" in page
    assert 'name="aliases-0-name"' not in page
    assert 'name="grants-0-name"' not in page
    assert 'name="versions-0-reason"' not in page
