"""Every refusal of the service: one class a reason, for field, form, API and admin alike.

`code` and `status` are the wire's (`error-codes` of the API contract), `field` names the form field that the
message belongs to, and `text` says what happened and what to do.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.texts import listed

Text = str | Promise


class KmsError(ValidationError):
    """A refusal with the wire's code and HTTP status; `params` fill the named places of `text`."""

    code: str = "KMS.0308"
    status: ClassVar[int] = 400
    field: ClassVar[str | None] = None
    text: ClassVar[Text] = _("The request has an invalid parameter.")

    def __init__(self, *, text: Text | None = None, **params: Any) -> None:
        super().__init__(text if text is not None else self.text, code=type(self).code, params=params or None)  # type: ignore[arg-type]


class AliasInvalid(KmsError):
    code, field = "KMS.1101", "alias"
    text = _("Use 1 to 255 characters: letters, digits and _ - : / only, without spaces.")


class AliasReserved(KmsError):
    code, field = "KMS.1101", "alias"
    text = _("Aliases that end in /default are reserved for default keys. Choose another alias.")


class AliasTaken(KmsError):
    code, field = "KMS.1104", "alias"
    text = _("Alias “%(alias)s” is taken by key %(key_id)s. Choose another alias.")


class AliasHeld(AliasTaken):
    text = _(
        "Alias “%(alias)s” is held by key %(key_id)s, which is pending deletion until %(until)s. "
        "Cancel that deletion, or choose another alias."
    )


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


class NotPermitted(KmsError):
    code, status = "KMS.0306", 403
    text = _(
        "You may not do this: permission %(action)s is missing. Roles that have it: %(roles)s. "
        "Given by: account administrator %(administrator)s."
    )
    for_owners = _(
        "You may not do this: permission %(action)s is missing. Only account administrator %(administrator)s has it."
    )
    for_administrators = _(
        "You may not do this: permission %(action)s is missing. Ask an administrator of this server."
    )

    @classmethod
    def of(cls, action: str, roles: Iterable[str], administrators: Iterable[str]) -> Self:
        """The missing action, the roles that have it, and who can give them."""
        names = listed(administrators)
        if action.startswith("server:"):
            return cls(text=cls.for_administrators, action=action)
        if not roles:
            return cls(text=cls.for_owners, action=action, administrator=names)
        return cls(action=action, roles=listed(roles), administrator=names)


class KeyNotFound(KmsError):
    code, status = "KMS.0207", 404
    text = _("There is no such key here. It may have been deleted, or be in another region or project.")


class KeyIdInvalid(KmsError):
    code = "KMS.0205"
    text = _("Invalid key ID.")


class KeyPendingDeletion(KmsError):
    code = "KMS.0210"
    text = _("The key is pending deletion. Cancel the deletion first.")


class KeyIsDefault(KmsError):
    code = "KMS.0211"
    text = _("Default keys can't be changed.")


class TagKeyInvalid(KmsError):
    code, field = "KMS.0406", "tag_key"
    text = _("Use letters and digits of any language, spaces inside, and _ . : / + - @ in a tag key.")


class TagKeyLength(KmsError):
    code, field = "KMS.0411", "tag_key"
    text = _("A tag key has 1 to 128 characters.")


class TagKeyReserved(TagKeyInvalid):
    text = _("Tag keys that begin with _sys_ are reserved. Choose another tag key.")


class TagKeyTwice(KmsError):
    code, field = "KMS.0414", "tag_key"
    text = _("Tag key “%(key)s” is used twice. A key has one value for each tag key.")


class TagValueInvalid(KmsError):
    code, field = "KMS.0405", "tag_value"
    text = _("Use letters and digits of any language, spaces inside, and _ . : / + - @ in a tag value.")


class TagValueLength(KmsError):
    code, field = "KMS.0410", "tag_value"
    text = _("A tag value has up to 255 characters.")


class TooManyTags(KmsError):
    code, field = "KMS.0409", "tags"
    text = _("A key has at most 20 tags. Delete a tag first.")


class NameInvalid(KmsError):
    field = "name"
    text = _("Use 1 to 64 letters, digits and . _ @ + - in a name, beginning with a letter or digit.")


class NameTaken(KmsError):
    field = "name"
    text = _("The name “%(name)s” is taken. Choose another one.")


class NotFound(KmsError):
    status = 404
    text = _("There is nothing at this address. It may have been deleted, or belong to another account.")


class NotSaved(KmsError):
    code, status = "KMS.0104", 503
    text = _("Not saved: the database can't be written now. Nothing was changed. Try again.")
