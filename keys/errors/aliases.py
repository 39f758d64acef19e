"""What is wrong with a name: a key's own, and the aliases that programs call it by."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


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


class AliasNameInvalid(AliasInvalid):
    text = _("Use alias/ and 1 to 249 letters, digits and _ - : / for an alias of this kind, without spaces.")


class AliasNameTaken(AliasTaken):
    text = _("Alias “%(alias)s” is taken in this region. Choose another alias, or associate it with this key.")


class AliasUnknown(KmsError):
    code, status, field = "KMS.0207", 404, "alias"
    text = _("There is no alias “%(alias)s” here. It may have been deleted, or belong to another key or project.")


class TooManyAliases(KmsError):
    field = "alias"
    text = _("A key has at most 50 aliases. Delete one first.")


class AliasListEmpty(KmsError):
    field = "aliases"
    text = _("The list of aliases is empty. Name at least one.")
