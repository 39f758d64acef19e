"""What services need of an account: service users with their grants and tokens, and when one last asked for a key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.access.last_uses import keep_last_uses
from console.access.principals import holder_of_service_token
from console.access.tokens import digest_of
from console.models import AccessKey, ServiceToken, Trace, User
from console.operations.roles import RoleWish
from console.operations.users import update_user
from keys import operations
from keys.errors import KeyDisabled, KeyIsDefault, KeyNotFound, NameTaken, NotPermitted
from keys.models import Grant, Key
from keys.operations import services
from keys.operations.services import (
    create_user_for_service,
    grants_held,
    keys_for_services,
    last_asked,
    last_shown,
    service_users_of,
)
from tests.support.people import Person, service_user


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def acting(user: User) -> Caller:
    return Caller.of_user(user, user.project, source_ip="", request_id="", by_api=True)


# Made with all that they need


def test_one_with_a_token_uses_the_default_key_at_once(caller: Caller) -> None:
    made = create_user_for_service(caller, login="store", service="obs")

    found = holder_of_service_token(digest_of(made.token))
    assert found is not None
    assert (found.user, made.user.project, made.access_key) == (made.user, caller.project, None)
    assert operations.create_datakey(found.caller(source_ip="", request_id=""), key_id="obs/default").plaintext
    assert not Grant.objects.exists()


def test_one_of_volumes_gets_an_access_key(caller: Caller) -> None:
    made = create_user_for_service(caller, login="disks", service="evs")

    assert made.access_key == AccessKey.objects.get(user=made.user)
    assert (len(made.secret), made.token) == (40, "")
    assert not ServiceToken.objects.exists()


@pytest.mark.parametrize(
    ("service", "names"),
    [("rds", services.DATA_KEYS), ("", (*services.DATA_KEYS, *services.DATA))],
    ids=["of a service", "of none"],
)
def test_one_for_a_key_is_granted_what_it_is_for(
    caller: Caller, key: Key, service: str, names: tuple[str, ...]
) -> None:
    made = create_user_for_service(caller, login="books.db", service=service, key_id=key.pk)

    grant = Grant.objects.get(grantee_user=made.user)
    assert {*grant.operations} == {*names}
    assert (grant.key_id, grant.name) == (key.pk, "books-db")
    assert operations.create_datakey(acting(made.user), key_id=key.pk).plaintext


def test_what_can_be_refused_is_refused_before_anything_is_made(
    caller: Caller, bob: Person, neighbour: Caller, key: Key
) -> None:
    operations.create_datakey(caller, key_id="obs/default")
    default = Key.objects.get(is_default=True)
    theirs = operations.create_key(neighbour, alias="theirs")
    operations.disable_key(caller, key.pk)
    made = User.objects.count()

    for refusal, asked in (
        (KeyDisabled, {"key_id": key.pk}),
        (KeyIsDefault, {"key_id": default.pk}),
        (KeyNotFound, {"key_id": theirs.pk}),
        (NameTaken, {"login": "bob"}),
    ):
        with pytest.raises(refusal):
            create_user_for_service(caller, **{"login": "store", "service": "obs", **asked})  # type: ignore[arg-type]
    update_user(Caller.server(bob.account), bob.user, roles=[RoleWish("KMS Administrator")])
    with pytest.raises(NotPermitted):
        create_user_for_service(bob.caller, login="store", service="obs")
    assert User.objects.count() == made


# What there is to choose from


def test_keys_that_services_can_use_are_offered(caller: Caller, neighbour: Caller, key: Key) -> None:
    operations.create_key(neighbour, alias="theirs")
    operations.create_key(caller, alias="curve", key_spec="EC_P256")
    off = operations.create_key(caller, alias="off")
    operations.disable_key(caller, off.pk)
    operations.create_datakey(caller, key_id="obs/default")

    assert keys_for_services(caller) == [key]


def test_service_users_of_a_service_and_of_none_are_offered(alice: Person, bob: Person, charlie: Person) -> None:
    for person, login, service in ((alice, "a", "obs"), (alice, "b", "evs"), (alice, "c", ""), (charlie, "d", "obs")):
        service_user(person, login, service)
    update_user(Caller.server(alice.account), service_user(alice, "off", "obs").user, is_active=False)

    assert [one.login for one in service_users_of(alice.caller, "obs")] == ["a", "c"]
    with pytest.raises(NotPermitted):
        service_users_of(bob.caller, "obs")


def test_grants_that_a_user_holds_are_told(alice: Person, bob: Person, neighbour: Caller, key: Key) -> None:
    store = service_user(alice, "store")
    grant = operations.create_grant(alice.caller, key.pk, grantee=store.user.pk, operations=["create-datakey"])
    theirs = operations.create_key(neighbour, alias="theirs")
    operations.create_grant(neighbour, theirs.pk, grantee=store.user.pk, operations=["create-datakey"])

    assert grants_held(alice.caller, store.user) == [grant]
    with pytest.raises(NotPermitted):
        grants_held(bob.caller, store.user)


# When it last asked


def test_the_last_use_is_told_with_its_result_and_numbers(alice: Person, key: Key) -> None:
    store = service_user(alice, "store", "obs").user
    assert last_asked(alice.caller, store) is None
    who = acting(store)
    operations.create_datakey(who, key_id="obs/default", additional_data={"aws:s3:arn": "cat"})

    found = last_asked(alice.caller, store)

    assert found is not None
    assert (found.operation, found.status, found.error_code, found.key) == ("createDataKey", 200, "", "obs/default")
    assert (found.number, found.refused, found.used_for) == (1, 0, {"kind": "object", "name": "cat"})
    with pytest.raises(NotPermitted):
        operations.create_datakey(who, key_id=key.pk)
    operations.create_datakey(alice.caller, key_id=key.pk)
    refused = last_asked(alice.caller, store)
    assert refused is not None
    assert (refused.status, refused.error_code, refused.key, refused.number, refused.refused) == (
        *(403, "KMS.0306", "orders", 2),
        1,
    )


def test_what_is_older_than_a_day_counts_no_more(alice: Person) -> None:
    store = service_user(alice, "store", "obs").user
    operations.create_datakey(acting(store), key_id="obs/default")
    Trace.objects.filter(user_id=store.pk).update(at=timezone.now() - timedelta(hours=25))

    found = last_asked(alice.caller, store)

    assert found is not None
    assert (found.number, found.since) == (0, None)


def test_where_the_account_did_too_much_it_is_said_since_when_it_was_counted(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LOOKED_AT", 2)
    store = service_user(alice, "store", "obs").user
    for _ in range(3):
        operations.create_datakey(acting(store), key_id="obs/default")

    found = last_asked(alice.caller, store)

    assert found is not None
    assert (found.number, found.since) == (2, Trace.objects.order_by("-at")[1].at)


def test_it_is_told_to_who_reads_traces_of_the_account_alone(alice: Person, bob: Person, charlie: Person) -> None:
    store = service_user(alice, "store", "obs").user
    operations.create_datakey(acting(store), key_id="obs/default")

    with pytest.raises(NotPermitted):
        last_asked(bob.caller, store)
    assert last_asked(charlie.caller, store) is None


def test_the_last_time_it_showed_anything_is_known(caller: Caller) -> None:
    made = create_user_for_service(caller, login="store", service="obs")
    assert last_shown(made.user) is None
    holder_of_service_token(digest_of(made.token))

    keep_last_uses()

    assert timezone.now() - (last_shown(made.user) or timezone.now() - timedelta(days=1)) < timedelta(minutes=1)
