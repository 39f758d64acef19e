"""One endpoint for all calls: who signed, which call, what it takes; then one operation, then the answer."""

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from console.access.caller import Caller
from console.access.places import project_of
from console.access.signature import SignatureRejected, signer_of
from keys.api.routes import ROUTES
from keys.errors import KmsError, NotFound

JSON = "application/json"


class RouteUnknown(KmsError):
    code, status = "APIG.0101", 404
    text = _("The API does not exist or has not been published in the environment.")


class MethodUnknown(KmsError):
    code, status = "KMS.0215", 405
    text = _("Request method not supported.")


class JsonInvalid(KmsError):
    code = "KMS.0202"
    text = _("Invalid JSON format of the request message.")


class ParameterMissing(KmsError):
    code = "KMS.0204"
    text = _("Parameters missing in the request message.")


class ProjectForeign(KmsError):
    code, status = "KMS.0321", 403
    text = _("The project in the URL is not a project of the access key's account.")


GATEWAY = (SignatureRejected, RouteUnknown)


@csrf_exempt
@login_not_required
def call(request: HttpRequest, project: str, verb: str) -> HttpResponse:
    """Carry out one call; every refusal in the envelope of the contract (section 3)."""
    with translation.override("en"):  # programs read these sentences, as the cloud's in English
        try:
            return HttpResponse(msgspec.json.encode(_answer(request, project, verb)), content_type=JSON)
        except ValidationError as error:
            return _refused(request, error if isinstance(error, KmsError) else KmsError())


def _answer(request: HttpRequest, project: str, verb: str) -> dict[str, object]:
    user = signer_of(request)
    if (route := ROUTES.get(verb)) is None:
        raise RouteUnknown()
    if request.method != "POST":
        raise MethodUnknown()
    try:
        place = project_of(user, project)
    except NotFound:
        raise ProjectForeign() from None
    caller = Caller.of_user(user, place, source_ip=request.source_ip, request_id=request.request_id)  # type: ignore[attr-defined]
    return route.answer(route.operation(caller, _parsed(request.body, route.request)))


def _parsed(body: bytes, shape: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        fields = msgspec.json.decode(body or b"{}", type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise JsonInvalid() from None
    try:
        return msgspec.convert(fields, type=shape)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise (ParameterMissing() if missing else KmsError(text=f"{KmsError.text} {error}")) from None


def _refused(request: HttpRequest, error: KmsError) -> HttpResponse:
    content: dict[str, object] = {"error_code": str(error.code), "error_msg": error.messages[0]}
    if isinstance(error, GATEWAY):
        content["request_id"] = request.request_id  # type: ignore[attr-defined]
    else:
        content = {"error": content}
    return HttpResponse(msgspec.json.encode(content), status=error.status, content_type=JSON)
