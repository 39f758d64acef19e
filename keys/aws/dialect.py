"""The dialect of the door that AWS's clients speak: JSON 1.1 at `/`, the operation in a header, signed by SigV4."""

from typing import Any, Final

import msgspec

from console.access.caller import Caller
from console.access.principals import Principal
from console.access.request import Request
from console.access.sigv4 import signer_of
from console.access.trail import trace_refusal
from console.api.dialects import Dialect, Headers, Said
from console.api.errors import RouteUnknown
from console.api.reading import decoded
from console.api.routes import PROJECT, Answer, Route, Routes
from keys.api.routes import pace_of
from keys.aws.aliases import ALIASES
from keys.aws.data import DATA
from keys.aws.errors import OperationNotOffered, RegionForeign, name_of
from keys.aws.grants import GRANTS
from keys.aws.lifecycle import LIFECYCLE
from keys.aws.names import Place
from keys.aws.operation import Operation
from keys.aws.rotation import ROTATION
from keys.aws.signing import SIGNING
from keys.aws.tags import TAGS
from keys.errors import KmsError

SERVICE, TARGET, SERVER = "kms", "x-amz-target", "TrentService."
REQUEST_ID = "x-amzn-RequestId"


def _route(operation: type[Operation]) -> Route:
    def operate(caller: Caller, asked: Operation) -> Answer:
        place = Place.of(caller)
        try:
            asked.check_offered()
            call = asked.ask(place)
        except KmsError as refusal:
            trace_refusal(caller, operation.call.trace, refusal)
            raise
        return Answer(asked.answer(place, call(caller)), ((REQUEST_ID, caller.request_id),))

    return Route(
        "POST",
        f"/{PROJECT}",
        operation,
        operate,
        lambda answer: answer,
        operation.call.trace,
        pace=pace_of(operation.call),
    )


OPERATIONS: Final[list[type[Operation]]] = [*DATA, *SIGNING, *LIFECYCLE, *ROTATION, *ALIASES, *TAGS, *GRANTS]
_routes: Final[dict[str, Routes]] = {f"{SERVER}{one.__name__}": {"POST": _route(one)} for one in OPERATIONS}


def _speaks(_method: str, path: str, headers: Headers) -> bool:
    return path == "/" and TARGET in headers


def _find(request: Request) -> tuple[Routes, dict[str, str]]:
    return _routes.get(request.header(TARGET), {}), {}


def _holder(request: Request, _places: dict[str, str]) -> Principal:
    return signer_of(request, SERVICE, [TARGET])


def _read(request: Request, shape: type[msgspec.Struct], _places: dict[str, str]) -> Any:
    return decoded(request.body or b"{}", shape)


def _error(request: Request, error: KmsError) -> Said:
    """Whatever the client did wrong has the status 400."""
    if isinstance(error, RouteUnknown):
        error = OperationNotOffered()
    content = {"__type": name_of(error), "message": f"{error.code}: {error.messages[0]}"}
    return Said(400 if error.status < 500 else error.status, content, [(REQUEST_ID, request.request_id)])


AWS: Final = Dialect(
    speaks=_speaks,
    find=_find,
    holder=_holder,
    read=_read,
    dress=lambda _request, content: content,
    error=_error,
    content_type="application/x-amz-json-1.1",
    foreign=RegionForeign,
)
