"""Keys found by their tags and their alias: the official SDK's `list_kms_by_tags`."""

from typing import Any

import pytest

from console.models import RoleAssignment
from console.operations.enterprise import create_enterprise_project
from keys import operations
from keys.errors import NotPermitted
from keys.operations.searching import COUNT, TagCondition
from keys.operations.tags import TagPair
from tests.support.keyring import hold_default
from tests.support.people import Person
from tests.support.plans import plan_of, reads_all, statements
from tests.support.sdk import Sdk
from tests.support.wire import kms


def search(sdk: Sdk, **asked: Any) -> Any:
    return sdk.list_kms_by_tags(resource_instances="resource_instances", **{"action": "filter", **asked})


def refusal(sdk: Sdk, **asked: Any) -> tuple[int, str]:
    return sdk.refusal("list_kms_by_tags", resource_instances="resource_instances", **{"action": "filter", **asked})


def tag(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "values": list(values)}


def ids(found: Any) -> list[str]:
    return [one.resource_id for one in found.resources]


@pytest.fixture
def keys(sdk: Sdk) -> list[str]:
    """Three keys: prod of pay, prod of ledger, test of pay."""
    made = []
    for alias, env, team in (("one", "prod", "pay"), ("two", "prod", "ledger"), ("three", "test", "pay")):
        key_id = sdk.new_key(key_alias=alias)
        tags = [{"key": "env", "value": env}, {"key": "team", "value": team}]
        sdk.batch_create_kms_tags(key_id=key_id, action="create", tags=tags)
        made.append(key_id)
    return made


def test_every_tag_key_must_fit_and_any_of_its_values(sdk: Sdk, keys: list[str]) -> None:
    one, two, three = keys

    assert ids(search(sdk, tags=[tag("env", "prod")])) == [two, one]
    assert ids(search(sdk, tags=[tag("env", "prod", "test")])) == [three, two, one]
    assert ids(search(sdk, tags=[tag("env", "prod"), tag("team", "pay", "none")])) == [one]
    assert ids(search(sdk, tags=[tag("team")])) == [three, two, one]
    assert ids(search(sdk, tags=[tag("env", "Prod")])) == []
    assert ids(search(sdk, tags=[tag("env", "pay")])) == []


def test_the_alias_must_be_the_whole_one(sdk: Sdk, keys: list[str]) -> None:
    assert ids(search(sdk, matches=[{"key": "resource_name", "value": "two"}])) == [keys[1]]
    assert ids(search(sdk, matches=[{"key": "resource_name", "value": "t"}])) == []
    assert ids(search(sdk, matches=[{"key": "resource_name", "value": "two"}], tags=[tag("env", "test")])) == []


def test_a_key_comes_with_its_details_and_its_tags(sdk: Sdk, keys: list[str]) -> None:
    (found,) = search(sdk, matches=[{"key": "resource_name", "value": "one"}]).resources

    assert (found.resource_id, found.resource_name) == (keys[0], "one")
    assert found.resource_detail == sdk.list_key_detail(key_id=keys[0]).key_info
    assert [(one.key, one.value) for one in found.tags] == [("env", "prod"), ("team", "pay")]


def test_pages_follow_each_other_and_each_tells_the_total(sdk: Sdk, keys: list[str]) -> None:
    pages = [search(sdk, limit="2", offset=offset, tags=[tag("env")]) for offset in ("0", "2", "4")]

    assert [ids(page) for page in pages] == [[keys[2], keys[1]], [keys[0]], []]
    assert [page.total_count for page in pages] == [3, 3, 3]


def test_ten_keys_are_a_page_where_no_limit_is_given(sdk: Sdk) -> None:
    for number in range(11):
        sdk.new_key(key_alias=f"k{number}")

    assert len(search(sdk).resources) == 10
    assert (len(search(sdk, limit=1000).resources), search(sdk).total_count) == (11, 11)
    assert [one.tags for one in search(sdk, limit=1).resources] == [[]]


def test_a_count_has_no_keys(sdk: Sdk, keys: list[str]) -> None:
    counted = search(sdk, action="count", tags=[tag("env", "prod")])

    assert (counted.resources, counted.total_count) == (None, 2)
    assert search(sdk, action="count", tags=[tag("no-such", "x")]).total_count == 0
    assert search(sdk, action="count", offset="0").total_count == 3


def test_numbers_may_come_as_numbers(alice: Person) -> None:
    body = {"action": "filter", "limit": 5, "offset": 0, "tags": None, "matches": []}

    assert kms(alice, "resource_instances/action", body).json == {"resources": [], "total_count": 0}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"action": "delete"}, "KMS.0404"),
        ({"action": ""}, "KMS.0404"),
        ({"limit": "0"}, "KMS.1601"),
        ({"limit": "1001"}, "KMS.1601"),
        ({"limit": "x"}, "KMS.1601"),
        ({"offset": "-1"}, "KMS.0417"),
        ({"offset": "x"}, "KMS.0417"),
        ({"action": "count", "offset": "1"}, "KMS.0418"),
        ({"tags": [tag("", "x")]}, "KMS.0411"),
        ({"tags": [tag("k" * 129, "x")]}, "KMS.0411"),
        ({"tags": [tag("a*", "x")]}, "KMS.0406"),
        ({"tags": [tag("a", "x" * 256)]}, "KMS.0410"),
        ({"tags": [tag("a", "<x>")]}, "KMS.0405"),
        ({"tags": [tag("a", "x"), tag("a", "y")]}, "KMS.0414"),
        ({"tags": [tag("a", "x", "x")]}, "KMS.0414"),
        ({"tags": [tag(f"k{number}", "x") for number in range(11)]}, "KMS.0407"),
        ({"tags": [tag("a", *(f"v{number}" for number in range(11)))]}, "KMS.0413"),
        ({"matches": [{"key": "resource_id", "value": "x"}]}, "KMS.0403"),
        ({"matches": [{"key": "resource_name", "value": ""}]}, "KMS.0402"),
        ({"matches": [{"key": "resource_name", "value": "x" * 256}]}, "KMS.0402"),
        ({"matches": [{"key": "resource_name", "value": "x"}] * 2}, "KMS.0415"),
    ],
)
def test_what_is_asked_wrongly_is_refused(sdk: Sdk, asked: dict[str, Any], code: str) -> None:
    assert refusal(sdk, **asked) == (400, code)


def test_neighbours_other_projects_default_and_deleted_keys_are_not_found(alice: Person, charlie: Person) -> None:
    for person, region, alias in (
        (charlie, "ap-southeast-3", "theirs"),
        (alice, "eu-west-101", "there"),
        (alice, "ap-southeast-3", "here"),
    ):
        key = operations.create_key(person.caller_in(region), alias=alias, tags=[TagPair("env", "prod")])
    hold_default(alice.project)

    found = operations.find_keys(alice.caller, tags=[TagCondition("env", ("prod",))])
    everything = operations.find_keys(alice.caller)

    assert [one.key_alias for one, _tags in found.keys or ()] == ["here"]
    assert [one.key_alias for one, _tags in everything.keys or ()] == ["here"]
    type(key).objects.filter(pk=key.pk).update(deletion_at="2020-01-01T00:00:00Z")
    assert operations.find_keys(alice.caller, action=COUNT).total == 0


def test_a_user_of_one_enterprise_project_finds_its_keys_alone(alice: Person, bob: Person) -> None:
    finance = create_enterprise_project(alice.caller, name="finance")
    for number, eps_id in enumerate(("0", finance.eps_id)):
        operations.create_key(
            alice.caller, alias=f"k{number}", enterprise_project=eps_id, tags=[TagPair("env", "prod")]
        )
    RoleAssignment.objects.create(user=bob.user, role="KMS CMKReadOnlyAccess", enterprise_project=finance)

    found = operations.find_keys(bob.caller, tags=[TagCondition("env")])

    assert ([one.key_alias for one, _tags in found.keys or ()], found.total) == (["k1"], 1)


def test_without_the_permission_nothing_is_found(alice: Person, bob: Person) -> None:
    with pytest.raises(NotPermitted, match="kms:cmkTag:listInstance"):
        operations.find_keys(bob.caller)


def test_a_search_takes_two_reads_by_indexes_however_many_keys_it_finds(alice: Person) -> None:
    for number in range(5):
        operations.create_key(alice.caller, alias=f"k{number}", tags=[TagPair("env", "prod")])
    caller = alice.caller

    with statements() as asked:
        found = operations.find_keys(caller, tags=[TagCondition("env", ("prod",))], limit=2)

    assert (len(found.keys or ()), found.total, len(asked)) == (2, 5, 2)
    for plan in map(plan_of, asked):
        assert not reads_all(plan), plan
