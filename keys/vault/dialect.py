"""The dialect of Vault: all below `/v1/`, with a token in `X-Vault-Token` (Vault's API documentation)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from console.access.principals import Principal
from console.access.request import Request
from console.api.dialects import Dialect, Headers, Said
from console.api.errors import JsonInvalid, ParameterInvalid, ParameterMissing, RouteUnknown
from console.api.reading import JSON, UNREADABLE, refusal_of
from console.api.routes import Routes, Table
from keys.errors import KmsError, ValueDeleted, ValueNotFound, VersionsDiffer
from keys.models import KvVersion
from keys.validators import OTHER_MOUNTS
from keys.vault.tokens import bearer_of

START = "/v1/"
TABLE = Table({"name": ".+", "mount": ".+?"})
"""A mount ends at the first of the words that follow one: `keys.validators.MOUNT_VERBS`."""
STAYS_400 = (VersionsDiffer, ParameterInvalid, ParameterMissing, JsonInvalid)
_NOTHING: Mapping[str, Any] = {
    "lease_id": "",
    "renewable": False,
    "lease_duration": 0,
    "data": None,
    "wrap_info": None,
    "warnings": None,
    "auth": None,
}


class Whole(dict[str, Any]):
    """An answer that says more than its `data`."""


def rfc3339(moment: datetime | None) -> str:
    """A time as Vault writes it; empty where there is none."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def version_metadata(version: KvVersion) -> dict[str, Any]:
    """What is said of a version, whoever reads it."""
    return {
        "created_time": rfc3339(version.created_at),
        "custom_metadata": None,
        "deletion_time": rfc3339(version.deleted_at),
        "destroyed": version.is_destroyed,
        "version": version.version,
    }


def _speaks(_method: str, path: str, _headers: Headers) -> bool:
    return path.startswith(START)


def _find(request: Request) -> tuple[Routes, dict[str, str]]:
    """A list is asked for by the method LIST, or by GET with `list=true`."""
    routes, places = TABLE.find(request.path)
    if request.method == "GET" and "LIST" in routes and dict(parse_qsl(request.query)).get("list") == "true":
        return {"GET": routes["LIST"]}, places
    return routes, places


def holder_of(request: Request) -> Principal:
    """The service user whose token this is. Raises VaultTokenRejected; RouteUnknown, as Vault does, for a namespace
    that is not its project."""
    principal = bearer_of(request)
    if request.header("x-vault-namespace").strip("/") not in {"", "root", principal.bound_to}:
        raise RouteUnknown()
    return principal


def _read(request: Request, shape: type[msgspec.Struct], places: dict[str, str]) -> Any:
    """What a call takes: the body, whatever type it is said to be of, or without one the query."""
    try:
        if request.body:
            taken = msgspec.json.decode(request.body, type=shape)
        else:
            taken = msgspec.convert(dict(parse_qsl(request.query)), type=shape, strict=False)
    except UNREADABLE as error:
        raise refusal_of(error) from None
    return taken.wish(**places)  # type: ignore[attr-defined]


def _dress(request: Request, content: Any) -> Any:
    more = content if isinstance(content, Whole) else {"data": content}
    return {"request_id": request.request_id, **_NOTHING, **more}


def _error(request: Request, error: KmsError) -> Said:
    """Vault's form: the code stands before the sentence. What is deleted says so beside, as clients expect."""
    content: dict[str, Any] = {"errors": [f"{error.code} {error.messages[0]}"]}
    if isinstance(error, ValueDeleted):
        content |= {"data": {"data": None, "metadata": version_metadata(error.params["found"])}}  # type: ignore[index]
    return Said(_status(request.path, error), content)


def _status(path: str, error: KmsError) -> int:
    """401 is 403 here. On mounts of values a refusal is 403 whatever it is: their clients take only that for one, and
    404 for a value that is not there; 400 they take for a success (Castellan), or for a server to be asked again."""
    if error.status == 401:
        return 403
    is_of_values = path.removeprefix(START).partition("/")[0] not in OTHER_MOUNTS
    if is_of_values and error.status in {400, 404} and not isinstance(error, (ValueNotFound, RouteUnknown, *STAYS_400)):
        return 403
    return error.status


VAULT = Dialect(
    speaks=_speaks,
    find=_find,
    holder=lambda request, _places: holder_of(request),
    read=_read,
    dress=_dress,
    error=_error,
    content_type=JSON,
    own_methods={"PUT": "POST", "HEAD": "GET"},
)
