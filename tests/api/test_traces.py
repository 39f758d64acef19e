"""The trail as an account reads it: the official SDK's `CtsClient.list_traces`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from console.models import RoleAssignment, Trace
from console.operations.enterprise import create_enterprise_project
from console.operations.traces import SERVICES
from keys import operations
from keys.errors import KmsError
from tests.support.people import Person, with_access_key
from tests.support.plans import by_index_of_traces, plan_of, reads_all, statements
from tests.support.sdk import Sdk
from tests.support.wire import Answer, call
from tests.test_floors import ROOT


def traces(person: Person, query: str = "", *, region: str = "") -> Answer:
    project = person.projects[region] if region else person.project
    return call(person, "GET", f"/v3/{project.pk}/traces{query and '?'}{query}")


def names(answer: Any) -> list[str]:
    return [one["trace_name"] for one in answer.json["traces"]]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.fixture
def used(alice: Person) -> Person:
    """Alice, who made a key, disabled it and was refused once."""
    key = operations.create_key(alice.caller, alias="orders")
    operations.disable_key(alice.caller, key.pk)
    with pytest.raises(KmsError):
        operations.disable_key(alice.caller, key.pk)
    return alice


def test_the_sdk_lists_traces(sdk: Sdk) -> None:
    key_id = sdk.new_key(key_alias="orders")
    sdk.refusal("enable_key", key_id=key_id)

    refused, created = sdk.cts.list_traces(trace_type="system", service_type="KMS", resource_id=key_id).traces

    assert (created.trace_name, created.code, created.trace_rating) == ("createKey", "200", "normal")
    assert (created.resource_type, created.resource_name, created.service_type) == ("key", "orders", "KMS")
    assert (refused.trace_name, refused.code, refused.trace_rating) == ("enableKey", "400", "warning")
    assert (refused.message, refused.source_ip) == ("KMS.1201", "127.0.0.1")
    assert re.fullmatch(r"[0-9a-f]{32}", refused.request_id)
    assert created.user.name == created.user.domain.name
    assert abs(created.time - milliseconds(timezone.now())) < 60_000


def test_traces_come_newest_first(used: Person) -> None:
    answer = traces(used)

    assert names(answer) == ["disableKey", "disableKey", "createKey"]
    assert [one["code"] for one in answer.json["traces"]] == ["400", "200", "200"]
    assert answer.json["meta_data"] == {"count": 3, "marker": None}


def test_pages_follow_each_other_though_traces_come_meanwhile(used: Person) -> None:
    Trace.objects.update(at=timezone.now() - timedelta(minutes=1))  # all at one moment
    first = traces(used, "limit=2").json
    second = traces(used, f"limit=2&next={first['meta_data']['marker']}").json
    everything = traces(used, "limit=200").json["traces"]

    seen = [one["trace_id"] for one in (*first["traces"], *second["traces"])]
    assert seen == [one["trace_id"] for one in everything if one["trace_name"] != "listTraces"]
    assert len({*seen}) == 3
    assert first["meta_data"] == {"count": 2, "marker": seen[1]}
    assert second["meta_data"] == {"count": 1, "marker": None}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("trace_name=createKey", 1),
        ("trace_name=createkey", 0),
        ("trace_rating=normal", 2),
        ("trace_rating=warning", 1),
        ("trace_rating=incident", 0),
        ("user=northwind", 3),
        ("user=northwind/northwind", 3),
        ("user=bob", 0),
        ("resource_name=orders", 3),
        ("resource_type=key", 3),
        ("resource_type=user", 0),
        ("resource_id=00000000-0000-0000-0000-000000000000", 0),
        ("service_type=KMS", 3),
        ("service_type=IAM", 0),
        ("service_type=ECS", 0),
        ("trace_type=system&tracker_name=system", 3),
        ("trace_type=data", 0),
        ("trace_name=createKey&trace_rating=warning", 0),
        ("resource_name=%00", 0),
    ],
)
def test_each_filter_narrows(used: Person, query: str, found: int) -> None:
    assert len(traces(used, query).json["traces"]) == found


def test_reading_traces_is_a_trace_of_another_service(used: Person) -> None:
    traces(used)

    assert names(traces(used, "service_type=CTS")) == ["listTraces"]
    assert "listTraces" not in names(traces(used, "service_type=KMS"))


def test_times_are_bounds_that_are_left_out(used: Person) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(days=3)
    Trace.objects.filter(name="createKey").update(at=at)
    then = milliseconds(at)

    assert names(traces(used)) == ["disableKey", "disableKey"]
    assert names(traces(used, f"from={then - 1}&to={then + 1}")) == ["createKey"]
    assert names(traces(used, f"from={then}&to={then + 1}")) == []
    assert names(traces(used, f"from={then - 1}&to={then}")) == []
    assert names(traces(used, f"to={then + 60_000}")) == ["createKey"]


def test_one_is_found_by_its_id_whatever_else_is_asked(used: Person) -> None:
    (one,) = traces(used, "trace_name=createKey").json["traces"]

    assert traces(used, f"trace_id={one['trace_id']}&trace_name=x&from=1&to=2").json["traces"] == [one]
    assert names(traces(used, f"trace_id={one['request_id']}")) == []
    assert names(traces(used, "trace_id=%00")) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=-1", "from=x", "to=99999999999999999999", "next=x", "trace_type=x",
        "trace_rating=x", "access_key_id=A", "enterprise_project_id=0",
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(used: Person, query: str) -> None:
    answer = traces(used, query)

    assert (answer.status, answer.code) == (400, "KMS.0308")


def test_neighbours_and_other_projects_see_none_of_it(used: Person, charlie: Person) -> None:
    (one, *_rest) = traces(used).json["traces"]

    assert names(traces(charlie)) == []
    assert names(traces(used, region="eu-west-101")) == []
    for other, region in ((charlie, ""), (used, "eu-west-101")):
        assert names(traces(other, f"trace_id={one['trace_id']}", region=region)) == []
        assert traces(other, f"next={one['trace_id']}", region=region).status == 400
    assert call(charlie, "GET", f"/v3/{used.project.pk}/traces").code == "KMS.0321"


def test_the_permission_is_needed_for_all_keys(used: Person, alice: Person, bob: Person) -> None:
    signing = with_access_key(bob)
    assert traces(signing).code == "KMS.0306"
    assert "kms:trace:list" in traces(signing).json["error"]["error_msg"]

    finance = create_enterprise_project(alice.caller, name="finance")
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKFullAccess")
    RoleAssignment.objects.create(user=bob.user, role="KMS Administrator", enterprise_project=finance)
    assert traces(signing).code == "KMS.0306"

    RoleAssignment.objects.create(user=bob.user, role="KMS Administrator", project=alice.project)
    assert traces(signing).status == 200
    assert traces(signing, region="eu-west-101").code == "KMS.0306"


def test_what_the_server_does_by_itself_is_told_apart(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    type(key).objects.filter(pk=key.pk).update(deletion_at=datetime(2020, 1, 1, tzinfo=UTC))
    operations.create_key(alice.caller, alias="orders")  # sweeps the one that is due

    (swept,) = traces(alice, "trace_name=deleteKey").json["traces"]

    assert (swept["trace_type"], swept["user"]["name"], swept["user"]["id"]) == ("SystemAction", "server", "")


def test_a_page_is_read_by_an_index(used: Person) -> None:
    (one, *_rest) = traces(used).json["traces"]
    with statements() as asked:
        traces(used, f"trace_name=createKey&next={one['trace_id']}")

    read = [one for one in asked if 'FROM "console_trace"' in one and "SELECT" in one]
    assert read
    for plan in map(plan_of, read):
        assert not reads_all(plan), plan
        assert by_index_of_traces(plan), plan


def test_every_operation_of_the_console_has_its_service() -> None:
    known = {name for of_service in SERVICES.values() for name in of_service}
    files = [*(ROOT / "console").rglob("*.py")]
    traced = {name for one in files for name in re.findall(r'traced\([^"]*?, "(\w+)"', one.read_text())}

    assert traced <= known
    assert len(traced) > 12
