"""What a key's state refuses."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class KeyDisabled(KmsError):
    code = "KMS.0209"
    text = _("The key is disabled. Enable it first.")


class KeyPendingDeletion(KmsError):
    code = "KMS.0210"
    text = _("The key is pending deletion. Cancel the deletion first.")


class KeyPendingImport(KmsError):
    code = "KMS.0310"
    text = _("The key has no material yet. Import its material first.")


class KeyNotDisabled(KmsError):
    code = "KMS.1201"
    text = _("The key is not disabled. Only a disabled key can be enabled.")


class KeyNotEnabled(KmsError):
    code = "KMS.1301"
    text = _("The key is not enabled. Only an enabled key can be disabled.")


class KeyAlreadyPendingDeletion(KmsError):
    code = "KMS.1402"
    text = _("The key is pending deletion already. Cancel that deletion first to choose another date.")


class KeyNotPendingDeletion(KmsError):
    code = "KMS.1501"
    text = _("The key is not pending deletion. There is nothing to cancel.")


class KeyNotPendingImport(KmsError):
    code = "KMS.0310"
    text = _("The key is not pending import. Material is imported only into a key that has none.")


class MaterialNotDeletable(KmsError):
    code = "KMS.2701"
    text = _("The key is neither enabled nor disabled: it has no imported material that could be deleted now.")
