"""Grants: what the owner of a key lets a user or a whole account do with it, in his own account or another."""

import secrets
import time
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models import Account, User
from keys.models.key import Key
from keys.validators import validate_grant_name, validate_operations

GRANT_ID_LENGTH = 64


class GranteeType(models.TextChoices):
    """Who is granted: one user, or every user of an account (`domain` on the wire)."""

    USER = "user", _("user")
    ACCOUNT = "domain", _("account")


def new_grant_id() -> str:
    """64 hex digits that nobody guesses and that grow with time, so that lists are read in the order of creation."""
    moment = f"{time.time_ns() // 1000:014x}"
    return moment + secrets.token_hex((GRANT_ID_LENGTH - len(moment)) // 2)


class Grant(models.Model):
    """Operations on one key that a user, or every user of an account, may make; `issuer` is empty for the server."""

    id = models.CharField(_("grant ID"), primary_key=True, max_length=GRANT_ID_LENGTH, default=new_grant_id)
    key = models.ForeignKey(Key, models.CASCADE, related_name="grants", verbose_name=_("key"))
    grantee_user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="grants", verbose_name=_("grantee (user)")
    )
    grantee_account = models.ForeignKey(
        Account, models.CASCADE, null=True, related_name="grants", verbose_name=_("grantee (account)")
    )
    operations = models.JSONField(_("operations"), default=list, validators=[validate_operations])
    name = models.CharField(_("name"), max_length=255, blank=True, validators=[validate_grant_name])
    retiring_user = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="retirable_grants", verbose_name=_("retiring user")
    )
    issuer = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="issued_grants", verbose_name=_("granted by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("grant"), _("grants")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(grantee_user=None) ^ models.Q(grantee_account=None),
                name="grant_to_a_user_or_an_account",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.id

    @property
    def grantee_type(self) -> GranteeType:
        return GranteeType.ACCOUNT if self.grantee_user_id is None else GranteeType.USER

    @property
    def grantee_id(self) -> str:
        """The id of the user or account."""
        return self.grantee_user_id or self.grantee_account_id or ""

    def is_for(self, user: User | None) -> bool:
        """Whether this user is the grantee, or one of the grantee's users."""
        if user is None:
            return False
        return user.pk == self.grantee_user_id or user.account_id == self.grantee_account_id
