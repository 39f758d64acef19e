"""What is wrong with a list or a search that is asked for."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class LimitInvalid(KmsError):
    code, field = "KMS.1601", "limit"
    text = _("The limit is a whole number from 1 to 2000.")


class MarkerInvalid(KmsError):
    code, field = "KMS.1602", "marker"
    text = _("The marker is the next_marker of the page before, or 0 for the first page.")


class KeyStateUnknown(KmsError):
    code, field = "KMS.3702", "key_state"
    text = _("There is no such key state. Use 2 (enabled), 3 (disabled), 4 (pending deletion) or 5 (pending import).")


class SearchActionUnknown(KmsError):
    code, field = "KMS.0404", "action"
    text = _("The action is filter (the keys) or count (their number). Choose one of the two.")


class SearchLimitInvalid(KmsError):
    code, field = "KMS.1601", "limit"
    text = _("The limit is a whole number from 1 to 1000.")


class OffsetInvalid(KmsError):
    code, field = "KMS.0417", "offset"
    text = _("The offset is a whole number, 0 or more.")


class OffsetNotNeeded(KmsError):
    code, field = "KMS.0418", "offset"
    text = _("A count has no pages. Leave the offset out.")


class TooManyTagConditions(KmsError):
    code, field = "KMS.0407", "tags"
    text = _("At most %(most)s tag keys can be searched for at once.")


class TooManyTagValues(KmsError):
    code, field = "KMS.0413", "tags"
    text = _("At most %(most)s values of a tag key can be searched for at once.")


class TagConditionTwice(KmsError):
    code, field = "KMS.0414", "tags"
    text = _("Tag key “%(key)s”, or one of its values, is named twice. Name each once.")


class MatchKeyUnknown(KmsError):
    code, field = "KMS.0403", "matches"
    text = _("Keys can be matched by resource_name, their alias, alone.")


class MatchValueInvalid(KmsError):
    code, field = "KMS.0402", "matches"
    text = _("The value to match has 1 to 255 characters.")


class MatchTwice(KmsError):
    code, field = "KMS.0415", "matches"
    text = _("A field can be matched once only.")
