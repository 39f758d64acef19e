"""What ends a command in one sentence."""

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import CommandError
from django.db import OperationalError

from console.serving.database import unreachable
from keys.crypto.errors import CryptoError

REFUSALS = (ValidationError, CommandError, CryptoError, ImproperlyConfigured, OperationalError)


def sentence_of(error: Exception) -> str:
    """The sentence of one of REFUSALS, for people."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return unreachable(error) if isinstance(error, OperationalError) else str(error)
