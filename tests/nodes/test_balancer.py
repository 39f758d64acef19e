"""The nginx.conf that is shipped: what is signed comes through as it was, and limits and addresses are the nodes'."""

from typing import Any

import httpx
import pytest

from tests.nodes.conftest import Cluster
from tests.support.load import Client
from tests.support.sdk import Sdk
from tests.support.signing import signed_headers
from tests.support.visitors import Visitor


@pytest.fixture
def sdk(cluster: Cluster, account: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Sdk:
    """The official SDK, which believes the balancer's certificate and is told nothing else."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cluster.balancer.certificate))
    balancer: Any = cluster.balancer
    return Sdk(balancer, account)


@pytest.fixture
def through(cluster: Cluster, account: dict[str, Any]) -> Any:
    with cluster.client(account) as client:
        yield client


@pytest.mark.parametrize("name", ["plain", "a/b c:d@ü", "_.:/+-@ x", "a//b", "../..", "密钥"])
def test_a_signature_over_what_an_address_must_encode_holds(sdk: Sdk, name: str) -> None:
    key_id = sdk.new_key()
    sdk.create_kms_tag(key_id=key_id, tag={"key": name, "value": "x"})

    sdk.delete_tag(key_id=key_id, key=name)

    assert sdk.show_kms_tags(key_id=key_id).exist_tags_num == 0


def test_a_signature_over_a_query_holds(sdk: Sdk) -> None:
    key_id = sdk.new_key()
    for name in ("alias/b/c", "alias/d_e"):
        sdk.create_alias(key_id=key_id, alias=name)

    (page,) = sdk.list_aliases(key_id=key_id, limit="1").body
    (rest,) = sdk.list_aliases(key_id=key_id, limit="1", marker=page.page_info.next_marker).body
    found = sdk.eps.list_enterprise_project(name="ü & 50 %/?=+", limit=10)

    assert {one.alias for one in [*page.aliases, *rest.aliases]} == {"alias/b/c", "alias/d_e"}
    assert found.total_count == 0


def test_neighbouring_services_and_temporary_keys_come_through(sdk: Sdk) -> None:
    key_id = sdk.new_key()

    assert [one.name for one in sdk.iam.keystone_list_projects().projects]
    assert sdk.cts.list_traces(trace_type="system", resource_id=key_id).traces
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="ü" * 1000).cipher_text
    assert sdk.decrypt_data(cipher_text=sealed).plain_text == "ü" * 1000


@pytest.mark.parametrize(
    "target",
    ["/v1.0/{}/kms/list-keys?a=%2F&b=%2f&a=&c", "/v1.0/{}//kms/./list-keys", "/v1.0/{}/kms/a/../list%2dkeys?x=a+b%20c"],
)
def test_an_address_comes_as_it_was_sent(through: Client, target: str) -> None:
    answer = through.call("POST", target.format(through.project), {"limit": "1"})

    assert answer.status in {200, 404}, answer  # which of both is the node's business: the signature holds


def test_a_signed_header_with_an_underscore_or_a_space_comes_through(through: Client) -> None:
    target, key = f"/v1.0/{through.project}/kms/list-keys", through.account["access_key"]
    more = {"my_own_header": "a  b", "x-other": "ü".encode().decode("latin-1"), "host": through.place.netloc}
    headers = signed_headers(key["ak"], key["sk"], "POST", target, b"{}", **more)

    assert through.send("POST", target, "{}", headers).status == 200


def test_the_trace_names_the_client_and_the_log_its_request(cluster: Cluster, through: Client) -> None:
    answer = through.kms("create-key", key_alias="traced")
    forged = through.call("GET", f"/v1.0/{through.project}/kms/user-quotas", {})

    shown = cluster.one.quickly(
        code="from console.models import Trace; "
        f"print(Trace.objects.get(request_id={answer.request_id!r}).source_ip, end='')"
    )
    assert shown == "127.0.0.1"
    ids = [one["request_id"] for one in cluster.balancer.requests()]
    assert {answer.request_id, forged.request_id} <= {*ids}
    assert len(ids) == len({*ids})


def test_the_last_trusted_hop_says_where_a_request_came_from(cluster: Cluster, through: Client) -> None:
    target, key = f"/v1.0/{through.project}/kms/list-keys", through.account["access_key"]
    headers = signed_headers(key["ak"], key["sk"], "POST", target, b"{}", host=through.place.netloc)
    answer = through.send("POST", target, "{}", {**headers, "X-Forwarded-For": "203.0.113.9, 198.51.100.7"})

    shown = cluster.one.quickly(
        code="from console.models import Trace; "
        f"print(Trace.objects.get(request_id={answer.request_id!r}).source_ip, end='')"
    )
    assert shown == "198.51.100.7"


def test_bodies_and_heads_are_refused_by_the_nodes_in_their_own_words(through: Client) -> None:
    long = through.kms("encrypt-data", key_id="x", plain_text="x" * 100_000)
    page = through.send("POST", "/sign-in", "x" * 1_000_000, {"Content-Type": "text/plain"})
    too_long = through.send("POST", "/sign-in", "x" * 1_100_000, {"Content-Type": "text/plain"})
    head = through.send("GET", "/v1.0", "", {"X-Long": "x" * 60_000, "X-Longer": "x" * 10_000})
    fits = through.send("GET", "/v1.0", "", {"X-Long": "x" * 60_000})

    assert (long.status, long.content["error"]["error_code"]) == (400, "KMS.0203")
    assert page.status == 403
    assert too_long.status == 413
    assert (head.status, fits.status) == (431, 200)


def test_pages_and_cookies_say_that_they_are_secure(cluster: Cluster, account: dict[str, Any]) -> None:
    with Visitor(cluster.balancer, account, trusted=cluster.trusted) as visitor:
        answer = visitor.http.get(visitor.path("kms/keys"))

        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert {one.name for one in visitor.http.cookies.jar} >= {"__Host-session", "__Host-csrf"}
        assert all(one.secure for one in visitor.http.cookies.jar)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(cluster.balancer.url)
