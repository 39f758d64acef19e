"""Refusals of the API's door (API contract, 3). Those of the gateway, before any service, have a flat form."""

from django.utils.translation import gettext_lazy as _

from console.access.limits import TooMany
from console.access.signature import SignatureRejected
from console.access.tokens import PasswordRejected, TokenRejected
from keys.errors import KmsError


class RouteUnknown(KmsError):
    code, status = "APIG.0101", 404
    text = _("The API does not exist or has not been published in the environment.")


class MethodUnknown(KmsError):
    code, status = "KMS.0215", 405
    text = _("Request method not supported. Use %(methods)s.")


class BodyTooLong(KmsError):
    code = "KMS.0203"
    text = _("Request message too long: %(most)s bytes are possible.")


class BodyIncomplete(KmsError):
    code = "KMS.0203"
    text = _("The request's body has another length than Content-Length says.")


class ContentTypeUnknown(KmsError):
    code = "KMS.0214"
    text = _("The request format is invalid. Send JSON as application/json.")


class JsonInvalid(KmsError):
    code = "KMS.0202"
    text = _("Invalid JSON format of the request message. Send one JSON object in UTF-8.")


class ParameterMissing(KmsError):
    code = "KMS.0204"
    text = _("Parameters missing in the request message. %(problem)s")


class ParameterInvalid(KmsError):
    text = _("The request has an invalid parameter. %(problem)s")


class ProjectForeign(KmsError):
    code, status = "KMS.0321", 403
    text = _("The project in the URL is not a project of the caller's account, or not the one of his token.")


GATEWAY = (SignatureRejected, TokenRejected, PasswordRejected, TooMany, RouteUnknown)
