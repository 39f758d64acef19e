"""Who users are at the provider of single sign-on."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from console.models.accounts import User


class Identity(models.Model):
    """A person at an OpenID provider: issuer and subject, byte for byte. Names and addresses of mail are nobody's for
    good, and name nobody here."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(_("issuer"), max_length=255)
    subject = models.CharField(_("subject"), max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_a_subject")
        ]

    def __str__(self) -> str:
        return self.subject
