"""Protection from deletion: as long as a key has it, nobody schedules its deletion or deletes its material."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Project, User
from keys.models.key import Key
from keys.validators import validate_protection_reason


class DeletionProtection(models.Model):
    """That a key is protected, why, since when and by whom.

    A table of its own: few keys have it, and only who would delete one asks. It repeats the key's project and number,
    by which lists are narrowed."""

    key = models.OneToOneField(Key, models.CASCADE, primary_key=True, related_name="protection", verbose_name=_("key"))
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField()
    reason = models.CharField(_("reason"), max_length=255, validators=[validate_protection_reason])
    # Empty where the server itself did it.
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("user"), db_index=False)
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("deletion protection"), _("deletion protections")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "number"], name="protections_by_number")
        ]

    def __str__(self) -> str:
        return self.reason

    @classmethod
    def of(cls, key: Key, reason: str, user: User | None = None) -> Self:
        """A protection for this key, not stored yet."""
        return cls(key=key, project_id=key.project_id, number=key.number, reason=reason, user=user)

    @property
    def who(self) -> str:
        """Who protects it: the login of a user."""
        return self.user.login if self.user else "server"
