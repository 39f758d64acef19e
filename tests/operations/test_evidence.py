"""What a key's owner learns of its use: how often, when last, by whom, users of other accounts included."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.models import CallCount
from keys import operations
from keys.errors import KeyDisabled
from keys.models import Key
from keys.operations.evidence import evidence_of, last_uses
from tests.support.people import Person


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def by_api(caller: Caller) -> Caller:
    return replace(caller, by_api=True)


def test_a_new_key_was_never_used(caller: Caller, key: Key) -> None:
    evidence = evidence_of(caller, key)

    assert (evidence.last_use, evidence.calls, evidence.refused, evidence.users) == (None, 0, 0, [])
    assert len(evidence.days) == 30
    assert last_uses([key]) == {}


def test_uses_are_counted_with_the_last_one_and_who_made_it(caller: Caller, key: Key) -> None:
    for _ in range(3):
        operations.encrypt_data(by_api(caller), key_id=key.pk, plaintext=b"secret")

    evidence = evidence_of(caller, key)

    assert evidence.calls == evidence.days[-1].calls == 3
    assert [(one.name, one.calls) for one in evidence.users] == [(caller.user.login if caller.user else "", 3)]
    assert evidence.last_use is not None
    assert evidence.last_use.operation == "encryptData"
    assert timezone.now() - evidence.last_use.at < timedelta(minutes=1)
    assert last_uses([key]) == {key.pk: evidence.last_use.at}


def test_looking_at_a_key_is_no_use_of_it(caller: Caller, key: Key) -> None:
    operations.describe_key(by_api(caller), key.pk)

    assert evidence_of(caller, key).calls == 0


def test_what_was_refused_is_no_last_use(caller: Caller, key: Key) -> None:
    operations.disable_key(caller, key.pk)
    with pytest.raises(KeyDisabled):
        operations.encrypt_data(by_api(caller), key_id=key.pk, plaintext=b"secret")

    evidence = evidence_of(caller, key)

    assert (evidence.calls, evidence.refused, evidence.last_use) == (1, 1, None)


def test_a_grantee_of_another_account_is_named_with_it(caller: Caller, key: Key, charlie: Person) -> None:
    operations.create_grant(caller, key.pk, grantee=charlie.user.pk, operations=["encrypt-data"])
    operations.encrypt_data(by_api(charlie.caller), key_id=key.pk, plaintext=b"secret")

    evidence = evidence_of(caller, key)

    assert [one.name for one in evidence.users] == [charlie.user.username]
    assert evidence.counts == (1, 0, 0, 0)


def test_older_uses_tell_when_the_last_one_was_and_count_no_more(caller: Caller, key: Key) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    CallCount.objects.create(
        account_id=caller.account.pk,
        day=long_ago.date(),
        operation="encryptData",
        resource_id=str(key.pk),
        calls=5,
        last_at=long_ago,
    )

    evidence = evidence_of(caller, key)

    assert evidence.calls == 0
    assert evidence.last_use is not None
    assert evidence.last_use.at == long_ago


def test_values_in_mounts_are_counted_until_they_are_destroyed(caller: Caller) -> None:
    key = operations.create_key(caller, alias="vault")
    operations.create_mount(caller, path="secret", key_id=key.pk)
    for _ in range(2):
        operations.write_value(caller, path="secret", name="x", content=b"{}")
    operations.destroy_values(caller, path="secret", name="x", versions=[1])

    assert evidence_of(caller, key).counts.values == 1
