"""The pages of services that use keys, of service users, and of what a key is used for."""

import re
from html import unescape

import pytest
from django.test import Client

from console.access.caller import Caller
from console.access.principals import holder_of_service_token
from console.access.tokens import digest_of
from console.models import AccessKey, Service, ServiceToken, User
from console.operations.roles import RoleWish
from console.operations.service_users import create_service_token
from console.operations.users import update_user
from keys import operations
from keys.errors import KeyDisabled
from keys.models import Grant, Key, MountKind
from tests.support.people import Person, service_user, with_access_key


def at(person: Person, address: str) -> str:
    return f"/console/{person.project.pk}/{address}"


def shown(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def acting(person: Person) -> Caller:
    return Caller.of_user(person.user, person.project, source_ip="", request_id="", by_api=True)


@pytest.fixture
def store(alice: Person) -> Person:
    return service_user(alice, "store", "obs")


# The services


@pytest.mark.parametrize("service", Service)
def test_each_service_is_in_the_list_and_has_its_page(alice: Person, service: Service) -> None:
    client, address = alice.client(), at(alice, f"kms/services/{service}")

    assert f'href="{address}"' in shown(client, at(alice, "services"))
    page = shown(client, address)
    assert f"<h1>{service.label}</h1>" in page
    assert f"{service}/default" in page
    assert "There is no service user yet" in page


def test_the_services_stand_under_their_categories(alice: Person) -> None:
    page = shown(alice.client(), at(alice, "services"))

    titles = re.findall(r'menu-title">([^<]+)|<span>([^<]+)<small>', page)
    found = [one or two for one, two in titles]
    order = ["Security & Compliance", "Data Encryption Workshop", "Storage", "Object Storage Service"]
    order += ["Elastic Volume Service", "Compute", "Image Management Service", "Databases"]
    assert found[: len(order) + 1] == [*order, "Relational Database Service"]


@pytest.mark.parametrize("service", Service)
def test_the_settings_name_project_endpoint_key_and_no_secret(alice: Person, service: Service) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    program = with_access_key(service_user(alice, "program", service))
    token = create_service_token(alice.caller, program.user, name="gateway").text

    page = shown(alice.client(), at(alice, f"kms/services/{service}"), key=str(key.pk), user=program.user.pk)

    (settings,) = re.findall(r'aria-labelledby="settings">(.*?)</section>', page, re.DOTALL)
    for one in (str(key.pk), "http://127.0.0.1:8000"):
        assert one in settings
    assert (alice.project.pk in settings) == (service in {Service.EVS, Service.IMS})
    assert token not in page
    assert program.sk not in page
    assert settings.count("data-copy=") == settings.count("<pre")


def test_a_key_or_user_that_is_not_offered_is_not_taken(alice: Person, charlie: Person, store: Person) -> None:
    theirs = operations.create_key(charlie.caller, alias="theirs")
    other = service_user(charlie, "theirs", "obs")

    page = shown(alice.client(), at(alice, "kms/services/obs"), key=str(theirs.pk), user=other.user.pk)

    assert f'value="{theirs.pk}"' not in page
    assert f'value="{other.user.pk}"' not in page
    assert '"obs%2Fdefault"' in page
    assert "store has never asked for a key yet." in page


def test_the_check_says_never_then_when_then_why_not(alice: Person, store: Person) -> None:
    client, address = alice.client(), at(alice, "kms/services/obs/check")
    assert "store has never asked for a key yet." in shown(client, address)

    key = operations.create_key(alice.caller, alias="orders")
    operations.create_grant(alice.caller, key.pk, grantee=store.user.pk, operations=["create-datakey"])
    operations.create_datakey(acting(store), key_id=key.pk, additional_data={"aws:s3:arn": "photos/cat"})
    page = shown(client, address, user=store.user.pk)
    assert "store last asked" in page
    assert "Answered" in page
    assert "object photos/cat" in page
    operations.disable_key(alice.caller, key.pk)
    with pytest.raises(KeyDisabled):
        operations.create_datakey(acting(store), key_id=key.pk)

    page = shown(client, address, user=store.user.pk)
    assert "Refused KMS.0209" in page
    assert "Enable it" in page


def test_who_may_not_see_users_or_traces_sees_the_settings(bob: Person, store: Person) -> None:
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS CMKReadOnlyAccess")])

    page = shown(bob.client(), at(bob, "kms/services/obs"), user=store.user.pk)

    assert "rgw_crypt_vault_addr" in page
    assert "There is no service user yet" in page
    assert f'value="{store.user.pk}"' not in page
    assert "Create service user" not in page


def test_who_may_list_no_keys_is_refused(bob: Person) -> None:
    assert bob.client().get(at(bob, "kms/services/obs")).status_code == 403


# Making a service user


def test_one_is_made_with_token_and_grant_in_one_dialog(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    fields = {"login": "store", "service": "obs", "key": str(key.pk), "lifetime": "90"}

    answer = alice.client().post(at(alice, "kms/service-users/create?service=obs"), fields)

    page = answer.content.decode()
    (token,) = set(re.findall(r'data-copy="(kms\.[\w-]{43})"', page))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    user = User.objects.get(login="store")
    kept = ServiceToken.objects.get(user=user)
    assert kept.digest == digest_of(token)
    assert kept.expires_at is not None
    assert Grant.objects.get(grantee_user=user).key == key
    assert token not in shown(alice.client(), at(alice, f"users/{user.pk}"))


def test_one_of_volumes_is_shown_its_access_key(alice: Person) -> None:
    fields = {"login": "disks", "service": "evs", "key": "", "lifetime": "0"}

    page = alice.client().post(at(alice, "kms/service-users/create"), fields).content.decode()

    access_key = AccessKey.objects.get(user__login="disks")
    assert f'data-copy="{access_key.ak}"' in page
    assert len(re.findall(r'data-copy="([A-Za-z0-9]{40})"', page)) == 1


def test_what_is_wrong_stands_beside_its_field(alice: Person, bob: Person) -> None:
    answer = alice.client().post(
        at(alice, "kms/service-users/create"), {"login": "two words", "service": "obs", "key": "", "lifetime": "0"}
    )

    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()
    assert not User.objects.exclude(project=None).exists()
    assert bob.client().get(at(bob, "kms/service-users/create")).status_code == 403


# The page of a service user


def test_its_page_has_what_a_program_has_and_nothing_of_a_person(alice: Person, store: Person) -> None:
    create_service_token(alice.caller, store.user, name="gateway")
    client = alice.client()

    page = shown(client, at(alice, f"users/{store.user.pk}"))

    for one in ("Service user", "Object Storage Service", "obs/default", "gateway", "No access keys.", "Disable"):
        assert one in page
    for one in ("Second factor", "New password", "Let manage the account", "Not signed in anywhere", "All projects"):
        assert one not in page
    assert "Service user in" in shown(client, at(alice, "users"))


def test_a_token_is_made_shown_once_and_deleted(alice: Person, store: Person) -> None:
    client, address = alice.client(), at(alice, f"users/{store.user.pk}/tokens")

    page = client.post(f"{address}/create", {"name": "gateway", "lifetime": "0"}).content.decode()
    (token,) = set(re.findall(r'data-copy="(kms\.[\w-]{43})"', page))
    assert holder_of_service_token(digest_of(token))
    again = client.post(f"{address}/create", {"name": "gateway", "lifetime": "0"})
    assert again.status_code == 422
    file = client.post(at(alice, f"users/{store.user.pk}/proof"), {"token": token})
    assert (file.content.decode(), file["Content-Disposition"]) == (token, 'attachment; filename="store.token"')

    assert client.post(f"{address}/{digest_of(token)}/delete").status_code == 302
    assert holder_of_service_token(digest_of(token)) is None


def test_an_access_key_is_made_switched_off_and_deleted(alice: Person, store: Person) -> None:
    client, address = alice.client(), at(alice, f"users/{store.user.pk}/access-keys")

    page = client.post(f"{address}/create").content.decode()
    access_key = AccessKey.objects.get(user=store.user)
    (secret,) = re.findall(r'data-copy="([A-Za-z0-9]{40})"', page)
    file = client.post(at(alice, f"users/{store.user.pk}/proof"), {"ak": access_key.ak, "secret": secret})
    assert f"northwind/store,{access_key.ak},{secret}" in file.content.decode()

    assert client.post(f"{address}/{access_key.ak}/delete").status_code == 422
    client.post(f"{address}/{access_key.ak}/switch", {"to": "off"})
    assert client.post(f"{address}/{access_key.ak}/delete").status_code == 302
    assert not AccessKey.objects.filter(user=store.user).exists()


def test_a_persons_proofs_are_not_made_there(alice: Person, bob: Person) -> None:
    client = alice.client()

    for address in ("tokens/create", "access-keys/create"):
        assert (
            client.post(at(alice, f"users/{bob.user.pk}/{address}"), {"name": "x", "lifetime": "0"}).status_code == 404
        )


def test_a_role_is_offered_in_its_project_alone(alice: Person, store: Person) -> None:
    client, address = alice.client(), at(alice, f"users/{store.user.pk}")

    client.post(address, {"role": "KMS User", "project": alice.project.pk, "enterprise_project": ""})
    refused = client.post(
        address, {"role": "KMS User", "project": alice.projects["eu-west-101"].pk, "enterprise_project": ""}
    )

    assert refused.status_code == 422
    assert [one.project for one in store.user.role_assignments.all()] == [alice.project]


def test_it_is_disabled_and_enabled_there(alice: Person, store: Person) -> None:
    client, address = alice.client(), at(alice, f"users/{store.user.pk}/switch/is_active")

    assert "refused from their next request on" in shown(client, address)
    client.post(address, {"to": "off"})
    assert not User.objects.get(pk=store.user.pk).is_active


def test_grants_are_told_on_the_page_of_every_user(alice: Person, bob: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    operations.create_grant(alice.caller, key.pk, grantee=bob.user.pk, operations=["encrypt-data"])

    assert f'{key.pk}/grants">orders</a>' in shown(alice.client(), at(alice, f"users/{bob.user.pk}"))


# What a key is used for


def test_the_page_of_a_key_tells_what_it_was_used_for(alice: Person, bob: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    address, client = at(alice, f"kms/keys/{key.pk}/used-by"), alice.client()
    assert "Nothing known yet" in shown(client, address)

    operations.create_datakey(alice.caller, key_id=key.pk, additional_data={"kms:volume": "accounts"})

    page = shown(client, address)
    assert "volume" in page
    assert "accounts" in page
    assert "for volume accounts" in shown(client, at(alice, "traces"))
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS CMKReadOnlyAccess")])
    assert "kms:trace:list is missing" in shown(bob.client(), address)


def test_keys_that_protect_no_data_have_no_such_tab(alice: Person) -> None:
    curve = operations.create_key(alice.caller, alias="curve", key_spec="EC_P256")

    assert "used-by" not in shown(alice.client(), at(alice, f"kms/keys/{curve.pk}"))


def test_who_may_use_a_default_key_is_told_of_its_service_too(alice: Person, store: Person) -> None:
    operations.create_datakey(acting(store), key_id="obs/default")
    default = Key.objects.get(alias="obs/default")

    page = shown(alice.client(), at(alice, f"kms/keys/{default.pk}/access"))

    assert "Service user of this service" in page


# The mounts of databases


def test_a_mount_is_made_with_key_number_1_and_its_key_rotated(alice: Person) -> None:
    client, page = alice.client(), at(alice, "kms/services/rds")
    key = operations.create_key(alice.caller, alias="books")
    assert "No mounts yet" in shown(client, page)

    assert client.post(at(alice, "kms/mounts/create"), {"path": "mariadb/one", "key": str(key.pk)}).status_code == 302
    (mount,) = operations.list_mounts(alice.caller)
    assert (mount.kind, mount.key) == (MountKind.DATABASE, key)
    keys = at(alice, f"kms/mounts/{mount.pk}/keys")
    assert client.post(f"{keys}/create", {"number": "7"}).status_code == 302
    assert client.post(f"{keys}/1/rotate").status_code == 302

    found = operations.list_all_versions(alice.caller, "mariadb/one")
    assert [(one.name, one.version) for one in found] == [("1", 2), ("1", 1), ("7", 1)]
    shown_page = shown(client, page)
    assert "http://127.0.0.1:8000/v1/mariadb/one" in shown_page
    assert "goes on until it is restarted, a day at most" in shown_page


def test_a_mount_for_secrets_has_no_numbered_keys(alice: Person) -> None:
    client, page = alice.client(), at(alice, "kms/services/rds")
    client.post(at(alice, "kms/mounts/create"), {"path": "cinder", "kind": "secret", "key": "rds/default"})
    (mount,) = operations.list_mounts(alice.caller)
    assert mount.kind == MountKind.SECRET

    operations.write_value(alice.caller, path="cinder", name="one", content=b"{}")

    shown_page = shown(client, page)
    assert "Secrets: 1" in shown_page
    assert "Add key" not in shown_page
    assert "/v1/<mount>" in shown_page, "MariaDB has none"
    assert client.post(at(alice, f"kms/mounts/{mount.pk}/keys/create"), {"number": "2"}).status_code == 404


def test_what_is_wrong_with_a_mount_stands_beside_its_field(alice: Person) -> None:
    client = alice.client()
    key = operations.create_key(alice.caller, alias="books")
    client.post(at(alice, "kms/mounts/create"), {"path": "mariadb", "key": "rds/default"})
    (mount,) = operations.list_mounts(alice.caller)
    keys = at(alice, f"kms/mounts/{mount.pk}/keys")

    for address, fields in (
        (at(alice, "kms/mounts/create"), {"path": "mariadb", "key": str(key.pk)}),
        (at(alice, "kms/mounts/create"), {"path": "../x", "key": str(key.pk)}),
        (f"{keys}/create", {"number": "1"}),
        (f"{keys}/create", {"number": "0"}),
        (f"{keys}/9/rotate", {}),
    ):
        answer = client.post(address, fields)
        assert answer.status_code == 422, (address, fields)
    assert "aria-invalid" in client.post(f"{keys}/create", {"number": "1"}).content.decode()


def test_who_may_make_no_mounts_makes_none(bob: Person, alice: Person) -> None:
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS User")])

    assert "Create mount" not in shown(bob.client(), at(bob, "kms/services/rds"))
    assert bob.client().post(at(bob, "kms/mounts/create"), {"path": "x", "key": "rds/default"}).status_code == 403
