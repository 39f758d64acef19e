"""What is wrong with a rotation."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class RotationOff(KmsError):
    code = "KMS.0313"
    text = _("Rotation of the key is not enabled. Enable it first.")


class RotationOn(KmsError):
    code = "KMS.2901"
    text = _("Rotation of the key is enabled already.")


class RotationIntervalInvalid(KmsError):
    code, field = "KMS.3001", "rotation_interval"
    text = _("Set a rotation interval of 30 to 365 days.")
