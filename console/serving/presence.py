"""What a serving process says of itself in the database (`Process`), and how it keeps to the root key named there.

In a thread of its own, so that no long chore makes it look as if it had ended.
"""

import logging
import os
import socket
import threading
import time
from typing import Final

from django.core.exceptions import ValidationError
from django.db import Error, close_old_connections
from django.utils import timezone

from console import VERSION, sql
from console.models import Process
from console.protection import follow, root_key
from keys.crypto.errors import CryptoError

logger = logging.getLogger(__name__)

BETWEEN_LOOKS: Final = 1.0
"""Seconds between two looks at which root key is current, and which is to be next."""
BETWEEN_WORDS: Final = 60.0
"""Seconds after which a process says anew that it is there, and reads its root keys anew, whatever happens."""
_LOOK = sql.Query("SELECT root_key_version, next_version, next_fingerprint FROM console_protection")


class _Presence:
    """This process's row, and what stood in the database when it was written."""

    process: Process | None = None
    seen: sql.Row | None = None
    said_at = 0.0
    turn = threading.Lock()


def begin_presence() -> None:
    """Say that this process is there, now and every minute, in a thread that ends with it."""
    threading.Thread(target=_go_on, name="presence", daemon=True).start()


def look() -> None:
    """Take up the root key that is current, and the one that is to be next; say so where anything is new, and once a
    minute. Raises the database's errors."""
    seen = _LOOK.rows()[0]
    if seen == _Presence.seen and time.monotonic() - _Presence.said_at < BETWEEN_WORDS:
        return
    try:
        root_key().read_again()
        follow()
    except (CryptoError, ValidationError) as error:
        logger.warning("The root key can't be read anew; this process goes on with what it has. %s", error)
    _say()
    _, next_version, next_fingerprint = seen
    # What is announced may come by hand any moment, so it is looked for again.
    is_awaited = next_version is not None and not root_key().holds(next_version, next_fingerprint)
    _Presence.seen = None if is_awaited else seen


def leave() -> None:
    """Take this process's row away: it ends."""
    with _Presence.turn:
        process, _Presence.process = _Presence.process, None
        try:
            if process is not None:
                process.delete()
            _Presence.said_at = float("inf")
        except Error as error:
            logger.warning("This process could not say that it ends (%s).", error)


def _say() -> None:
    with _Presence.turn:
        if _Presence.said_at == float("inf"):
            return
        keyring = root_key()
        if _Presence.process is None:
            Process.objects.stale().delete()
            _Presence.process = Process(
                host=socket.gethostname(), pid=os.getpid(), version=VERSION, root_key_version=keyring.version
            )
        process = _Presence.process
        process.root_keys = {str(version): one for version, one in keyring.fingerprints.items()}
        process.root_key_version, process.seen_at = keyring.version, timezone.now()
        process.save()
        _Presence.said_at = time.monotonic()


def _go_on() -> None:
    while True:
        try:
            close_old_connections()
            look()
        except Error as error:
            logger.info("The database does not answer a look at the root key (%s).", str(error).partition("\n")[0])
        except Exception:
            logger.exception("This process could not say that it is there.")
        time.sleep(BETWEEN_LOOKS)
