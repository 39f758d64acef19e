"""What is wrong with data, data keys and their ciphertexts."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class SymmetricAlgorithmUnfit(KmsError):
    code, field = "KMS.2105", "encryption_algorithm"
    text = _("A symmetric key encrypts with SYMMETRIC_DEFAULT only. Leave the algorithm out, or set it to that.")


class RsaAlgorithmUnfit(KmsError):
    code, field = "KMS.2106", "encryption_algorithm"
    text = _("An RSA key encrypts with RSAES_OAEP_SHA_256 only. Set the algorithm to that.")


class PlaintextInvalid(KmsError):
    code, field = "KMS.2101", "plain_text"
    text = _("The plaintext has %(length)s bytes; 1 to 4096 are possible. Encrypt larger data with a data key.")
    no_data_key = _("The plaintext is not a data key followed by its digest, both in hexadecimal digits.")


class PlaintextTooLongForRsa(KmsError):
    code, field = "KMS.2108", "plain_text"
    text = _("The plaintext has %(length)s bytes; a key of algorithm %(key_spec)s encrypts at most %(most)s.")


class AdditionalDataInvalid(KmsError):
    field = "additional_authenticated_data"
    text = _("Additional data is text of at most 128 bytes.")
    both = _("Give additional data as text or as encryption_context, not both.")
    with_rsa = _("RSA can't bind additional data. Leave it out, or use a symmetric key.")


class ContextInvalid(KmsError):
    code, field = "KMS.0208", "encryption_context"
    text = _("encryption_context is an object of texts, of at most 8192 characters.")


class CiphertextInvalid(KmsError):
    """One answer for whatever does not open, so that nobody learns from trying."""

    code, field = "KMS.2201", "cipher_text"
    text = _(
        "The ciphertext does not open: it is damaged, of another key or another kind, or the additional data differs."
    )


class CiphertextOfAnotherKey(CiphertextInvalid):
    """The same answer, for a ciphertext that says so of itself: another service's API has a name for it."""


class RsaCiphertextInvalid(KmsError):
    code, field = "KMS.0311", "cipher_text"
    text = _("The ciphertext does not open with this RSA key and RSAES_OAEP_SHA_256.")


class DataKeyLengthOutOfRange(KmsError):
    code, field = "KMS.1901", "datakey_length"
    text = _("A data key has 8 to 8192 bits.")


class DataKeyLengthUneven(KmsError):
    code, field = "KMS.1903", "datakey_length"
    text = _("The length of a data key is a multiple of 8 bits.")


class DataKeySpecUnknown(KmsError):
    code, field = "KMS.1902", "key_spec"
    text = _("There is no such kind of data key. Choose one of: %(specs)s.")


class KeyPairSpecUnknown(KmsError):
    code, field = "KMS.0340", "key_spec"
    text = _("There is no such kind of key pair here. Choose one of: %(specs)s.")


class PlaintextLengthMismatch(KmsError):
    code, field = "KMS.2104", "datakey_plain_length"
    text = _("The data key has %(length)s bytes, and datakey_plain_length says another number.")


class DataKeyPlainLengthWrong(KmsError):
    code, field = "KMS.2102", "datakey_plain_length"
    text = _("A data key has 1 to 1024 bytes.")


class DataKeyDigestWrong(KmsError):
    code, field = "KMS.2103", "plain_text"
    text = _("The digest behind the data key is not the data key's. Append its SHA-256 (SM3 for an SM4 key).")


class CiphertextLengthMismatch(KmsError):
    code, field = "KMS.2204", "datakey_cipher_length"
    text = _("The data key has another length than datakey_cipher_length says.")


class RandomLengthOutOfRange(KmsError):
    code, field = "KMS.1801", "random_data_length"
    text = _("Random data has 8 to 8192 bits.")


class RandomLengthUneven(KmsError):
    code, field = "KMS.1802", "random_data_length"
    text = _("The length of random data is a multiple of 8 bits.")
