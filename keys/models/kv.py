"""Mounts, and the values that they hold: secrets and the keys of databases, each sealed under a data key of its own,
which is wrapped under the key that the mount names."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Project
from keys.models.key import Key
from keys.specs import DEFAULT_KEYS
from keys.validators import MOUNT_PATH_LENGTH, VALUE_NAME_LENGTH, validate_mount_path, validate_value_name


class MountKind(models.TextChoices):
    """What a mount's values are; the data keys that protect them say so (`kms:database`, `kms:secret`)."""

    SECRET = "secret", _("secrets")
    DATABASE = "database", _("keys of a database")


def default_key_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in DEFAULT_KEYS]


class KvMount(models.Model):
    """A place for values in a project, and the key that protects them: one of its keys, or a default key by name."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="mounts", verbose_name=_("project"), db_index=False
    )
    path = models.CharField(_("path"), max_length=MOUNT_PATH_LENGTH, validators=[validate_mount_path])
    kind = models.CharField(_("holds"), max_length=16, choices=MountKind.choices, default=MountKind.SECRET)
    key = models.ForeignKey(Key, models.PROTECT, null=True, blank=True, related_name="mounts", verbose_name=_("key"))
    default_key = models.CharField(_("default key"), max_length=16, blank=True, choices=default_key_choices)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("mount"), _("mounts")
        ordering: ClassVar[list[str]] = ["path"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "path"], name="mount_once_a_project"),
            models.CheckConstraint(
                condition=models.Q(key=None) ^ models.Q(default_key=""), name="mount_of_a_key_or_a_default_key"
            ),
        ]

    def __str__(self) -> str:
        return self.path

    def place(self, name: str) -> str:
        """What a value is called in the trail."""
        return f"{self.path}/{name}"

    def context(self, name: str) -> Mapping[str, str]:
        """The encryption context of the data keys of a value."""
        return {f"kms:{self.kind}": self.place(name)}


class KvVersion(models.Model):
    """One version of a value. Destroyed, it keeps its number and its times alone."""

    mount = models.ForeignKey(KvMount, models.CASCADE, related_name="versions", verbose_name=_("mount"), db_index=False)
    name = models.CharField(_("name"), max_length=VALUE_NAME_LENGTH, validators=[validate_value_name])
    version = models.PositiveIntegerField(_("version"))
    # Both are empty once the version is destroyed. What the mount's key seals is no matter of the root key.
    sealed_key = models.BinaryField()
    sealed = models.BinaryField()
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    is_destroyed = models.BooleanField(_("destroyed"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("value"), _("values")
        ordering: ClassVar[list[str]] = ["mount", "name", "version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["mount", "name", "version"], name="version_once_a_value")
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
