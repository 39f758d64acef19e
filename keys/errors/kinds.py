"""What a key's kind refuses: its family, its usage, its origin."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


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
