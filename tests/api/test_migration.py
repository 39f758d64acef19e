"""Keys moved between enterprise projects: the official SDK's `EpsClient.migrate_resource`."""

import json
from typing import Any

import pytest

from console.models import RoleAssignment, Trace
from console.operations.enterprise import create_enterprise_project, update_enterprise_project
from keys import operations
from keys.models import Key
from tests.api.test_tokens import JSON, token_of
from tests.support.keyring import hold_default
from tests.support.people import Person, owner, with_access_key
from tests.support.sdk import Sdk
from tests.support.wire import Answer, call, send


def move(person: Person, key_id: Any, eps_id: str, *, project_id: str = "", **changed: Any) -> Answer:
    path, body = request(person, key_id, eps_id, project_id=project_id, **changed)
    return call(person, "POST", path, body)


def request(
    person: Person, key_id: Any, eps_id: str, *, project_id: str = "", **changed: Any
) -> tuple[str, dict[str, Any]]:
    body = {
        "region_id": "ap-southeast-3",
        "project_id": project_id or person.project.pk,
        "resource_id": str(key_id),
        "resource_type": "kms",
    }
    return f"/v1.0/enterprise-projects/{eps_id}/resources-migrate", {**body, **changed}


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def finance(alice: Person) -> Any:
    return create_enterprise_project(alice.caller, name="finance")


def where(key: Key) -> str:
    found = Key.objects.select_related("enterprise_project").get(pk=key.pk).enterprise_project
    assert found is not None
    return found.eps_id


def test_a_key_moves_and_back(alice: Person, key: Key, finance: Any) -> None:
    answer = move(alice, key.pk, finance.eps_id)

    assert (answer.status, answer.body) == (204, b"")
    assert where(key) == finance.eps_id
    assert operations.describe_key(alice.caller, str(key.pk)).sys_enterprise_project_id == finance.eps_id
    trace = Trace.objects.get(request_id=answer.headers["x-request-id"])
    assert (trace.name, trace.resource_id, trace.project_id) == ("migrateResource", str(key.pk), alice.project.pk)
    assert trace.detail == {"enterprise_project_id": finance.eps_id}
    assert move(alice, key.pk, "0").status == 204
    assert where(key) == "0"


def test_the_sdk_moves_a_key(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    sdk.eps.migrate_resource(
        enterprise_project_id="0",
        region_id="ap-southeast-3",
        project_id=sdk.project,
        resource_id=key_id,
        resource_type="kms",
    )

    assert sdk.list_key_detail(key_id=key_id).key_info.sys_enterprise_project_id == "0"


def test_a_disabled_or_unknown_target_is_refused(alice: Person, charlie: Person, key: Key, finance: Any) -> None:
    update_enterprise_project(alice.caller, finance, name="finance", description="", is_enabled=False)

    answers = [move(alice, key.pk, one) for one in (finance.eps_id, "no-such", "00000000-0000-0000-0000-000000000000")]

    assert {(answer.status, answer.code) for answer in answers} == {(400, "KMS.0308")}
    assert where(key) == "0"


def test_a_neighbours_enterprise_project_is_no_target(alice: Person, key: Key) -> None:
    dora = owner("eastwind", is_enterprise=True)
    theirs = create_enterprise_project(dora.caller, name="theirs")

    assert move(alice, key.pk, theirs.eps_id).status == 400
    assert where(key) == "0"


def test_a_neighbours_key_is_not_found(alice: Person, charlie: Person, key: Key, finance: Any) -> None:
    tried = [
        move(charlie, key.pk, "0"),
        move(charlie, key.pk, finance.eps_id, project_id=alice.project.pk),
        move(alice, key.pk, finance.eps_id, project_id=alice.projects["eu-west-101"].pk),
        move(alice, key.pk, finance.eps_id, project_id=charlie.project.pk),
        move(alice, key.pk, finance.eps_id, project_id="x\0"),
    ]

    assert {(answer.status, answer.code) for answer in tried} == {(404, "KMS.0207")}
    assert b"orders" not in b"".join(answer.body for answer in tried)
    assert where(key) == "0"


def test_only_an_enterprise_account_moves_keys(charlie: Person) -> None:
    key = operations.create_key(charlie.caller, alias="orders")

    answer = move(charlie, key.pk, "0")

    assert (answer.status, answer.code) == (400, "KMS.0308")
    assert "enterprise account" in answer.json["error"]["error_msg"]


@pytest.mark.parametrize("scope", ["nothing", "where it is", "where it goes"])
def test_the_permission_is_needed_at_both_ends(alice: Person, bob: Person, key: Key, finance: Any, scope: str) -> None:
    default = key.enterprise_project
    if scope != "nothing":
        place = default if scope == "where it is" else finance
        RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess", enterprise_project=place)

    answer = move(with_access_key(bob), key.pk, finance.eps_id)

    assert (answer.status, answer.code) == (403, "KMS.0306")
    assert "kms:cmk:update" in answer.json["error"]["error_msg"]
    assert where(key) == "0"
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess", enterprise_project=default)
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess", enterprise_project=finance)
    assert move(with_access_key(bob), key.pk, finance.eps_id).status == 204


def test_a_token_moves_keys_of_its_project_alone(alice: Person, key: Key, finance: Any) -> None:
    path, body = request(alice, key.pk, finance.eps_id)

    def by_token(token: str) -> Answer:
        return send("POST", path, json.dumps(body).encode(), {**JSON, "x-auth-token": token})

    assert by_token(token_of(alice, scope={"project": {"name": "eu-west-101"}})).code == "KMS.0207"
    assert by_token(token_of(alice, scope={})).code == "KMS.0207"
    assert where(key) == "0"
    assert by_token(token_of(alice)).status == 204


def test_default_keys_keys_pending_deletion_and_other_resources_stay(alice: Person, key: Key, finance: Any) -> None:
    operations.schedule_key_deletion(alice.caller, key.pk, 7)

    assert move(alice, hold_default(alice.project).key.pk, finance.eps_id).code == "KMS.0211"
    assert move(alice, key.pk, finance.eps_id).code == "KMS.0210"
    assert move(alice, key.pk, finance.eps_id, resource_type="ecs").code == "KMS.0408"
    assert move(alice, "x", finance.eps_id).code == "KMS.0205"
    assert where(key) == "0"
