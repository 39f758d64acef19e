"""What is wrong with tags."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class TagListEmpty(KmsError):
    code, field = "KMS.0401", "tags"
    text = _("The list of tags is empty. Name at least one.")


class TagActionUnknown(KmsError):
    code, field = "KMS.0404", "action"
    text = _("The action is create or delete. Choose one of the two.")


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
