"""Refusals in AWS's words, and those that its API alone has."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from console.access.limits import TooMany
from console.access.signature import SignatureRejected
from console.access.sigv4 import SignatureIncomplete, SignatureMissing
from console.api.errors import JsonInvalid, MethodUnknown, RouteUnknown
from console.operations.approvals import SentForApproval
from keys import errors
from keys.aws.names import ArnInvalid
from keys.errors import KmsError


class RegionForeign(KmsError):
    code, status = "KMS.0321", 403
    text = _(
        "Your account has no project in the region that the request is signed for. Set the client's region to one of "
        "your projects' regions, or use the access key of a service user."
    )


class OperationNotOffered(RouteUnknown):
    text = _("This server does not offer this operation of AWS KMS. Its documentation lists those that it does.")


class ParameterNotOffered(errors.NotOffered):
    text = _("This server does not offer the parameter %(name)s of AWS KMS. Leave it out.")


class DataKeySizeUnclear(KmsError):
    text = _("Say either KeySpec or NumberOfBytes.")


class SignatureWrong(KmsError):
    text = _("The signature is not this key's for this message and algorithm.")


class MacWrong(KmsError):
    text = _("The MAC is not this key's for this message.")


class GrantOperationNotOffered(errors.OperationUnknown):
    text = _("A grant here can't give %(name)s. It can give: %(names)s.")


NAMES: Final[dict[str, tuple[type[KmsError], ...]]] = {
    "MissingAuthenticationTokenException": (SignatureMissing,),
    "IncompleteSignatureException": (SignatureIncomplete,),
    "InvalidSignatureException": (SignatureRejected,),
    "ThrottlingException": (TooMany,),
    "UnknownOperationException": (RouteUnknown, MethodUnknown),
    "SerializationException": (JsonInvalid,),
    "UnsupportedOperationException": (
        errors.NotOffered,
        errors.KeyIsDefault,
        errors.ExternalKeyNeverRotates,
        errors.RsaKeyNeverRotates,
        errors.KeyIsAsymmetric,
        errors.KeyIsSymmetric,
    ),
    "NotFoundException": (errors.KeyNotFound, errors.KeyIdInvalid, errors.AliasUnknown),
    "DisabledException": (errors.KeyDisabled,),
    "KMSInvalidStateException": (
        errors.KeyPendingDeletion,
        errors.KeyPendingImport,
        errors.KeyNotDisabled,
        errors.KeyNotEnabled,
        errors.KeyAlreadyPendingDeletion,
        errors.KeyNotPendingDeletion,
        errors.KeyProtected,
        errors.RotationOn,
        errors.RotationOff,
        SentForApproval,
    ),
    "InvalidKeyUsageException": (
        errors.CurveKeyCantEncrypt,
        errors.SymmetricKeyCantSign,
        errors.KeyIsForEncryption,
        errors.KeyIsForSigning,
        errors.KeyIsForMacs,
        errors.SymmetricAlgorithmUnfit,
        errors.RsaAlgorithmUnfit,
        errors.SigningAlgorithmUnfit,
        errors.MacAlgorithmUnfit,
    ),
    "InvalidCiphertextException": (errors.CiphertextInvalid, errors.RsaCiphertextInvalid),
    "IncorrectKeyException": (errors.CiphertextOfAnotherKey,),
    "KMSInvalidSignatureException": (SignatureWrong,),
    "KMSInvalidMacException": (MacWrong,),
    "LimitExceededException": (errors.QuotaReached, errors.TooManyAliases, errors.TooManyGrants),
    "AlreadyExistsException": (errors.AliasTaken,),
    "InvalidAliasNameException": (errors.AliasInvalid,),
    "InvalidArnException": (ArnInvalid,),
    "InvalidMarkerException": (errors.MarkerInvalid,),
    "InvalidGrantIdException": (errors.GrantIdInvalid, errors.GrantOfAnotherKey),
    "TagException": (
        errors.TagListEmpty,
        errors.TagKeyInvalid,
        errors.TagKeyLength,
        errors.TagKeyTwice,
        errors.TagValueInvalid,
        errors.TagValueLength,
        errors.TooManyTags,
    ),
}
OF_STATUS: Final = {403: "AccessDeniedException", 404: "NotFoundException", 503: "DependencyTimeoutException"}
_NAME_OF: Final = {one: name for name, classes in NAMES.items() for one in classes}


def name_of(error: KmsError) -> str:
    """The exception that AWS's clients know for this refusal: of its class, else of the class that it is a kind of,
    else of its status."""
    for one in type(error).__mro__:
        if one in _NAME_OF:
            return _NAME_OF[one]
    otherwise = "ValidationException" if error.status < 500 else "KMSInternalException"
    return OF_STATUS.get(error.status, otherwise)
