"""What the database knows of the root key that protects it: never the key, only how to recognise it."""

from typing import ClassVar

from django.db import models


class Protection(models.Model):
    """The one row (`id` 1) that names the current root key and holds the trail key wrapped under it.

    While the root key is rotated `next_version` and `next_fingerprint` name the one that takes over: from when serving
    processes are to take it up until nothing is wrapped under an older one any more."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    root_key_version = models.PositiveIntegerField()
    root_key_fingerprint = models.CharField(max_length=16)
    wrapped_trail_key = models.BinaryField()
    next_version = models.PositiveIntegerField(null=True)
    next_fingerprint = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_protection")
        ]
