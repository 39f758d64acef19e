"""What is wrong with an import of key material."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class WrappingAlgorithmUnknown(KmsError):
    field = "wrapping_algorithm"
    text = _("Material is wrapped by RSAES_OAEP_SHA_256 only. Set the algorithm to that.")


class ImportTokenExpired(KmsError):
    code, field = "KMS.2601", "import_token"
    text = _("The import token expired after 24 hours. Get new parameters for the import, and wrap the material anew.")


class ImportNotBegun(KmsError):
    field = "import_token"
    text = _("No import into this key is under way. Get a wrapping key first, and wrap the material under it.")


class MaterialExpirationInvalid(KmsError):
    code, field = "KMS.2602", "expiration_time"
    text = _("The material must expire later than now. Give the time in whole seconds since 1970.")


class PrivateKeysNeverExpire(KmsError):
    field = "expiration_time"
    text = _("An imported private key never expires. Leave expiration_time out.")


class ImportTokenOfAnotherKey(KmsError):
    code, field = "KMS.2603", "import_token"
    text = _("The import token is of another key. Use the one that was given for this key.")


class MaterialLengthWrong(KmsError):
    code, field = "KMS.2604", "encrypted_key_material"
    text = _("The key material has %(length)s bytes; a key of algorithm %(key_spec)s takes %(expected)s.")


class ImportTokenInvalid(KmsError):
    code, field = "KMS.2605", "import_token"
    text = _("The import token is not one that this server gave. Send it unchanged, or get new parameters.")


class MaterialDiffers(KmsError):
    code, field = "KMS.2606", "encrypted_key_material"
    text = _("The key had other material before. Only the very same material may be imported into it again.")


class PrivateKeyMissing(KmsError):
    code, field = "KMS.2608", "encrypted_privatekey"
    text = _("A key of algorithm %(key_spec)s takes a private key. Send it wrapped in encrypted_privatekey.")


class PrivateKeyUnexpected(KmsError):
    field = "encrypted_privatekey"
    text = _("A key of algorithm %(key_spec)s takes no private key. Leave encrypted_privatekey out.")


class PrivateKeyInvalid(KmsError):
    code, field = "KMS.2609", "encrypted_privatekey"
    text = _("The private key is damaged: its numbers contradict each other, or it does not sign. Export it anew.")
    not_base64 = _("The encrypted private key is not in Base64.")
    closed = _(
        "The encrypted private key (%(length)s bytes) does not open with the temporary key. "
        "Wrap it under that key by AES key wrap with padding (RFC 5649)."
    )
    unreadable = _(
        "What came in encrypted_privatekey (%(length)s bytes when opened) is no private key. "
        "Export the key as PKCS#8 in DER, without a passphrase."
    )
    unfit = _("The private key is %(found)s; a key of algorithm %(key_spec)s takes %(expected)s.")
    exponent = _("The public exponent of the RSA key is unsafe. Use 65537, or a larger one below 2^256.")


class TemporaryKeyLengthWrong(KmsError):
    code, field = "KMS.2610", "encrypted_key_material"
    text = _("The temporary key has %(length)s bytes; AES key wrap takes 16 or 32.")


class WrappedMaterialInvalid(KmsError):
    code, field = "KMS.0311", "encrypted_key_material"
    text = _(
        "The encrypted key material does not open. Encrypt it by RSAES_OAEP_SHA_256, SHA-256 in MGF1 too, "
        "under the public key that came with this import token."
    )
    not_base64 = _("The encrypted key material is not in Base64.")
    wrong_length = _("The encrypted key material has %(length)s bytes; under the public key of an import it has 256.")
    base64 = _(
        "The encrypted key material has %(length)s bytes; 256 are expected. It looks like Base64: decode it first. "
        "Nothing was changed."
    )
