"""What ends a command in one sentence."""

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import CommandError
from django.db import DatabaseError

from console.serving.database import unreachable
from console.sql import is_unusable
from keys.crypto.errors import CryptoError

REFUSALS = (ValidationError, CommandError, CryptoError, ImproperlyConfigured, DatabaseError)


def sentence_of(error: Exception) -> str:
    """The sentence of one of REFUSALS, for people.

    An error of the database that does not say that it can't be used is a fault of the program, and raised again."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, DatabaseError) and not is_unusable(error):
        raise error
    return unreachable(error) if isinstance(error, DatabaseError) else str(error)
