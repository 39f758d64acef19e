"""Every call of the wire, one line each: its verb, what it takes, the operation, what it answers."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from console.access.caller import Caller
from keys import operations
from keys.api import schemas


class Route(NamedTuple):
    request: type[msgspec.Struct]
    operation: Callable[[Caller, Any], Any]
    answer: Callable[[Any], dict[str, Any]]


ROUTES: dict[str, Route] = {
    "create-key": Route(
        schemas.CreateKeyRequest, lambda caller, one: operations.create_key(caller, **one.wish()), schemas.created
    ),
    "describe-key": Route(
        schemas.KeyRequest, lambda caller, one: operations.get_key(caller, one.key_id), schemas.described
    ),
}
