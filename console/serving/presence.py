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
    """This process's row, what stood in the database when it was written, and what was logged last."""

    process: Process | None = None
    has_left = False
    seen: sql.Row | None = None
    looked_at = float("-inf")
    warned = ""
    turn = threading.Lock()


def begin_presence() -> None:
    """Say that this process is there, now and every minute, in a thread that ends with it."""
    threading.Thread(target=_go_on, name="presence", daemon=True).start()


def forget_others() -> None:
    """Before a server begins that is the only one of its database: whoever served before has ended, be it without a
    word."""
    if sql.IS_SQLITE:
        Process.objects.all().delete()


def look() -> None:
    """Take up the root key that is current, and the one that is to be next; say so where anything is new, and once a
    minute. Raises the database's errors."""
    seen = _LOOK.rows()[0]
    is_due = time.monotonic() - _Presence.looked_at >= BETWEEN_WORDS
    if seen == _Presence.seen and not is_due:
        return
    if is_due:
        _Presence.looked_at, _Presence.warned = time.monotonic(), ""
    _Presence.seen = seen
    try:
        _take_up()
        _say()
        _, next_version, next_fingerprint = seen
        if next_version is not None and not root_key().holds(next_version, next_fingerprint):
            _Presence.seen = None  # somebody may bring it any moment, so the next look goes on
    except (CryptoError, ValidationError) as error:
        _warn(error)


def leave() -> None:
    """Take this process's row away: it ends."""
    with _Presence.turn:
        _Presence.has_left = True
        try:
            if _Presence.process is not None:
                _Presence.process.delete()
        except Error as error:
            logger.warning("This process could not say that it ends (%s).", error)


def _take_up() -> None:
    keyring = root_key()
    try:
        keyring.read_again()
        follow()
    except (CryptoError, ValidationError) as error:
        _warn(error)


def _warn(error: Exception) -> None:
    """Once a minute, the same sentence."""
    sentence = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    if sentence != _Presence.warned:
        logger.warning("The root key can't be read anew; this process goes on with what it has. %s", sentence)
        _Presence.warned = sentence


def _say() -> None:
    with _Presence.turn:
        if _Presence.has_left:
            return
        keyring = root_key()
        if _Presence.process is None:
            Process.objects.stale().delete()
            _Presence.process = Process(host=socket.gethostname(), pid=os.getpid(), version=VERSION)
        process = _Presence.process
        process.root_keys = {str(version): one for version, one in keyring.fingerprints.items()}
        process.root_key_version, process.seen_at = keyring.version, timezone.now()
        process.save()


def _go_on() -> None:
    while True:
        try:
            close_old_connections()
            look()
        except Error as error:
            _Presence.seen = None  # tried again by the next look
            logger.info("The database does not answer a look at the root key (%s).", str(error).partition("\n")[0])
        time.sleep(BETWEEN_LOOKS)
