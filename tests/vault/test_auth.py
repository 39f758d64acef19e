"""Who is let in by Vault's door: service tokens and logins by an access key, which end at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from console.access.limits import CALLS, FAILED_PROOFS
from console.models import AccessKey, ServiceToken, Token, Trace
from keys.models import Key
from tests.support.people import Person, with_access_key
from tests.support.vault import Client, access_key_of
from tests.support.wire import Answer, send


@pytest.fixture(autouse=True)
def _forget_failures() -> None:
    FAILED_PROOFS.forget()


def login(ak: str, secret: str) -> Answer:
    return Client(None, "").call("POST", "auth/approle/login", {"role_id": ak, "secret_id": secret})  # type: ignore[arg-type]


def test_an_access_key_logs_its_service_user_in_for_an_hour(client: Client, key: Key) -> None:
    ak, secret = access_key_of(client)
    auth = login(ak, secret).json["auth"]

    assert (auth["lease_duration"], auth["renewable"], auth["policies"]) == (3600, False, ["default"])
    logged_in = Client(client.person, auth["client_token"])
    assert logged_in.post(f"transit/datakey/plaintext/{key.pk}").status == 200
    shown = logged_in.get("auth/token/lookup-self").json["data"]
    assert 3590 <= shown["ttl"] <= 3600
    assert shown["meta"]["project_id"] == client.person.project.pk
    trace = Trace.objects.filter(name="createToken").get()
    assert (trace.user_name, trace.project_id) == (client.person.user.username, client.person.project.pk)

    AccessKey.objects.filter(pk=ak).update(is_active=False)
    assert login(ak, secret).status == 400


def test_whatever_is_wrong_with_a_login_is_one_answer(client: Client) -> None:
    ak, secret = access_key_of(client)
    answers = [
        login(*wrong) for wrong in ((ak, secret[:-1]), (ak, ""), ("", secret), ("UNKNOWN", secret), ("a\0b", secret))
    ]

    assert {one.status for one in answers} == {400}
    assert {one.json["errors"][0] for one in answers} == {answers[0].json["errors"][0]}
    assert "invalid role or secret ID" in answers[0].json["errors"][0]


def test_a_person_does_not_log_in_so(alice: Person) -> None:
    person = with_access_key(alice)

    assert login(person.ak, person.sk).status == 403


def test_a_token_that_is_shown_twice_is_one_and_two_that_differ_are_none(client: Client) -> None:
    """Ceph's gateway sends the header twice; the connection joins the two."""
    token = client.token

    assert client.get("auth/token/lookup-self", **{"X-Vault-Token": f"{token},{token}"}).status == 200
    for others in (f"{token},kms.forged", f"kms.forged,{token}", f"{token},"):
        assert client.get("auth/token/lookup-self", **{"X-Vault-Token": others}).status == 403


def test_failures_are_counted_by_address_and_the_right_one_passes(client: Client, settings: Any) -> None:
    settings.FAILURES_PER_MINUTE = 3
    ak, secret = access_key_of(client)
    statuses = [login(ak, "wrong").status for _ in range(4)]

    assert (statuses[0], statuses[-1]) == (400, 429)
    assert login(ak, "wrong").headers["retry-after"]
    assert login(ak, secret).status == 200
    assert client.get("auth/token/lookup-self").status == 200


def test_a_token_comes_in_either_header_and_forged_ones_are_403(client: Client, key: Key) -> None:
    path = f"/v1/transit/datakey/plaintext/{key.pk}"
    assert send("POST", path, b"", {"Authorization": f"Bearer {client.token}"}).status == 200
    for headers in (
        {},
        {"X-Vault-Token": "kms.forged"},
        {"X-Vault-Token": "x" * 100_000},
        {"X-Vault-Token": client.token + "x"},
        {"Authorization": client.token},
        {"X-Vault-Token": ServiceToken.objects.get().digest},
    ):
        answer = send("POST", path, b"", headers)
        assert (answer.status, "permission denied" in answer.json["errors"][0]) == (403, True)


@pytest.mark.parametrize("end", ["revoked", "deleted", "expired", "disabled"])
def test_a_token_ends_at_once(client: Client, key: Key, end: str) -> None:
    path = f"transit/datakey/plaintext/{key.pk}"
    assert client.post(path).status == 200
    if end == "revoked":
        assert client.post("auth/token/revoke-self").status == 204
        assert Trace.objects.filter(name="revokeToken", status=200).count() == 1
    elif end == "deleted":
        ServiceToken.objects.all().delete()
    elif end == "expired":
        ServiceToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        client.person.user.is_active = False
        client.person.user.save(update_fields=["is_active"])

    assert client.post(path).status == 403
    assert client.get("auth/token/lookup-self").status == 403


def test_a_login_is_revoked_by_itself(client: Client) -> None:
    made = login(*access_key_of(client)).json["auth"]["client_token"]
    one = Client(client.person, made)

    assert one.post("auth/token/renew-self", {"increment": 60}).json["auth"]["renewable"] is False
    assert one.post("auth/token/revoke-self").status == 204
    assert not Token.objects.exists()
    assert one.get("auth/token/lookup-self").status == 403
    assert client.get("auth/token/lookup-self").json["data"]["ttl"] == 0


def test_a_namespace_is_none_or_the_project(client: Client, key: Key) -> None:
    path = f"transit/datakey/plaintext/{key.pk}"
    for namespace, status in (("", 200), (client.person.project.pk, 200), (f"{client.person.project.pk}/", 200)):
        assert client.call("POST", path, {}, **{"X-Vault-Namespace": namespace}).status == status
    assert client.call("POST", path, {}, **{"X-Vault-Namespace": "other"}).status == 404


def test_the_server_says_that_it_is_there(db: None) -> None:
    for method, path in (("GET", "sys/health"), ("HEAD", "sys/health"), ("GET", "sys/seal-status")):
        answer = send(method, f"/v1/{path}", b"", {})
        assert (answer.status, answer.json["initialized"], answer.json["sealed"]) == (200, True, False)


def test_what_is_not_offered_is_404_and_405(client: Client) -> None:
    assert client.get("sys/policies/acl").status == 404
    assert client.get("x").status == 404
    assert client.call("DELETE", "transit/random").status == 405


def test_calls_of_a_user_are_limited_where_that_is_set(client: Client, key: Key, settings: Any) -> None:
    settings.CALLS_PER_SECOND = 2
    CALLS.forget()
    paths = ["auth/token/lookup-self", "auth/token/lookup-self", "auth/token/lookup-self", f"transit/keys/{key.pk}"]

    assert [client.get(path).status for path in paths] == [200, 200, 429, 429]
    CALLS.forget()
    settings.CALLS_PER_SECOND = 0
