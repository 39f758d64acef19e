"""What a key is used for, as the encryption contexts of its calls say, and nothing else of them."""

import json
from typing import Any

import pytest

from console.access.caller import Caller
from console.models import Trace
from keys import operations
from keys.errors import KeyDisabled, KmsError, NotPermitted
from keys.models import Key
from keys.operations import uses
from keys.operations.uses import Use, used_for, uses_of
from keys.sentences import THINGS
from tests.support.people import Person, service_user

PHOTO = "arn:aws:s3::shop:photos/cat.jpg"


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def of_last_trace() -> Any:
    return Trace.objects.latest("id").detail.get("used_for")


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        ({"aws:s3:arn": PHOTO}, "object"),
        ({"kms:volume": PHOTO}, "volume"),
        ({"kms:image": PHOTO}, "image"),
        ({"kms:database": PHOTO}, "database"),
        ({"kms:kubernetes": PHOTO}, "cluster"),
        ({"kms:secret": PHOTO}, "secret"),
    ],
)
def test_a_known_pair_names_what_a_call_is_for(context: dict[str, str], kind: str) -> None:
    assert used_for({"tenant": "secret", **context}) == {"kind": kind, "name": PHOTO}


@pytest.mark.parametrize("data", [None, "", "kms:volume", {}, {"volume": "a"}, {"kms:volume": ""}], ids=repr)
def test_anything_else_names_nothing(data: Any) -> None:
    assert used_for(data) is None


def test_each_kind_has_its_word() -> None:
    assert THINGS.keys() == {*uses.KINDS.values()}


def test_a_name_is_cut_and_has_nothing_that_no_database_takes() -> None:
    assert used_for({"kms:volume": "a\0b\ud800" + "x" * 300}) == {"kind": "volume", "name": "a\ufffdb?" + "x" * 251}


def test_every_call_that_opens_and_closes_data_says_what_for(caller: Caller, key: Key) -> None:
    context = {"aws:s3:arn": PHOTO, "customer": "Ada Lovelace"}
    told = {"kind": "object", "name": PHOTO}
    more: dict[str, Any] = {"key_id": key.pk, "additional_data": context}

    made = operations.create_datakey(caller, **more)
    assert of_last_trace() == told
    operations.create_datakey_without_plaintext(caller, **more)
    assert of_last_trace() == told
    operations.decrypt_datakey(caller, ciphertext=made.ciphertext, **more)
    assert of_last_trace() == told
    sealed = operations.encrypt_data(caller, plaintext=b"x", **more).ciphertext
    assert of_last_trace() == told
    operations.decrypt_data(caller, ciphertext=sealed, additional_data=context)
    assert of_last_trace() == told
    assert "Lovelace" not in json.dumps(list(Trace.objects.values_list("detail", flat=True)))


def test_a_refused_call_says_it_too(caller: Caller, key: Key) -> None:
    operations.disable_key(caller, key.pk)

    with pytest.raises(KeyDisabled):
        operations.create_datakey(caller, key_id=key.pk, additional_data={"kms:volume": "vol-1"})

    trace = Trace.objects.latest("id")
    assert (trace.resource_id, trace.status, trace.detail["used_for"]["name"]) == (str(key.pk), 400, "vol-1")


def test_uses_are_told_the_newest_first_with_their_numbers_and_last_refusal(alice: Person, key: Key) -> None:
    store = service_user(alice, "store")
    operations.create_grant(alice.caller, key.pk, grantee=store.user.pk, operations=["create-datakey"])
    who = Caller.of_user(store.user, alice.project, source_ip="", request_id="", by_api=True)
    for caller, name in ((who, "a"), (who, "b"), (alice.caller, "a"), (who, "a")):
        operations.create_datakey(caller, key_id=key.pk, additional_data={"aws:s3:arn": name})
    operations.create_datakey(who, key_id=key.pk)
    with pytest.raises(KmsError):
        operations.create_datakey(who, key_id=key.pk, length=7, additional_data={"aws:s3:arn": "c"})
    operations.disable_key(alice.caller, key.pk)
    with pytest.raises(KeyDisabled):
        operations.create_datakey(who, key_id=key.pk, additional_data={"aws:s3:arn": "b"})

    found = uses_of(alice.caller, key)

    told = [(one.kind, one.name, one.user, one.number, one.refused, one.error_code) for one in found]
    assert told == [
        ("object", "b", "store", 1, 1, "KMS.0209"),
        ("object", "a", "store", 2, 0, ""),
        ("object", "a", "northwind", 1, 0, ""),
    ]
    assert all(one.first_at <= one.last_at for one in found)
    assert found[1].first_at < found[2].last_at < found[1].last_at
    assert found[0].refused_at == found[0].last_at


def test_older_traces_than_the_last_ones_don_t_count(caller: Caller, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old", "new"):
        operations.create_datakey(caller, key_id=key.pk, additional_data={"kms:image": name})
    monkeypatch.setattr(uses, "LOOKED_AT", 1)

    assert [one.name for one in uses_of(caller, key)] == ["new"]


def test_they_are_for_who_reads_traces_and_for_the_keys_account(
    alice: Person, bob: Person, neighbour: Caller, key: Key
) -> None:
    operations.create_datakey(alice.caller, key_id=key.pk, additional_data={"kms:image": "theirs"})

    with pytest.raises(NotPermitted):
        uses_of(bob.caller, key)
    assert uses_of(neighbour, key) == []


def test_the_owner_sees_what_a_grantee_of_another_account_used_it_for(alice: Person, charlie: Person, key: Key) -> None:
    operations.create_grant(alice.caller, key.pk, grantee=charlie.user.pk, operations=["create-datakey"])
    operations.create_datakey(charlie.caller, key_id=key.pk, additional_data={"kms:database": "books"})

    (found,) = uses_of(alice.caller, key)

    assert isinstance(found, Use)
    assert (found.name, found.user) == ("books", "southwind/southwind")
