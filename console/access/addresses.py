"""Where a request came from."""

import ipaddress

from django.conf import settings


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
        if not _is_trusted(address) or not hop.strip():
            break
        address = hop.strip()
    return address[:45]


def _is_trusted(address: str) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False
