"""The processes that serve, as they say of themselves: who has to know of a new root key, and whom to wait for."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from console.models.ids import hex_id

STALE_AFTER = timedelta(minutes=3)
"""A process that said nothing for so long has ended without a word."""


class ProcessQuerySet(models.QuerySet["Process"]):
    def serving(self) -> Self:
        """Those that serve now, as far as anybody knows."""
        return self.filter(seen_at__gt=timezone.now() - STALE_AFTER).order_by("host", "pid")

    def stale(self) -> Self:
        """Those that ended without taking their row away."""
        return self.exclude(seen_at__gt=timezone.now() - STALE_AFTER)


class Process(models.Model):
    """One serving process; `root_keys` are the fingerprints of the root keys that it has, by version."""

    id = models.CharField(primary_key=True, max_length=32, default=hex_id, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    root_keys = models.JSONField(default=dict)
    root_key_version = models.PositiveIntegerField()
    begun_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = ProcessQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.host} (process {self.pid})"

    def has(self, version: int, fingerprint: str) -> bool:
        """Whether it has this root key."""
        return bool(self.root_keys.get(str(version)) == fingerprint)
