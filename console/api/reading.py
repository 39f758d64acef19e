"""What a call takes: path, query and JSON body, made one struct."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from console.access.request import Request
from console.api.errors import ContentTypeUnknown, JsonInvalid, ParameterInvalid, ParameterMissing
from keys.errors import KmsError

JSON = "application/json"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading JSON into a struct may raise."""


def read(request: Request, shape: type[msgspec.Struct], places: dict[str, str]) -> Any:
    """What the call takes: the struct, or what its method `wish` makes of it where it has one.

    What stands in the path wins over the body, that over the query; unknown fields are ignored. Raises
    ContentTypeUnknown, JsonInvalid, ParameterMissing, ParameterInvalid, and what `wish` raises."""
    query = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    if request.body:
        content_type = request.header("content-type").partition(";")[0].strip().lower()
        if content_type not in {"", JSON}:
            raise ContentTypeUnknown()
        if not request.body.lstrip().startswith(b"{"):
            raise JsonInvalid()
    try:
        if request.body and _fields_of(shape).isdisjoint((*query, *places)):
            taken = _decoder(shape).decode(request.body)
        else:
            content = _decoder(dict[str, Any]).decode(request.body) if request.body else {}
            taken = msgspec.convert(query | content | places, type=shape)
    except UNREADABLE as error:
        raise refusal_of(error) from None
    wish = getattr(taken, "wish", None)
    return taken if wish is None else wish()


def decoded(body: bytes, shape: Any) -> Any:
    """What a JSON body has of this shape. Raises JsonInvalid, ParameterMissing, ParameterInvalid."""
    try:
        return _decoder(shape).decode(body)
    except UNREADABLE as error:
        raise refusal_of(error) from None


def refusal_of(error: Exception) -> KmsError:
    """What one of UNREADABLE is answered with."""
    if not isinstance(error, msgspec.ValidationError):
        return JsonInvalid()
    problem = f"{error}."
    return (ParameterMissing if "missing required field" in problem else ParameterInvalid)(problem=problem)


@cache
def _decoder(shape: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


@cache
def _fields_of(shape: type[msgspec.Struct]) -> frozenset[str]:
    """The names that the fields of a struct have on the wire."""
    return frozenset(shape.__struct_encode_fields__)
