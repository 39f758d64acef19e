"""What the fields of requests mean and take, by name: one word stands for one thing in every call.

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
    "offset": {"description": "How many to skip."},
    "auth": {"description": "The user with his password, and the project that the token is for."},
}


def explain(fields: Mapping[str, Schema]) -> None:
    """Add fields; a service does so once, from its `apps.py`."""
    _fields.update(fields)


def meaning(field: str) -> Schema:
    """Description, limits and examples of a field; nothing where none are known."""
    return _fields.get(field, {})
