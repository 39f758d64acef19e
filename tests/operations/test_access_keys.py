"""Access keys as their users keep them: two at most, shown once, deleted only when they are switched off."""

import pytest

from console.access.signature import PURPOSE
from console.models import AccessKey, Trace
from console.operations.access_keys import (
    AccessKeyActive,
    TooManyAccessKeys,
    create_access_key,
    delete_access_key,
    own_access_key,
    own_access_keys,
    update_access_key,
)
from console.protection import root_key
from keys.crypto.secrets import unwrap_secret
from keys.errors import NotFound, NotPermitted
from tests.support.people import Person


def test_a_user_makes_his_own_and_its_secret_is_kept_wrapped(bob: Person) -> None:
    access_key, secret = create_access_key(bob.caller, bob.user)

    stored = AccessKey.objects.get(pk=access_key.pk)
    assert secret.encode() not in bytes(stored.wrapped_secret)
    assert unwrap_secret(root_key(), bytes(stored.wrapped_secret), PURPOSE, stored.ak) == secret
    assert own_access_keys(bob.caller) == [stored]
    trace = Trace.objects.get(name="createAccessKey")
    assert (trace.resource_id, trace.status) == (stored.ak, 200)
    assert secret not in str(trace.__dict__)


def test_a_third_one_is_refused(bob: Person) -> None:
    create_access_key(bob.caller, bob.user)
    create_access_key(bob.caller, bob.user)

    with pytest.raises(TooManyAccessKeys):
        create_access_key(bob.caller, bob.user)

    assert AccessKey.objects.filter(user=bob.user).count() == 2


def test_an_active_one_is_not_deleted(bob: Person) -> None:
    access_key, _secret = create_access_key(bob.caller, bob.user)

    with pytest.raises(AccessKeyActive):
        delete_access_key(bob.caller, access_key)

    update_access_key(bob.caller, access_key, is_active=False)
    delete_access_key(bob.caller, access_key)
    assert own_access_keys(bob.caller) == []


def test_anothers_access_keys_are_not_his_to_touch(alice: Person, bob: Person, charlie: Person) -> None:
    access_key, _secret = create_access_key(alice.caller, alice.user)

    for stranger in (bob, charlie):
        with pytest.raises(NotFound):
            own_access_key(stranger.caller, access_key.ak)
    with pytest.raises(NotPermitted):
        create_access_key(bob.caller, alice.user)
    with pytest.raises(NotPermitted):
        delete_access_key(bob.caller, access_key)
