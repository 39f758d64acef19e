"""What the crypto tests share: root keys, and one material of each spec, generated once because RSA takes its time."""

from collections.abc import Callable
from functools import cache

import pytest

from keys.crypto.material import Material, generate
from keys.crypto.rootkey import RootKey


@pytest.fixture(scope="session")
def root_key() -> RootKey:
    return RootKey(bytes(range(32)))


@pytest.fixture(scope="session")
def other_root_key() -> RootKey:
    return RootKey(bytes(range(1, 33)))


@pytest.fixture(scope="session")
def material_of() -> Callable[[str], Material]:
    return cache(generate)
