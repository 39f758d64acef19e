"""Tokens: what a program gets for a password."""

from django.db import transaction
from django.utils import timezone

from console.models import Token


def sweep_tokens() -> int:
    """Delete the tokens that expired; how many there were. Nobody could use them any more."""
    with transaction.atomic(durable=True):
        deleted, _by_model = Token.objects.filter(expires_at__lte=timezone.now()).delete()
    return deleted
