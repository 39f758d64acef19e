"""What is wrong with a grant."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class GranteeUnknown(KmsError):
    code, field = "KMS.2402", "grantee_principal"
    text = _("There is no user or account with the ID %(principal)s. Give the ID of a user, or of an account.")


class RetiringUserUnknown(GranteeUnknown):
    field = "retiring_principal"


class GranteeTypeUnknown(KmsError):
    field = "grantee_principal_type"
    text = _("The type of the grantee is user or domain (an account). Choose one of the two.")


class OperationUnknown(KmsError):
    field = "operations"
    text = _("Name one or more operations to grant, of these: %(operations)s.")


class GrantOfCreateGrantAlone(KmsError):
    code, field = "KMS.2401", "operations"
    text = _("Specify an operation in addition to create-grant.")


class GrantNameInvalid(KmsError):
    field = "name"
    text = _("Use up to 255 letters, digits and _ - : / for the name of a grant, without spaces.")


class TooManyGrants(KmsError):
    code = "KMS.2404"
    text = _("A key has at most 100 grants. Revoke one first.")


class GrantIdInvalid(KmsError):
    code, field = "KMS.2501", "grant_id"
    text = _("There is no such grant. It may have been revoked or retired.")


class GrantOfAnotherKey(KmsError):
    code, field = "KMS.2502", "grant_id"
    text = _("The grant is one of another key. Name the key that it was made for.")
