"""The address to listen at."""

import os
import socket

from django.conf import settings
from django.core.management.base import CommandError


def listening_address() -> str:
    """HOST as an IP address, free to listen at on PORT.

    Asked of the system before anything is made."""
    host, port = settings.HOST, settings.PORT
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of an earlier server that still fade away (TIME_WAIT) are no obstacle; a listening one is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise CommandError(_sentence(host, port, error)) from None
    return str(address[0])


def reachable_host(address: str) -> str:
    """Where this machine itself reaches a server that listens at `address`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - it compares, and opens nothing


def _sentence(host: str, port: int, error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    match error:
        case socket.gaierror():
            return f"HOST is {host!r}, which can't be resolved ({error.strerror}): set an address of this machine."
        case PermissionError():
            return f"Port {port} can't be used ({reason}): set PORT to a free port above 1023."
        case OSError(errno=98):
            return f"Port {port} of {host} is taken: stop the program that uses it, or set PORT to a free one."
    return f"The server can't listen at {host}, port {port} ({reason}): correct HOST or PORT."
