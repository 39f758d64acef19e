"""Where a request came from."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def split_address(address: str) -> tuple[str, str]:
    """Host and port of `127.0.0.1:8000` or `[::1]:8000`."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


def source_address(peer: str, forwarded_for: str) -> str:
    """The client's address; `X-Forwarded-For` counts only as far as TRUSTED_PROXIES passed it on."""
    address = peer
    if not settings.TRUSTED_PROXIES:
        return address[:45]
    for hop in reversed(forwarded_for.split(",")):
        if not is_within(address, settings.TRUSTED_PROXIES) or not hop.strip():
            break
        address = hop.strip()
    return address[:45]


def place_of(address: str) -> str:
    """What an address is counted by: of IPv6 its network of 64 bits, which one client has all of."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed.packed, 64), strict=False))
    return str(parsed)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address belongs to one of the networks; one of IPv4 that came by IPv6 does too."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(found in network for network in networks)
