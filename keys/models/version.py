"""Versions of a key: each holds material of its own, wrapped under the root key."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from keys.models.key import Key


class VersionReason(models.TextChoices):
    """Why there is a version."""

    CREATED = "created", _("Created with the key")
    AUTOMATIC = "automatic", _("Automatic rotation")
    ON_DEMAND = "on demand", _("Rotation on demand")


ROTATIONS = (VersionReason.AUTOMATIC, VersionReason.ON_DEMAND)


class KeyVersion(models.Model):
    """Material made or imported at one time. `wrapped_material` is empty once the material is destroyed."""

    key = models.ForeignKey(Key, models.CASCADE, related_name="versions", verbose_name=_("key"), db_index=False)
    number = models.PositiveIntegerField(_("version"), default=1)
    wrapped_material = models.BinaryField(null=True)
    public_key = models.BinaryField(null=True)
    # Of imported material alone, and kept when that is destroyed: only the same may come again.
    wrapped_check_value = models.BinaryField(null=True)
    root_key_version = models.PositiveIntegerField(_("root key version"))
    reason = models.CharField(_("reason"), max_length=16, choices=VersionReason.choices, default=VersionReason.CREATED)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("key version"), _("key versions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "number"], name="version_number_once_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.key_id} v{self.number}"
