"""Enterprise projects: how an enterprise account groups its resources."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models.accounts import Account
from console.models.ids import dashed_id
from console.validators import validate_title

DEFAULT_ID = "0"
DEFAULT_NAME = "default"


class EnterpriseProject(models.Model):
    """A group of resources of one account; every enterprise account has the one with id `0`, named `default`."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="enterprise_projects", verbose_name=_("account"))
    eps_id = models.CharField(_("enterprise project ID"), max_length=36, default=dashed_id, editable=False)
    name = models.CharField(_("name"), max_length=255, validators=[validate_title])
    description = models.CharField(_("description"), max_length=512, blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("enterprise project"), _("enterprise projects")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "eps_id"], name="eps_id_once_an_account"),
            models.UniqueConstraint(fields=["account", "name"], name="eps_name_once_an_account"),
        ]

    def __str__(self) -> str:
        return self.name
