"""Identity: an application that knows its access key alone finds its project, account, regions and more."""

import json
import uuid
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkkms import v2

from tests.support.people import Person
from tests.support.servers import Server, plain_http
from tests.support.signing import signed_headers
from tests.support.wire import call, send

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_the_sdk_finds_its_project_by_itself(server: Server, account: dict[str, Any]) -> None:
    key = account["access_key"]
    credentials = BasicCredentials(key["ak"], key["sk"]).with_iam_endpoint(server.url)
    builder = v2.KmsClient.new_builder().with_credentials(credentials)
    client = builder.with_region(Region("eu-west-101", server.url)).build()

    made = client.create_key(v2.CreateKeyRequest(body=v2.CreateKeyRequestBody(key_alias="found")))
    seen = client.list_key_detail(v2.ListKeyDetailRequest(body=v2.OperateKeyRequestBody(key_id=made.key_info.key_id)))

    assert seen.key_info.realm == "eu-west-101"


def test_without_project_and_region_the_sdk_asks_for_a_placeholder_and_is_refused(server: Server) -> None:
    answer = plain_http.post(f"{server.url}/v1.0/%7Bproject_id%7D/kms/list-keys")

    assert answer.status_code == 401


def test_projects_are_the_accounts_own_and_found_by_name(alice: Person, charlie: Person) -> None:
    (found,) = call(alice, "GET", "/v3/projects?name=ap-southeast-3").json["projects"]
    every = call(alice, "GET", "/v3/auth/projects").json["projects"]

    assert (found["id"], found["domain_id"], found["enabled"]) == (alice.project.pk, alice.account.pk, True)
    assert {one["id"] for one in every} == {one.pk for one in alice.projects.values()}
    assert call(alice, "GET", "/v3/projects?name=no-such").json["projects"] == []
    assert call(alice, "GET", "/v3/projects?name=a%00b").json["projects"] == []  # NUL is in no name


def test_the_account_is_the_domain(alice: Person) -> None:
    (found,) = call(alice, "GET", "/v3/auth/domains").json["domains"]

    assert (found["id"], found["name"], found["enabled"]) == (alice.account.pk, "northwind", True)


def test_regions_are_named(alice: Person) -> None:
    regions = call(alice, "GET", "/v3/regions").json["regions"]

    assert "ap-southeast-3" in {one["id"] for one in regions}
    assert {*regions[0]["locales"]} == {"en-us", "zh-cn"}


def test_enterprise_projects_are_listed_by_pages(alice: Person, charlie: Person) -> None:
    from console.operations.enterprise import create_enterprise_project

    made = create_enterprise_project(alice.caller, name="finance")

    found = call(alice, "GET", "/v1.0/enterprise-projects").json
    second = call(alice, "GET", "/v1.0/enterprise-projects?limit=1&offset=1").json
    of_charlie = call(charlie, "GET", "/v1.0/enterprise-projects").json

    assert [one["id"] for one in found["enterprise_projects"]] == ["0", made.eps_id]
    assert ([one["name"] for one in second["enterprise_projects"]], second["total_count"]) == (["finance"], 2)
    assert [one["id"] for one in of_charlie["enterprise_projects"]] == ["0"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=x"])
def test_pages_of_enterprise_projects_are_checked(alice: Person, query: str) -> None:
    answer = call(alice, "GET", f"/v1.0/enterprise-projects?{query}")

    assert (answer.status, answer.code) == (400, "KMS.0308")


def test_a_request_signed_as_by_golangsdk_is_taken(alice: Person) -> None:
    path, body = f"/v1.0/{alice.project.pk}/kms/list-keys", b'{"limit": 10}'
    headers = signed_headers(alice.ak, alice.sk, "POST", path, body, accept="*/*", user_agent="golangsdk/2.0.0")
    without_host = {name: value for name, value in headers.items() if name != "host"}

    assert "host" in headers["authorization"]
    assert send("POST", path, body, without_host).status == 401
    assert send("POST", path, body, {**headers, "x-project-id": uuid.uuid4().hex, "x-domain-id": "x"}).status == 200


@pytest.mark.parametrize("path", ["/", "/v1.0", "/v2", "/v3", "/v3/"])
def test_versions_are_told_to_everybody(db: None, path: str) -> None:
    answer = send("GET", path, b"", {"accept": "*/*"})

    content = json.loads(answer.body)
    versions = content["versions"] if path == "/" else [content["version"]]
    assert answer.status == 200
    assert {"v1.0", "v2", "v3"} >= {one["id"] for one in versions}
    assert all(one["links"][0]["href"].endswith(f"/{one['id']}/") for one in versions)


def test_the_sdk_reads_the_versions(sdk: Any) -> None:
    assert [one.id for one in sdk.show_versions().versions] == ["v1.0", "v2", "v3"]
    assert sdk.show_version(version_id="v1.0").version["status"] == "CURRENT"
    assert sdk.refusal("show_version", version_id="v9") == (404, "APIG.0101")


def test_a_browser_gets_the_console_at_the_root(server: Server) -> None:
    page = plain_http.get(server.url, headers={"Accept": "text/html,application/xhtml+xml"})

    assert page.status_code == 302
