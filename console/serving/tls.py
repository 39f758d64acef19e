"""TLS of the server's own: TLS_CERT and TLS_KEY, read anew by each worker when they change.

New connections get the newest pair that was good; those that are open keep theirs.
"""

import asyncio
import logging
import os
import signal
import ssl
import sys
import time
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.log import configure_logging

logger = logging.getLogger(__name__)

BETWEEN: Final = 2.0
"""Seconds between two looks at the files."""
Stamps = tuple[object, ...]


class _Present:
    """What this worker gives to new connections, the files that it comes from (or that were refused since), and the
    files as they were seen last."""

    context: ClassVar[ssl.SSLContext]
    tried: ClassVar[Stamps] = ()
    seen: ClassVar[Stamps] = ()


def check_certificate() -> None:
    """Raise CommandError where the pair can't be used; log a warning where its time is over, or has not come."""
    if settings.TLS_CERT:
        certificate = _certificate()
        _context(certificate)
        now, begin, end = datetime.now(UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not begin <= now < end:
            logger.warning(
                "The certificate in %s is valid from %s to %s: clients refuse it today. Put a new one there.",
                settings.TLS_CERT,
                begin.isoformat(),
                end.isoformat(),
            )


def serving_context(*_: Any) -> ssl.SSLContext:
    """What a worker listens with: it looks for the present pair with each connection."""
    _Present.tried = _Present.seen = _stamps()
    try:
        outer = _Present.context = _context(_certificate())
    except CommandError as refusal:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)  # Django is not set up yet
        logger.error("A worker could not begin. %s", refusal)
        time.sleep(BETWEEN)  # it is begun again at once, and the files may be whole by then
        sys.exit(1)
    outer.sni_callback = _give_present
    return outer


def follow_files(loop: asyncio.AbstractEventLoop) -> None:
    """Look at the files every BETWEEN seconds, and at SIGHUP."""
    loop.add_signal_handler(signal.SIGHUP, _renew)
    loop.call_later(BETWEEN, _look, loop)


def unverified_context() -> ssl.SSLContext:
    """For asking the server itself whether it answers, whoever its certificate names."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _look(loop: asyncio.AbstractEventLoop) -> None:
    stamps = _stamps()
    # Seen twice alike, so that nobody is in the midst of writing them.
    if stamps == _Present.seen and stamps != _Present.tried:
        _renew()
    _Present.seen = stamps
    loop.call_later(BETWEEN, _look, loop)


def _renew() -> None:
    _Present.tried = _stamps()
    try:
        certificate = _certificate()
        _Present.context = _context(certificate)
    except CommandError as refusal:
        logger.error("The certificate was not renewed, and the old one goes on. %s", refusal)
    else:
        logger.info(
            "The certificate was read anew.", extra={"valid_until": certificate.not_valid_after_utc.isoformat()}
        )


def _give_present(connection: ssl.SSLObject, _name: str | None, _outer: ssl.SSLContext) -> None:
    connection.context = _Present.context


def _context(certificate: x509.Certificate) -> ssl.SSLContext:
    """What serves by the files, whose first certificate is this one."""
    try:
        key = load_pem_private_key(_read("TLS_KEY"), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CommandError(
            f"TLS_KEY: {settings.TLS_KEY} is no private key in PEM without a password: set the file of the key."
        ) from None
    if key.public_key() != certificate.public_key():
        raise CommandError(
            f"The key in {settings.TLS_KEY} is not that of the certificate in {settings.TLS_CERT}, which comes first "
            "there: set TLS_CERT and TLS_KEY to files of one pair."
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.TLS_CERT, settings.TLS_KEY)
    except (ssl.SSLError, OSError) as error:
        raise CommandError(f"The certificate in {settings.TLS_CERT} can't be used ({error}): set another.") from None
    return context


def _certificate() -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_read("TLS_CERT"))[0]
    except ValueError:
        raise CommandError(f"TLS_CERT: {settings.TLS_CERT} is no certificate in PEM: set the file of one.") from None


def _read(name: str) -> bytes:
    path = getattr(settings, name)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise CommandError(
            f"{name}: {path} can't be read ({error.strerror}): set a file that the server's user may read."
        ) from None


def _stamps() -> Stamps:
    found: list[object] = []
    for path in (settings.TLS_CERT, settings.TLS_KEY):
        try:
            one = os.stat(path)
            found.append((one.st_ino, one.st_size, one.st_mtime_ns))
        except OSError:
            found.append(None)
    return tuple(found)
