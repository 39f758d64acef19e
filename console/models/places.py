"""Regions, and the projects that an account has in them."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models.accounts import Account
from console.models.ids import hex_id
from console.validators import validate_project_name
from keys.errors import NameInvalid


class Region(models.Model):
    id = models.CharField(
        _("region ID"), primary_key=True, max_length=64, validators=[RegexValidator(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")]
    )
    name = models.CharField(_("name"), max_length=64)

    class Meta:
        verbose_name, verbose_name_plural = _("region"), _("regions")
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """An account's place in a region: the main project is named as the region, sub-projects `region_name`."""

    id = models.CharField(_("project ID"), primary_key=True, max_length=32, default=hex_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="projects", verbose_name=_("account"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="projects", verbose_name=_("region"))
    name = models.CharField(_("name"), max_length=128, validators=[validate_project_name])
    description = models.CharField(_("description"), max_length=255, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("project"), _("projects")
        ordering: ClassVar[list[str]] = ["region", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "name"], name="project_name_once_an_account")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_main(self) -> bool:
        return self.name == self.region_id

    @property
    def title(self) -> str:
        """`AP-Singapore`, or `AP-Singapore / payments` for a sub-project."""
        own_name = self.name.removeprefix(f"{self.region_id}_")
        return self.region.name if self.is_main else f"{self.region.name} / {own_name}"

    def clean(self) -> None:
        if self.region_id and not (self.is_main or self.name.removeprefix(f"{self.region_id}_") not in {self.name, ""}):
            raise NameInvalid(text=_("Name the project as its region, an underscore and a name of its own."))
