"""What `up` tells people, and systemd, once the server answers."""

import http.client
import os
import socket
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from console.serving import tls
from console.serving.port import reachable_host

if TYPE_CHECKING:
    from console.operations.accounts import NewAccount

PATIENCE = 60.0
BETWEEN = 0.05


def greeting(first: "NewAccount | None") -> Sequence[str]:
    """At the first start five lines: where the console is and how to sign in. Later one line."""
    where = f"The console is at {settings.PUBLIC_URL}"
    kept = settings.INITIAL_PASSWORD_FILE
    if first is None:
        return [f"{where} (the first password of admin lies in {kept} until it is changed)" if kept.exists() else where]
    given = settings.ADMIN_PASSWORD_FILE
    return [
        where,
        f"Account:   {first.account.name}",
        f"User:      {first.user.login}",
        f"Password:  {f'as in {given}' if given else first.password}",
        "Change it after the first sign-in."
        if given
        else f"Shown only now; {kept} holds it until you change it in the console.",
    ]


def say_when_served(lines: Sequence[str], address: str) -> None:
    """Print `lines` as soon as `/healthz` answers at `address`, and tell systemd; nothing if that does not happen."""
    threading.Thread(target=_wait_and_say, args=(lines, address), name="greeting", daemon=True).start()


def _wait_and_say(lines: Sequence[str], address: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(BETWEEN)
        if _is_served(address):
            print("\n".join(lines), flush=True)
            _tell_systemd()
            return


def _tell_systemd() -> None:
    """Say that the service is ready (sd_notify(3)), where systemd waits for that."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if name:
        address = f"\0{name[1:]}" if name.startswith("@") else name
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"READY=1", address)


def _is_served(address: str) -> bool:
    place = (reachable_host(address), settings.PORT)
    connection = (
        http.client.HTTPSConnection(*place, timeout=5, context=tls.unverified_context())
        if settings.TLS_CERT
        else http.client.HTTPConnection(*place, timeout=5)
    )
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost", "Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
