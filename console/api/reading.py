"""What a call takes: path, query and JSON body, made one struct."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from console.access.request import Request
from console.api.errors import ContentTypeUnknown, JsonInvalid, ParameterInvalid, ParameterMissing

JSON = "application/json"
_fields = msgspec.json.Decoder(dict[str, Any])


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
