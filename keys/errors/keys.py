"""What is wrong with a key that is asked for, made or changed."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class DescriptionInvalid(KmsError):
    code, field = "KMS.1103", "description"
    text = _("The description has %(length)s characters; up to 255 are possible.")
    no_nul = _("The description has a NUL character. Remove it.")


class KeySpecUnknown(KmsError):
    code, field = "KMS.1110", "key_spec"
    text = _("This key algorithm is not offered. Choose one of the list.")


class KeyUsageNotAllowed(KmsError):
    field = "key_usage"
    text = _("A key of algorithm %(key_spec)s can't have this usage. Choose one of: %(usages)s.")


class KeyUnchangeable(KmsError):
    text = _("The algorithm, usage and origin of a key can't be changed after creation. Create another key instead.")


class EnterpriseProjectUnknown(KmsError):
    field = "enterprise_project"
    text = _("This enterprise project does not exist or is disabled. Choose another one.")


class QuotaReached(KmsError):
    code = "KMS.1105"
    text = _(
        "%(used)s of %(quota)s keys are used, over all regions, those pending deletion included. "
        "Ask the administrator of this server for a higher quota."
    )


class KeyNotFound(KmsError):
    code, status = "KMS.0207", 404
    text = _("There is no such key here. It may have been deleted, or be in another region or project.")


class KeyIdInvalid(KmsError):
    code = "KMS.0205"
    text = _("Invalid key ID.")


class PendingDaysOutOfRange(KmsError):
    code, field = "KMS.1401", "pending_days"
    text = _("Set a waiting period of 7 to 1096 days.")


class ResourceTypeUnknown(KmsError):
    code, field = "KMS.0408", "resource_type"
    text = _("Resources of this type are not moved here. The resource_type of keys is kms.")
