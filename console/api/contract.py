"""The contract's own dialect (API contract, 1 to 3): all below `/v1.0`, `/v2` and `/v3`, signed or with a token."""

import re
from typing import Any

from console.access.principals import Principal
from console.access.request import Request
from console.access.signature import is_signed, signer_of
from console.access.tokens import bearer_of
from console.api.dialects import Dialect, Headers, Said
from console.api.errors import GATEWAY
from console.api.reading import JSON, read
from console.api.routes import find
from keys.errors import KmsError

PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_ours = re.compile(r"/v[0-9]")


def _speaks(_method: str, path: str, headers: Headers) -> bool:
    """All below `/v1.0` and its like, and `/` itself unless a browser wants a page."""
    return _ours.match(path) is not None or (path == "/" and "text/html" not in headers.get("accept", ""))


def _holder(request: Request, places: dict[str, str]) -> Principal:
    """By signature or by token. Raises SignatureRejected, TokenRejected."""
    project_id = places.get("project_id", "")
    if not PROJECT_ID.fullmatch(project_id):
        project_id = ""
    return (signer_of if is_signed(request) else bearer_of)(request, project_id)


def _error(request: Request, error: KmsError) -> Said:
    content: dict[str, Any] = {"error_code": str(error.code), "error_msg": error.messages[0]}
    if isinstance(error, GATEWAY):
        return Said(error.status, content | {"request_id": request.request_id})
    return Said(error.status, {"error": content})


CONTRACT = Dialect(
    speaks=_speaks,
    find=lambda request: find(request.path),
    holder=_holder,
    read=read,
    dress=lambda _request, content: content,
    error=_error,
    content_type=JSON,
    own_methods={"HEAD": "GET"},
)
