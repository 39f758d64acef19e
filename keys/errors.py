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
    with_key = _(
        "You may not do this with key %(key)s: permission %(action)s is missing. Roles that have it: %(roles)s. "
        "Given by: account administrator %(administrator)s."
    )

    @classmethod
    def of(cls, action: str, roles: Iterable[str], administrators: Iterable[str], key: object = "") -> Self:
        """The missing action, the key where there is one, the roles that have it, and who can give them."""
        names = listed(administrators)
        if action.startswith("server:"):
            return cls(text=cls.for_administrators, action=action)
        if not roles:
            return cls(text=cls.for_owners, action=action, administrator=names)
        if key:
            return cls(text=cls.with_key, key=key, action=action, roles=listed(roles), administrator=names)
        return cls(action=action, roles=listed(roles), administrator=names)


class NotGranted(KmsError):
    code, status = "KMS.0306", 403
    text = _("You may not do this with key %(key)s: no grant of yours covers it. Ask the account that owns the key.")


class GrantExceedsOwn(KmsError):
    code, status, field = "KMS.0306", 403, "operations"
    text = _("You may pass on only what you are granted yourself. Leave out: %(operations)s.")


class KeyNotFound(KmsError):
    code, status = "KMS.0207", 404
    text = _("There is no such key here. It may have been deleted, or be in another region or project.")


class KeyIdInvalid(KmsError):
    code = "KMS.0205"
    text = _("Invalid key ID.")


# What a key's state refuses


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


# What a key's kind refuses


class ExternalKeyRequired(KmsError):
    code = "KMS.0309"
    text = _("The material of this key was generated here. Only a key of origin External takes imported material.")


class PrivateKeyStays(KmsError):
    code = "KMS.2702"
    text = _("An imported private key can't be deleted by itself. Schedule the deletion of the whole key instead.")


class KeyIsDefault(KmsError):
    code = "KMS.0211"
    text = _("Default keys can't be changed, and serve data keys only. Use a custom key.")


class KeyIsAsymmetric(KmsError):
    code = "KMS.0325"
    text = _("Asymmetric keys can't do this. Use a symmetric key.")


class KeyIsSymmetric(KmsError):
    code = "KMS.0331"
    text = _("Symmetric keys have no public key. Use an RSA or elliptic-curve key.")


class KeyIsForEncryption(KmsError):
    code = "KMS.0334"
    text = _("The key is for encryption and decryption. Use a key whose usage fits.")


class KeyIsForSigning(KmsError):
    code = "KMS.0335"
    text = _("The key is for signing and verifying. Use a key for encryption and decryption.")


class KeyIsForMacs(KmsError):
    code = "KMS.0341"
    text = _("The key is for message authentication codes. Use a key whose usage fits.")


class CurveKeyCantEncrypt(KmsError):
    code = "KMS.1114"
    text = _("Elliptic-curve keys can't encrypt or decrypt. Use an AES, SM4 or RSA key.")


class SymmetricKeyCantSign(KmsError):
    code = "KMS.1115"
    text = _("Symmetric keys can't sign or verify. Use an RSA or elliptic-curve key.")


class ExternalKeyNeverRotates(KmsError):
    code = "KMS.0312"
    text = _("External keys can't be rotated: their material comes from outside. Use a key of origin KMS.")


class RsaKeyNeverRotates(KmsError):
    code = "KMS.0324"
    text = _("RSA keys can't be rotated. Create another key instead.")


# What a key's rotation refuses


class RotationOff(KmsError):
    code = "KMS.0313"
    text = _("Rotation of the key is not enabled. Enable it first.")


class RotationOn(KmsError):
    code = "KMS.2901"
    text = _("Rotation of the key is enabled already.")


# What a call asks wrongly


class PendingDaysOutOfRange(KmsError):
    code, field = "KMS.1401", "pending_days"
    text = _("Set a waiting period of 7 to 1096 days.")


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


class RotationIntervalInvalid(KmsError):
    code, field = "KMS.3001", "rotation_interval"
    text = _("Set a rotation interval of 30 to 365 days.")


class WrappingAlgorithmUnknown(KmsError):
    field = "wrapping_algorithm"
    text = _("Material is wrapped by RSAES_OAEP_SHA_256 only. Set the algorithm to that.")


class ImportTokenExpired(KmsError):
    code, field = "KMS.2601", "import_token"
    text = _("The import token expired after 24 hours. Get new parameters for the import, and wrap the material anew.")


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


class LimitInvalid(KmsError):
    code, field = "KMS.1601", "limit"
    text = _("The limit is a whole number from 1 to 2000.")


class MarkerInvalid(KmsError):
    code, field = "KMS.1602", "marker"
    text = _("The marker is the next_marker of the page before, or 0 for the first page.")


class KeyStateUnknown(KmsError):
    code, field = "KMS.3702", "key_state"
    text = _("There is no such key state. Use 2 (enabled), 3 (disabled), 4 (pending deletion) or 5 (pending import).")


class GranteeUnknown(KmsError):
    code, field = "KMS.2402", "grantee_principal"
    text = _("There is no user or account with the ID %(principal)s. Give the ID of a user, or of an account.")


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


# What a search for keys asks wrongly


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


class ResourceTypeUnknown(KmsError):
    code, field = "KMS.0408", "resource_type"
    text = _("Resources of this type are not moved here. The resource_type of keys is kms.")


class NotOffered(KmsError):
    code = "KMS.0340"
    text = _("This server does not support this call of the cloud's API.")


class NameInvalid(KmsError):
    field = "name"
    text = _("Use 1 to 64 letters, digits and . _ @ + - in a name, beginning with a letter or digit.")


class NameTaken(KmsError):
    field = "name"
    text = _("The name “%(name)s” is taken. Choose another one.")


class NotFound(KmsError):
    status = 404
    text = _("There is nothing at this address. It may have been deleted, or belong to another account.")


class Failed(KmsError):
    """What the trail says of a call that ended in an error of the server itself."""

    code, status = "KMS.0103", 500
    text = _("A system exception occurred. Try again, and tell the administrator of this server the request ID.")


class NotSaved(KmsError):
    code, status = "KMS.0104", 503
    text = _("Not saved: the database can't be written now. Nothing was changed. Try again.")
