"""A program of Alice's with a key that it may use, and one of Charlie's in the account beside."""

import pytest

from keys import operations
from keys.models import Key
from tests.support.people import Person
from tests.support.vault import Client, client_of, grant


@pytest.fixture
def key(alice: Person) -> Key:
    return operations.create_key(alice.caller, alias="orders")


@pytest.fixture
def client(alice: Person, key: Key) -> Client:
    """A program that was granted all on the key."""
    one = client_of(alice)
    grant(alice, one, key)
    return one


@pytest.fixture
def foreign(charlie: Person) -> Client:
    """A program of another account, with a key of its own that it may use."""
    own = operations.create_key(charlie.caller, alias="own")
    one = client_of(charlie, "stranger")
    grant(charlie, one, own)
    return one
