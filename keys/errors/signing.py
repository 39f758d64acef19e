"""What signatures and MACs are asked wrongly."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class SigningAlgorithmUnfit(KmsError):
    code, field = "KMS.0332", "signing_algorithm"
    text = _("A key of algorithm %(key_spec)s can't use this signing algorithm. Choose one of: %(algorithms)s.")


class MacAlgorithmUnfit(KmsError):
    field = "mac_algorithm"
    text = _("A key of algorithm %(key_spec)s generates MACs with %(algorithm)s only.")


class DigestLengthWrong(KmsError):
    code, field = "KMS.0329", "message"
    text = _("The digest has %(length)s bytes; %(algorithm)s takes %(expected)s. Send the digest, or message_type RAW.")


class MessageTypeUnknown(KmsError):
    field = "message_type"
    text = _("The message type is RAW (the message itself) or DIGEST (its hash). Choose one of the two.")


class MessageInvalid(KmsError):
    field = "message"
    text = _("The message is not in Base64.")


class SignatureMalformed(KmsError):
    field = "signature"
    text = _("The signature is not in Base64.")


class MacMalformed(KmsError):
    field = "mac"
    text = _("The MAC is not in hexadecimal digits.")


class MessageLengthWrong(KmsError):
    field = "message"
    text = _("The message has %(length)s bytes; 1 to 4096 are possible. Send its digest instead.")
