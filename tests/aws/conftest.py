"""A key of each kind, as AWS's clients name it."""

from collections.abc import Callable

import pytest

from keys import operations
from keys.aws.names import Place
from tests.support.people import Person

NewKey = Callable[..., str]


@pytest.fixture
def new_key(alice: Person) -> NewKey:
    """Make a key of Alice's; its ID."""

    def make(spec: str = "AES_256", usage: str = "") -> str:
        return str(
            operations.create_key(
                alice.caller, alias=operations.propose_alias(alice.caller), key_spec=spec, key_usage=usage
            ).pk
        )

    return make


@pytest.fixture
def key(new_key: NewKey) -> str:
    """The ID of an AES key of Alice's."""
    return new_key()


@pytest.fixture
def place(alice: Person) -> Place:
    """How ARNs of Alice's project begin."""
    return Place.of(alice.caller)
