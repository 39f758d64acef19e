"""Who is signed in, where and how."""

from typing import ClassVar

from django.db import models

from console.models.accounts import User


class Session(models.Model):
    """A browser's session. Of its cookie only the SHA-256 is stored, so nobody signs in with what lies in the database.

    It ends at `expires_at` in any case; that of a user also SESSION_IDLE minutes after `seen_at`, which is written once
    a minute at most."""

    digest = models.CharField(primary_key=True, max_length=64)
    session_data = models.TextField()
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-seen_at"]

    def __str__(self) -> str:
        return self.digest[:8]
