"""Aliases of keys: names `alias/…` that applications call a key by, and that can be moved to another key."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models import Account, Region
from keys.models.key import Key
from keys.validators import validate_alias_name


class Alias(models.Model):
    """A name of a key, once in its account's region; account and region repeat the key's, for the database to see."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="aliases", verbose_name=_("account"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="aliases", verbose_name=_("region"))
    name = models.CharField(_("alias"), max_length=255, validators=[validate_alias_name])
    key = models.ForeignKey(Key, models.CASCADE, related_name="aliases", verbose_name=_("key"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("alias"), _("aliases")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "region", "name"], name="alias_once_in_an_accounts_region")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        """The name that is the same from everywhere: `kms:<region>:<account>:alias:alias/…`."""
        return f"kms:{self.region_id}:{self.account_id}:alias:{self.name}"
