"""What a call takes: path, query and JSON body, made one struct."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from console.access.request import Environ, Request
from console.api.errors import (
    BodyIncomplete,
    BodyTooLong,
    ContentTypeUnknown,
    JsonInvalid,
    ParameterInvalid,
    ParameterMissing,
)

LONGEST_BODY = 64 * 1024
LONGEST_DRAINED = 8 * 1024 * 1024
JSON = "application/json"
_fields = msgspec.json.Decoder(dict[str, Any])


def read_body(environ: Environ) -> bytes:
    """The bytes of the body, at most 64 KiB. Raises BodyTooLong, BodyIncomplete."""
    stream, said = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or ""
    if not said:
        if "HTTP_TRANSFER_ENCODING" not in environ:
            return b""
        said = str(LONGEST_BODY + 1)
        body: bytes = stream.read(LONGEST_BODY + 1)
    elif not said.isdecimal():
        raise BodyIncomplete()
    else:
        body = stream.read(min(int(said), LONGEST_BODY + 1)) if int(said) else b""
    if len(body) > LONGEST_BODY:
        _drain(stream)
        raise BodyTooLong(most=LONGEST_BODY)
    if "HTTP_TRANSFER_ENCODING" not in environ and len(body) != int(said):
        raise BodyIncomplete()
    return body


def read(request: Request, shape: type[msgspec.Struct], places: dict[str, str]) -> Any:
    """What the call takes: the struct, or what its method `wish` makes of it where it has one.

    What stands in the path wins over the body, that over the query; unknown fields are ignored. Raises
    ContentTypeUnknown, JsonInvalid, ParameterMissing, ParameterInvalid, and what `wish` raises."""
    fields: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    if request.body:
        content_type = request.header("content-type").partition(";")[0].strip().lower()
        if content_type not in {"", JSON}:
            raise ContentTypeUnknown()
        try:
            fields |= _fields.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise JsonInvalid() from None
    try:
        taken = msgspec.convert(fields | places, type=shape)
    except msgspec.ValidationError as error:
        problem = f"{error}."
        raise (ParameterMissing if "missing required field" in problem else ParameterInvalid)(problem=problem) from None
    wish = getattr(taken, "wish", None)
    return taken if wish is None else wish()


def _drain(stream: Any) -> None:
    """Read on a while, so that the client is still listening when the answer comes."""
    left = LONGEST_DRAINED
    while left > 0 and (chunk := stream.read(LONGEST_BODY)):
        left -= len(chunk)
