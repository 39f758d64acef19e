"""One-time codes of an authenticator app (TOTP, RFC 6238): six digits every 30 seconds, as all apps make them."""

import time
from typing import Final
from urllib.parse import urlsplit

import pyotp
from django.conf import settings
from pyotp.exceptions import OTPVerificationError

from console.models import Authenticator, User
from console.protection import root_key
from keys.crypto.secrets import unwrap_secret, wrap_secret

PURPOSE: Final = "authenticator"
"""What the wrapped secret is for."""
DIGITS: Final = 6
STEPS_AROUND: Final = 1
"""Codes of the half minute before and after are taken too: clocks differ, and people are slow."""


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends for its HMAC-SHA-1."""
    return pyotp.random_base32()


def wrapped(secret: str, user: User) -> bytes:
    """The secret as it is stored, good for this user alone."""
    return wrap_secret(root_key(), secret, PURPOSE, user.pk)


def secret_of(authenticator: Authenticator) -> str:
    """Its secret. Raises WrappedRejected, RootKeyAway."""
    return unwrap_secret(root_key(), bytes(authenticator.wrapped_secret), PURPOSE, authenticator.user_id)


def address_of(secret: str, user: User) -> str:
    """What the QR code says to the app: the secret, and what to call it there."""
    issuer = f"KMS {urlsplit(settings.PUBLIC_URL).hostname}"
    return pyotp.TOTP(secret, name=user.username, issuer=issuer).provisioning_uri()


def is_like_a_code(text: str) -> bool:
    """Whether it is six digits."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def step_of(secret: str, code: str, *, now: float | None = None) -> int | None:
    """The number of the half minute since 1970 that `code` is of, at `now` (seconds since 1970); None where it is of
    none that would be taken."""
    if not is_like_a_code(code):
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(
            code, for_time=time.time() if now is None else now, valid_window=STEPS_AROUND
        )
    except OTPVerificationError:
        return None
