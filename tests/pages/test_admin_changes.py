"""What administrators change: every change by an operation, its refusal beside the field, and nothing left behind."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from console.access.permissions import ROLES
from console.models import (
    AccessKey,
    Account,
    CustomRole,
    EnterpriseProject,
    Project,
    Region,
    RoleAssignment,
    Trace,
    User,
)
from console.operations.accounts import create_account
from console.operations.custom_roles import create_role
from keys.models import DeletionProtection, Key
from keys.operations import create_key
from keys.operations.tags import TagPair

MANAGEMENT = {f"role_assignments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")} | {
    f"access_keys-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def administrator(db) -> Client:
    client = Client()
    client.force_login(create_account(None, name="admin", is_superuser=True).user)
    return client


def adding(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def errors(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def shown(response) -> str:
    return html.unescape(response.text)


def last_trace() -> Trace:
    trace = Trace.objects.order_by("-id").first()
    assert trace is not None
    return trace


# Accounts


def test_a_new_account_shows_its_secrets_once(administrator):
    response = administrator.post(adding(Account), {"name": "Acme", "key_quota": 7, "is_enterprise": "on"}, follow=True)

    account = Account.objects.get(name="acme")
    access_key = AccessKey.objects.get(user__account=account)
    assert (account.key_quota, account.is_enterprise) == (7, True)
    assert Project.objects.filter(account=account).count() == Region.objects.count()
    assert "User acme/acme signs in with the password" in shown(response)
    assert access_key.ak in shown(response)
    password = shown(response).split("the password ")[1].split(".")[0]
    assert User.objects.get(account=account).check_password(password)
    assert password not in administrator.get(page_of(account)).text
    assert (last_trace().name, last_trace().user_name, last_trace().status) == ("createAccount", "admin/admin", 200)
    assert len(last_trace().request_id) == 32
    assert last_trace().source_ip == "127.0.0.1"


def test_a_taken_name_is_said_beside_it_and_leaves_nothing(administrator, alice):
    users = User.objects.count()

    response = administrator.post(adding(Account), {"name": "Northwind", "key_quota": 7})

    assert errors(response) == {"name": ["The name “northwind” is taken. Choose another one."]}
    assert 'value="Northwind"' in response.text
    assert User.objects.count() == users
    assert last_trace().status == 400


def test_a_wrong_name_is_said_beside_it(administrator):
    response = administrator.post(adding(Account), {"name": "two words", "key_quota": 7})

    assert [*errors(response)] == ["name"]


def test_quota_and_kind_of_an_account_change_with_a_trace(administrator, charlie):
    response = administrator.post(page_of(charlie.account), {"key_quota": 500, "is_enterprise": "on"})

    assert response.status_code == 302
    account = Account.objects.get(pk=charlie.account.pk)
    assert (account.key_quota, account.is_enterprise, account.name) == (500, True, "southwind")
    assert EnterpriseProject.objects.get(account=account).eps_id == "0"
    assert (last_trace().name, last_trace().account_id) == ("updateAccount", account.pk)


# Users


def test_a_new_user_shows_his_password_once(administrator, alice):
    response = administrator.post(adding(User), {"account": alice.account.pk, "login": "Dora"}, follow=True)

    user = User.objects.get(username="northwind/dora")
    password = shown(response).split("the password ")[1].split(".")[0]
    assert user.check_password(password)
    assert not user.is_staff
    assert not user.is_superuser
    assert password not in administrator.get(page_of(user)).text


def test_a_taken_login_is_said_beside_it(administrator, bob):
    response = administrator.post(adding(User), {"account": bob.account.pk, "login": "bob"})

    assert errors(response) == {"login": ["The name “northwind/bob” is taken. Choose another one."]}


def test_flags_and_roles_change_together(administrator, alice, bob):
    given = {
        "is_active": "on",
        "is_staff": "on",
        **MANAGEMENT,
        "role_assignments-TOTAL_FORMS": "2",
        "role_assignments-0-role": "KMS User",
        "role_assignments-0-project": alice.project.pk,
        "role_assignments-1-role": "KMS CMKReadOnlyAccess",
    }

    assert administrator.post(page_of(bob.user), given).status_code == 302

    user = User.objects.get(pk=bob.user.pk)
    assert (user.is_active, user.is_staff, user.is_owner, user.is_superuser) == (True, True, False, False)
    roles = RoleAssignment.objects.filter(user=user).values_list("role", "project_id")
    assert {*roles} == {("KMS User", alice.project.pk), ("KMS CMKReadOnlyAccess", None)}
    assert (last_trace().name, last_trace().account_id) == ("updateUser", alice.account.pk)


def test_a_role_is_taken_away_and_the_others_stay(administrator, bob):
    kept, taken = (
        RoleAssignment.objects.create(user=bob.user, role=role) for role in ("KMS User", "KMS Administrator")
    )
    given = {"is_active": "on", **MANAGEMENT}
    for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
        given[f"role_assignments-{name}"] = "2"
    for number, one in enumerate(RoleAssignment.objects.filter(user=bob.user)):
        given |= {f"role_assignments-{number}-id": one.pk, f"role_assignments-{number}-role": one.role}
        given |= {f"role_assignments-{number}-DELETE": "on"} if one == taken else {}

    assert administrator.post(page_of(bob.user), given).status_code == 302

    assert [*RoleAssignment.objects.filter(user=bob.user)] == [kept]


def test_roles_are_chosen_of_those_there_are_in_places_of_the_own_account(administrator, bob, charlie):
    page = administrator.get(page_of(bob.user)).text

    assert all(f'<option value="{role}">' in page for role in ROLES)
    assert charlie.project.pk not in page


def test_a_role_in_another_accounts_project_is_refused(administrator, bob, charlie):
    given = {"is_active": "on", **MANAGEMENT, "role_assignments-TOTAL_FORMS": "1"}
    given |= {"role_assignments-0-role": "KMS User", "role_assignments-0-project": charlie.project.pk}

    assert administrator.post(page_of(bob.user), given).status_code == 200
    assert not RoleAssignment.objects.filter(user=bob.user).exists()


def test_nobody_shuts_himself_out(administrator):
    admin = User.objects.get(username="admin/admin")

    response = administrator.post(page_of(admin), {"is_active": "on", "is_staff": "on", "is_owner": "on", **MANAGEMENT})

    assert "take rights from yourself" in str(errors(response))
    assert User.objects.get(pk=admin.pk).is_superuser
    assert last_trace().status == 400


def test_a_user_who_leaves_is_deactivated_and_out_at_once(administrator, bob):
    browser = bob.client()
    assert browser.get("/").headers["Location"].startswith("/console/")

    administrator.post(page_of(bob.user), MANAGEMENT)

    assert browser.get("/").headers["Location"].startswith(reverse("console:sign-in"))


def test_the_secret_of_an_access_key_is_not_to_be_seen(administrator, alice):
    page = administrator.get(page_of(alice.user)).text

    assert alice.ak in page
    assert alice.sk not in page
    assert "wrapped" not in page
    assert "wrapped" not in administrator.get(page_of(AccessKey.objects.get(ak=alice.ak))).text


def test_an_access_key_is_switched_off_and_on(administrator, alice):
    address = page_of(AccessKey.objects.get(ak=alice.ak))

    administrator.post(address, {})
    assert not AccessKey.objects.get(ak=alice.ak).is_active
    administrator.post(address, {"is_active": "on"})
    assert AccessKey.objects.get(ak=alice.ak).is_active
    assert (last_trace().name, last_trace().account_id) == ("updateAccessKey", alice.account.pk)


def test_a_password_is_set_and_ends_the_users_sessions(administrator, bob):
    browser, address = bob.client(), reverse("admin:console_user_password", args=[bob.user.pk])

    response = administrator.post(address, {"password": "correct horse battery"}, follow=True)

    assert "correct horse" not in response.text
    assert User.objects.get(pk=bob.user.pk).check_password("correct horse battery")
    assert browser.get("/").headers["Location"].startswith(reverse("console:sign-in"))
    assert last_trace().name == "updatePassword"


def test_a_password_is_made_where_none_is_typed(administrator, bob):
    address = reverse("admin:console_user_password", args=[bob.user.pk])

    password = shown(administrator.post(address, follow=True)).split("the password ")[1].split(".")[0]

    assert User.objects.get(pk=bob.user.pk).check_password(password)


def test_a_weak_password_is_refused_in_the_form(administrator, bob):
    response = administrator.post(reverse("admin:console_user_password", args=[bob.user.pk]), {"password": "short"})

    assert response.status_code == 200
    assert "too short" in response.text
    assert 'value="short"' not in response.text


# Roles of an account's own


def test_a_role_is_made_given_changed_and_deleted(administrator, alice, bob):
    given = {"account": alice.account.pk, "name": "Rotators", "description": "", "actions": ["kms:cmk:rotate"]}
    assert administrator.post(adding(CustomRole), given).status_code == 302
    role = CustomRole.objects.get()
    assert (role.account, role.actions) == (alice.account, ["kms:cmk:rotate"])
    assert (last_trace().name, last_trace().account_id) == ("createRole", alice.account.pk)
    assert [*errors(administrator.post(adding(CustomRole), given))] == ["name"]

    held = {"is_active": "on", **MANAGEMENT, "role_assignments-TOTAL_FORMS": "1"}
    assert '<option value="Rotators">' in administrator.get(page_of(bob.user)).text
    assert administrator.post(page_of(bob.user), held | {"role_assignments-0-role": "Rotators"}).status_code == 302
    assert RoleAssignment.objects.get(user=bob.user).custom_role == role
    assert '<option value="Rotators" selected>' in administrator.get(page_of(bob.user)).text

    administrator.post(page_of(role), {"name": "Turners", "description": "", "actions": ["kms:cmk:get"]})
    role.refresh_from_db()
    assert (role.name, role.actions) == ("Turners", ["kms:cmk:get"])

    deletion = reverse("admin:console_customrole_delete", args=[role.pk])
    assert "held by: bob" in shown(administrator.post(deletion, {"post": "yes"}, follow=True))
    RoleAssignment.objects.all().delete()
    administrator.post(deletion, {"post": "yes"})
    assert not CustomRole.objects.exists()
    assert last_trace().name == "deleteRole"


def test_a_role_of_another_account_is_not_offered_and_not_given(administrator, bob, charlie):
    create_role(charlie.caller, name="Foreign", actions=["kms:cmk:get"])
    given = {"is_active": "on", **MANAGEMENT, "role_assignments-TOTAL_FORMS": "1"}

    assert "Foreign" not in administrator.get(page_of(bob.user)).text
    assert administrator.post(page_of(bob.user), given | {"role_assignments-0-role": "Foreign"}).status_code == 200
    assert not RoleAssignment.objects.exists()


# Places


def test_a_new_region_gives_every_account_a_project(administrator, alice):
    given = {"id": "xx-north-1", "name": "XX-North"}

    assert administrator.post(adding(Region), given).status_code == 302
    assert Project.objects.filter(region="xx-north-1").count() == Account.objects.count()
    assert errors(administrator.post(adding(Region), given)) == {
        "id": ["The name “xx-north-1” is taken. Choose another one."]
    }


def test_a_regions_name_changes_and_its_id_does_not(administrator):
    region = Region.objects.create(id="xx-north-2", name="Old")

    assert administrator.post(page_of(region), {"id": "xx-north-3", "name": "New"}).status_code == 302
    assert [*Region.objects.filter(id__startswith="xx-").values_list("id", "name")] == [("xx-north-2", "New")]


def test_a_sub_project_is_added(administrator, alice):
    given = {"account": alice.account.pk, "region": "ap-southeast-3", "name": "ap-southeast-3_payments"}

    assert administrator.post(adding(Project), given).status_code == 302
    assert Project.objects.filter(account=alice.account, name="ap-southeast-3_payments").exists()
    assert [*errors(administrator.post(adding(Project), given))] == ["name"]
    assert [*errors(administrator.post(adding(Project), given | {"name": "payments"}))] == ["name"]


# Enterprise projects


def test_an_enterprise_project_is_added_changed_and_disabled(administrator, alice):
    given = {"account": alice.account.pk, "name": "Orders", "description": ""}
    assert administrator.post(adding(EnterpriseProject), given).status_code == 302
    assert [*errors(administrator.post(adding(EnterpriseProject), given))] == ["name"]
    project = EnterpriseProject.objects.get(name="Orders")

    administrator.post(page_of(project), {"name": "Billing", "description": "Bills"})

    project.refresh_from_db()
    assert (project.name, project.description, project.is_enabled) == ("Billing", "Bills", False)


def test_the_default_enterprise_project_stays_as_it_is(administrator, alice):
    project = EnterpriseProject.objects.get(account=alice.account, eps_id="0")

    assert [*errors(administrator.post(page_of(project), {"name": "default", "description": ""}))] == ["__all__"]
    assert [*errors(administrator.post(page_of(project), {"name": "other", "is_enabled": "on"}))] == ["__all__"]
    assert administrator.post(page_of(project), {"name": "default", "is_enabled": "on"}).status_code == 302


def test_an_account_that_is_none_has_no_enterprise_projects(administrator, charlie):
    response = administrator.post(adding(EnterpriseProject), {"account": charlie.account.pk, "name": "Orders"})

    assert [*errors(response)] == ["account"]


# Keys


@pytest.fixture
def wish(alice) -> dict[str, str]:
    return {"project": alice.project.pk, "alias": "orders", "key_spec": "AES_256", "key_usage": "", "description": ""}


def test_a_key_is_made_with_tags_in_an_enterprise_project(administrator, alice, wish):
    default = EnterpriseProject.objects.get(account=alice.account)
    more = {"enterprise_project": default.pk, "tag_lines": "team=blue\r\nstage=\r\nurl=a\r\n", "description": "a\r\nb"}

    assert administrator.post(adding(Key), wish | more).status_code == 302

    key = Key.objects.get(alias="orders")
    assert (key.key_usage, key.enterprise_project, key.description) == ("ENCRYPT_DECRYPT", default, "a\nb")
    assert [str(one) for one in key.tagged.all()] == ["team=blue", "stage=", "url=a"]
    assert (last_trace().name, last_trace().project_id) == ("createKey", alice.project.pk)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"alias": "two words"}, "alias"),
        ({"alias": " orders"}, "alias"),
        ({"alias": ""}, "alias"),
        ({"alias": "taken"}, "alias"),
        ({"alias": "x/default"}, "alias"),
        ({"key_usage": "SIGN_VERIFY"}, "key_usage"),
        ({"key_spec": "EC_P521"}, "key_spec"),
        ({"description": "x" * 256}, "description"),
        ({"tag_lines": "team=blue\nteam=red"}, "tag_lines"),
        ({"tag_lines": "te?m=blue"}, "tag_lines"),
        ({"tag_lines": "\n".join(f"t{n}=" for n in range(21))}, "tag_lines"),
        ({"project": "nowhere"}, "project"),
    ],
)
def test_what_a_key_can_not_be_is_said_beside_the_field(administrator, caller, wish, change, field):
    create_key(caller, alias="taken")

    response = administrator.post(adding(Key), wish | change)

    assert [*errors(response)] == [field]
    assert Key.objects.count() == 1


def test_an_enterprise_project_of_another_account_is_refused(administrator, wish, charlie):
    Account.objects.filter(pk=charlie.account.pk).update(is_enterprise=True)
    foreign = EnterpriseProject.objects.create(account=charlie.account, eps_id="0", name="default")

    response = administrator.post(adding(Key), wish | {"enterprise_project": foreign.pk})

    assert [*errors(response)] == ["enterprise_project"]


def test_the_quota_holds_for_administrators_too(administrator, wish, alice):
    Account.objects.filter(pk=alice.account.pk).update(key_quota=0)

    assert [*errors(administrator.post(adding(Key), wish))] == ["__all__"]


def test_a_key_is_renamed_and_described_and_its_kind_stays(administrator, caller):
    key = create_key(caller, alias="orders", tags=[TagPair("team", "blue")])
    given = {
        "alias": "bills",
        "description": "Bills",
        "key_spec": "SM4",
        "key_usage": "SIGN_VERIFY",
        "origin": "external",
    }

    assert administrator.post(page_of(key), given | VERSIONS).status_code == 302

    key = Key.objects.get(pk=key.pk)
    assert (key.alias, key.description, key.key_spec, key.origin) == ("bills", "Bills", "AES_256", "kms")
    traces = Trace.objects.order_by("-id").values_list("name", "resource_name")[:2]
    assert [*traces] == [("updateKeyDescription", "bills"), ("updateKeyAlias", "orders")]
    page = administrator.get(page_of(key)).text
    assert "team=blue" in page
    assert "wrapped" not in page


def test_a_taken_alias_leaves_the_description_as_it_was(administrator, caller):
    create_key(caller, alias="taken")
    key = create_key(caller, alias="orders")

    response = administrator.post(page_of(key), {"alias": "taken", "description": "Bills"} | VERSIONS)

    assert [*errors(response)] == ["alias"]
    assert Key.objects.get(pk=key.pk).description == ""


def test_a_key_that_is_gone_is_not_listed(administrator, caller):
    key = create_key(caller, alias="orders")
    Key.objects.filter(pk=key.pk).update(deleted_at="2026-01-01T00:00:00Z")

    assert str(key.pk) not in administrator.get(reverse("admin:keys_key_changelist")).text
    assert administrator.get(page_of(key)).status_code == 302


VERSIONS = {
    "versions-TOTAL_FORMS": "1",
    "versions-INITIAL_FORMS": "1",
    "aliases-TOTAL_FORMS": "0",
    "aliases-INITIAL_FORMS": "0",
    "grants-TOTAL_FORMS": "0",
    "grants-INITIAL_FORMS": "0",
}


def test_a_key_is_protected_from_deletion_and_that_is_lifted(administrator, caller):
    key = create_key(caller, alias="ledger")
    wish = {"alias": "ledger", "description": ""} | VERSIONS

    assert administrator.post(page_of(key), wish | {"protection_reason": "Holds the books"}).status_code == 302
    assert (last_trace().name, last_trace().user_name) == ("protectKey", "admin/admin")
    assert "Holds the books" in administrator.get(page_of(key)).text
    assert [*errors(administrator.post(page_of(key), wish | {"protection_reason": "x" * 256}))] == ["protection_reason"]

    assert administrator.post(page_of(key), wish | {"protection_reason": ""}).status_code == 302
    assert last_trace().name == "unprotectKey"
    assert not DeletionProtection.objects.exists()
