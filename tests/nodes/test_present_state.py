"""What one node changes counts on the other in the very next request; what may be made once is made once."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import pytest

from tests.nodes.conftest import Cluster
from tests.support.load import Answer, Client
from tests.support.visitors import Visitor

SOME, FEW = 10, 5


@pytest.fixture
def clients(cluster: Cluster, account: dict[str, Any]) -> Iterator[list[Client]]:
    """One a node, both of the same user."""
    with ExitStack() as stack:
        yield [stack.enter_context(Client(node.url, account)) for node in cluster.nodes]


@pytest.fixture
def strangers(cluster: Cluster, stranger: dict[str, Any]) -> Iterator[list[Client]]:
    """The same of another account."""
    with ExitStack() as stack:
        yield [stack.enter_context(Client(node.url, stranger)) for node in cluster.nodes]


@pytest.fixture
def visitors(cluster: Cluster, account: dict[str, Any]) -> Iterator[list[Visitor]]:
    """A browser a node, signed in there."""
    with ExitStack() as stack:
        yield [stack.enter_context(Visitor(one, account, public_url=cluster.balancer.url)) for one in cluster.nodes]


def code(answer: Answer) -> tuple[int, str]:
    """Status and error code, empty where it succeeded."""
    content = answer.content if isinstance(answer.content, dict) else {}
    return answer.status, content.get("error", content).get("error_code", "")


def turns(both: Sequence[Any], number: int) -> Iterator[tuple[Any, Any]]:
    """Who changes and who asks, the other way round each time."""
    for index in range(number):
        yield both[index % 2], both[(index + 1) % 2]


def at_once(both: list[Client], number: int, work: Callable[[Client, int], Any]) -> list[Any]:
    """The results of so many calls that begin together, on both nodes in turn."""
    start = Barrier(number)

    def begin(index: int) -> Any:
        with Client(both[index % 2].place.geturl(), both[0].account) as client:
            start.wait()
            return work(client, index)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))


def new_key(client: Client, **fields: Any) -> str:
    answer = client.kms("create-key", key_alias=uuid.uuid4().hex, **fields)
    assert answer.status == 200, answer
    return str(answer.content["key_info"]["key_id"])


def token_of(client: Client) -> dict[str, str]:
    """The headers of a token for the account's user, who shows his password to this node."""
    account = client.account
    user = {"name": account["user"]["name"], "domain": {"name": account["account"]["name"]}}
    identity = {"methods": ["password"], "password": {"user": {**user, "password": account["user"]["password"]}}}
    asked = {"auth": {"identity": identity, "scope": {"project": {"id": client.project}}}}
    headers = {"Content-Type": "application/json"}
    client.http.request("POST", "/v3/auth/tokens", json.dumps(asked), headers)
    answer = client.http.getresponse()
    answer.read()
    return {**headers, "X-Auth-Token": answer.headers["X-Subject-Token"]}


# What one node changes


def test_a_key_disabled_on_one_node_refuses_on_the_other_100_times_in_a_row(clients: list[Client]) -> None:
    key_id = new_key(clients[0])
    asked = {"key_id": key_id, "plain_text": "x"}

    for here, there in turns(clients, 100):
        assert here.kms("disable-key", key_id=key_id).status == 200
        assert code(there.kms("encrypt-data", **asked)) == (400, "KMS.0209")
        assert there.kms("enable-key", key_id=key_id).status == 200
        assert code(here.kms("encrypt-data", **asked)) == (200, "")


def test_a_key_to_be_deleted_refuses_on_the_other_node(clients: list[Client]) -> None:
    key_id = new_key(clients[0])

    for here, there in turns(clients, SOME):
        assert here.kms("schedule-key-deletion", key_id=key_id, pending_days="7").status == 200
        assert there.kms("encrypt-data", key_id=key_id, plain_text="x").status == 400
        assert there.kms("cancel-key-deletion", key_id=key_id).status == 200
        assert here.kms("enable-key", key_id=key_id).status == 200
        assert there.kms("encrypt-data", key_id=key_id, plain_text="x").status == 200


def test_a_computed_signature_is_refused_as_soon_as_an_encryption(clients: list[Client]) -> None:
    key_id = new_key(clients[0], key_spec="RSA_2048")
    asked = {
        "key_id": key_id,
        "message": "eA==",
        "message_type": "RAW",
        "signing_algorithm": "RSASSA_PKCS1_V1_5_SHA_256",
    }

    for here, there in turns(clients, SOME):
        assert there.kms("sign", **asked).status == 200
        assert here.kms("disable-key", key_id=key_id).status == 200
        assert code(there.kms("sign", **asked)) == (400, "KMS.0209")
        assert there.kms("enable-key", key_id=key_id).status == 200


def test_a_grant_revoked_on_one_node_gives_nothing_on_the_other(clients: list[Client], strangers: list[Client]) -> None:
    key_id, grantee = new_key(clients[0]), strangers[0].account["user"]["id"]
    asked = {"key_id": key_id, "plain_text": "x"}

    for (here, there), (_, he) in zip(turns(clients, SOME), turns(strangers, SOME), strict=True):
        wish = {"key_id": key_id, "grantee_principal": grantee, "operations": ["encrypt-data"]}
        grant_id = here.kms("create-grant", **wish).content["grant_id"]
        assert he.kms("encrypt-data", **asked).status == 200
        assert there.kms("revoke-grant", key_id=key_id, grant_id=grant_id).status == 200
        assert he.kms("encrypt-data", **asked).status == 404


def test_an_access_key_disabled_on_one_node_signs_nothing_on_the_other(
    clients: list[Client], visitors: list[Visitor]
) -> None:
    ak = clients[0].account["access_key"]["ak"]

    for (browser, _), (_, there) in zip(turns(visitors, SOME), turns(clients, SOME), strict=True):
        assert browser.post(browser.path(f"access-keys/{ak}/switch"), {"to": "off"}).status_code == 302
        assert code(there.kms("list-keys")) == (401, "APIGW.0301")
        assert browser.post(browser.path(f"access-keys/{ak}/switch"), {"to": "on"}).status_code == 302
        assert there.kms("list-keys").status == 200


def test_a_user_who_is_disabled_on_one_node_is_out_on_the_other(
    cluster: Cluster, account: dict[str, Any], clients: list[Client], visitors: list[Visitor]
) -> None:
    (user_id,) = _printed(
        cluster,
        "from console.models import Account; from console.operations.users import create_user, update_user; "
        f"a = Account.objects.get(pk={account['account']['id']!r}); from console.access.caller import Caller; "
        "user, password = create_user(Caller.server(a), account=a, login='second', password='a long passphrase'); "
        "update_user(Caller.server(a), user, is_owner=True); print(user.pk)",
    )
    second = {**account, "user": {"id": user_id, "name": "second", "password": "a long passphrase"}}
    address = f"users/{user_id}/switch/is_active"
    for (here, _), (_, node) in zip(turns(visitors, FEW), turns(cluster.nodes, FEW), strict=True):
        with Visitor(node, second, public_url=cluster.balancer.url) as there:
            assert there.http.get(there.path("kms/keys")).status_code == 200
            assert here.post(here.path(address), {"to": "off"}).status_code == 302
            assert there.http.get(there.path("kms/keys")).status_code == 302
        assert here.post(here.path(address), {"to": "on"}).status_code == 302


def test_a_new_password_on_one_node_ends_sessions_and_tokens_on_the_other(
    cluster: Cluster, account: dict[str, Any], clients: list[Client]
) -> None:
    def lists(client: Client, headers: dict[str, str]) -> int:
        return client.send("POST", f"/v1.0/{client.project}/kms/list-keys", "{}", headers).status

    for number, node in enumerate(cluster.nodes):
        other = cluster.nodes[1 - number]
        with (
            Visitor(node, account, public_url=cluster.balancer.url) as here,
            Visitor(other, account, public_url=cluster.balancer.url) as there,
        ):
            token = token_of(clients[number])
            assert lists(clients[1 - number], token) == 200
            old, new = account["user"]["password"], f"a passphrase of node {number}"
            typed = {"old_password": old, "new_password1": new, "new_password2": new}

            assert here.post(here.path("password"), typed).status_code == 302

            assert there.http.get(there.path("kms/keys")).status_code == 302
            assert lists(clients[1 - number], token) == 401
            account["user"]["password"] = new


def test_who_signed_in_at_one_node_is_signed_in_at_the_other(cluster: Cluster, visitors: list[Visitor]) -> None:
    (here, there) = visitors
    there.http.cookies.clear()
    assert there.http.get(there.path("kms/keys")).status_code == 302

    for name, value in here.http.cookies.items():
        there.http.cookies.set(name, value, domain="127.0.0.1")

    assert there.http.get(there.path("kms/keys")).status_code == 200
    assert there.create_key("made-there").status_code == 302
    assert here.aliases() == ["made-there"]
    there.post("/sign-out", {})
    assert here.http.get(here.path("kms/keys")).status_code == 302


# What may be made once


def test_a_default_key_that_many_ask_for_on_both_nodes_is_made_once(clients: list[Client]) -> None:
    asked = {"key_id": "obs/default", "datakey_length": "256"}

    answers = at_once(clients, 24, lambda client, _: client.kms("create-datakey", **asked))

    assert {code(one) for one in answers} == {(200, "")}
    assert len({one.content["key_id"] for one in answers}) == 1


def test_an_alias_that_many_want_on_both_nodes_is_given_once(clients: list[Client]) -> None:
    answers = at_once(clients, 24, lambda client, _: client.kms("create-key", key_alias="orders").status)

    assert Counter(answers) == {200: 1, 400: 23}
    assert clients[0].kms("list-keys").content["total"] == 1


def test_a_quota_of_20_is_kept_by_both_nodes_together(strangers: list[Client]) -> None:
    answers = at_once(strangers, 40, lambda client, number: client.kms("create-key", key_alias=f"key-{number}").status)

    assert Counter(answers) == {200: 20, 400: 20}
    assert [one.kms("list-keys").content["total"] for one in strangers] == [20, 20]


def _printed(cluster: Cluster, program: str) -> list[str]:
    return cluster.one.quickly(code=program).split()
