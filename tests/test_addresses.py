"""Where a request came from, however its address is written."""

import pytest

from console.access.addresses import split_address


@pytest.mark.parametrize(
    ("address", "parts"),
    [("127.0.0.1:8000", ("127.0.0.1", "8000")), ("[::1]:8000", ("::1", "8000")), ("[fe80::1]:1", ("fe80::1", "1"))],
)
def test_host_and_port_are_told_apart_in_both_families(address: str, parts: tuple[str, str]) -> None:
    assert split_address(address) == parts
