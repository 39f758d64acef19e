"""What a call takes: path, query and JSON body, made one struct."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from console.access.request import Request
from console.api.errors import ContentTypeUnknown, JsonInvalid, ParameterInvalid, ParameterMissing

JSON = "application/json"


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
    if request.body and _fields_of(shape).isdisjoint((*query, *places)):
        taken = decoded(request.body, shape)
    else:
        content = decoded(request.body, dict[str, Any]) if request.body else {}
        with _told():
            taken = msgspec.convert(query | content | places, type=shape)
    wish = getattr(taken, "wish", None)
    return taken if wish is None else wish()


def decoded(body: bytes, shape: Any) -> Any:
    """What a JSON body has of this shape. Raises JsonInvalid, ParameterMissing, ParameterInvalid."""
    with _told():
        return _decoder(shape).decode(body)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a body or its fields, as refusals of ours."""
    try:
        yield
    except msgspec.ValidationError as error:
        problem = f"{error}."
        raise (ParameterMissing if "missing required field" in problem else ParameterInvalid)(problem=problem) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise JsonInvalid() from None


@cache
def _decoder(shape: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


@cache
def _fields_of(shape: type[msgspec.Struct]) -> frozenset[str]:
    """The names that the fields of a struct have on the wire."""
    return frozenset(shape.__struct_encode_fields__)
