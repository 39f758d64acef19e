"""Import tickets: the wrapping key pairs under which material may come for one key, for a day."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keys.models.key import Key


class ImportTicketQuerySet(models.QuerySet["ImportTicket"]):
    def expired(self) -> Self:
        """Those that are of no use any more and wait for the sweep."""
        return self.filter(expires_at__lte=timezone.now())

    def under_way(self) -> Self:
        """Those whose token is good still and can be handed out again, the newest first."""
        return self.filter(expires_at__gt=timezone.now(), wrapped_token__isnull=False).order_by("-expires_at", "-id")


class ImportTicket(models.Model):
    """One wrapping key pair, found by the digest of the import token that was handed out with its public half."""

    key = models.ForeignKey(Key, models.CASCADE, related_name="import_tickets", verbose_name=_("key"))
    token_digest = models.CharField(max_length=64, unique=True)
    wrapped_private_key = models.BinaryField()
    # Handed out again for as long as it is good, so that an import can be taken up again.
    wrapped_token = models.BinaryField(null=True)
    root_key_version = models.PositiveIntegerField(_("root key version"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = ImportTicketQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("import ticket"), _("import tickets")

    def __str__(self) -> str:
        return f"{self.key_id} {self.expires_at:%Y-%m-%d %H:%M:%S}"
