"""What the fields of requests mean and take, by name: one word stands for one thing in nearly every call.

`Request.field` tells of a field whose meaning in that request is another, `METHOD path` gives the values of the call's
example, and `SDK method` what its method wants besides.

The structs say type and presence, and the operations check; this tells people and tools the limits in words of JSON
Schema. A limit for a number holds for the same number as text too."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_fields: dict[str, Schema] = {
    "project_id": {
        "description": "The project, 32 hexadecimal digits.",
        "pattern": "^[0-9a-f]{32}$",
        "examples": ["0123456789abcdef0123456789abcdef"],
    },
    "name": {"description": "Only those with this name."},
    "limit": {"description": "How many to answer with at most."},
    "ListEnterpriseProjectsRequest.limit": {"description": "How many to answer with at most, 1 to 1000."},
    "offset": {"description": "How many to skip."},
    "auth": {
        "description": "The user with his password, the code of his authenticator app where he has a second factor "
        "(method totp), and the project that the token is for."
    },
    "TemporaryKeyRequest.auth": {"description": "The method token, a token, and how long the key shall live."},
    "POST /v3.0/OS-CREDENTIAL/securitytokens": {
        "auth": {"identity": {"methods": ["token"], "token": {"id": "TOKEN", "duration_seconds": 900}}}
    },
    "trace_type": {"description": "The kind of traces: system or data; all of ours are system."},
    "tracker_name": {"description": "The tracker: system is the only one."},
    "ListTracesRequest.limit": {"description": "How many to answer with at most, 1 to 200."},
    "from": {"description": "The earliest time, in milliseconds since 1970."},
    "to": {"description": "The latest time, in milliseconds since 1970."},
    "next": {"description": "Where the page begins: marker of the page before."},
    "service_type": {"description": "Only the traces of this service."},
    "user": {"description": "Only the traces of this user."},
    "ListTracesRequest.resource_id": {"description": "Only the traces of the resource with this id."},
    "ListTracesRequest.resource_name": {"description": "Only the traces of the resource with this name."},
    "ListTracesRequest.resource_type": {"description": "Only the traces of resources of this type."},
    "trace_id": {"description": "Only the trace with this id."},
    "trace_name": {"description": "Only the traces of this call."},
    "trace_rating": {"description": "Only those with this rating: normal, warning (refused) or incident (failed)."},
    "access_key_id": {"description": "The trail does not know it: the call is refused."},
    "ListTracesRequest.enterprise_project_id": {"description": "The trail does not know it: the call is refused."},
    "GET /v3/{project_id}/traces": {"limit": "10"},
    "SDK cts.list_traces": {"trace_type": "system"},
}


def explain(fields: Mapping[str, Schema]) -> None:
    """Add fields; a service does so once, from its `apps.py`."""
    _fields.update(fields)


def meaning(field: str, owner: str = "") -> Schema:
    """Description, limits and examples of a field, in the request `owner`; nothing where none are known."""
    return _fields.get(f"{owner}.{field}") or _fields.get(field, {})
