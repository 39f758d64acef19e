"""What protection from deletion refuses, and what is wrong with its reason."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class KeyProtected(KmsError):
    code = "KMS.9201"
    text = _(
        "The key is protected from deletion. Lift the protection first. The reason that %(who)s gave: “%(reason)s”"
    )


class KeyNotProtected(KmsError):
    code = "KMS.9202"
    text = _("The key is not protected from deletion. There is nothing to lift.")


class ProtectionReasonInvalid(KmsError):
    code, field = "KMS.9203", "reason"
    text = _("Say why the key must stay, in 1 to 255 characters.")
