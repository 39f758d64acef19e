"""The bill of materials: valid CycloneDX, all that the server runs on, the same each time."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from console import VERSION
from tests.supply.pins import LISTS, needed
from tests.supply.sbom import bill

pytestmark = pytest.mark.without_database


@pytest.fixture(scope="module")
def written():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        return bill(LISTS["server"])


@pytest.fixture(scope="module")
def parts(written):
    """The components, by their package URLs."""
    return {one["purl"]: one for one in json.loads(written)["components"]}


def test_it_is_valid(written):
    validator = JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(written) is None
    assert validator.validate_str(written.replace('"application"', '"programme"')) is not None


def test_it_is_of_this_version_and_tells_when(written):
    about = json.loads(written)["metadata"]

    assert (about["component"]["name"], about["component"]["version"]) == ("kms", VERSION)
    assert about["timestamp"] == "2026-01-01T00:00:00+00:00"


def test_it_has_each_package_with_licence_and_the_hashes_of_the_list(parts):
    for pin in needed(LISTS["server"]):
        part = parts[pin.purl]
        (files,) = part["externalReferences"]
        assert part["licenses"][0]["expression"]
        assert {one["content"] for one in files["hashes"]} == {*pin.hashes}
    assert len([one for one in parts if one.startswith("pkg:pypi/")]) == len(needed(LISTS["server"]))


@pytest.mark.parametrize(
    "inside", ["pkg:generic/openssl@", "pkg:generic/postgresql@", "pkg:npm/htmx.org@2", "pkg:cargo/"]
)
def test_it_has_what_lies_inside_of_packages(parts, inside):
    assert [purl for purl in parts if purl.startswith(inside)] != []


def test_everything_in_it_is_needed_by_something(written):
    edges = {one["ref"]: one.get("dependsOn", []) for one in json.loads(written)["dependencies"]}
    reached, waiting = set(), ["kms"]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += edges[one]

    assert reached == {*edges}


def test_the_same_packages_give_the_same_bytes(written, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")

    assert bill(LISTS["server"]) == written
