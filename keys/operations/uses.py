"""What a key is used for: objects, volumes, images, databases, clusters and secrets, as the encryption contexts of
calls name them. Nothing else of a context ever gets into the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.operations.traces import LIST
from keys.crypto.additional import AdditionalData
from keys.models import Key

KINDS: Final[Mapping[str, str]] = {
    "aws:s3:arn": "object",
    "kms:volume": "volume",
    "kms:image": "image",
    "kms:database": "database",
    "kms:kubernetes": "cluster",
    "kms:secret": "secret",
}
"""What a pair of an encryption context names, by its key."""
LONGEST: Final = 255
LOOKED_AT: Final = 10_000
"""So many of a key's traces, the newest, tell what it is used for."""
DETAIL: Final = "used_for"
_LAST = sql.Query(
    "SELECT detail, user_name, CAST(at AS text), status, error_code FROM (SELECT CAST(detail AS text) AS detail,"
    " user_name, at, status, error_code FROM console_trace WHERE account_id = %s AND resource_id = %s"
    " ORDER BY at DESC LIMIT %s) AS newest WHERE detail LIKE %s ORDER BY newest.at DESC"
)


@dataclass(slots=True)
class Use:
    """What a key was used for, by whom, between when and when, how often; and how the last refusal was called."""

    kind: str
    name: str
    user: str
    first_at: datetime
    last_at: datetime
    number: int = 0
    refused: int = 0
    refused_at: datetime | None = None
    error_code: str = ""


def used_for(additional_data: AdditionalData) -> dict[str, str] | None:
    """What a call is made for, as `kind` and `name`, where its encryption context says so in a way that is known."""
    if not isinstance(additional_data, Mapping):
        return None
    for pair, kind in KINDS.items():
        if name := additional_data.get(pair):
            # What PostgreSQL can't store in JSON is no part of a name.
            text = name.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
            return {"kind": kind, "name": text[:LONGEST]}
    return None


def detail_of(additional_data: AdditionalData) -> dict[str, Any]:
    """What the trace of a call with this additional data tells of it."""
    found = used_for(additional_data)
    return {} if found is None else {DETAIL: found}


def uses_of(caller: Caller, key: Key) -> list[Use]:
    """What a key, which was found for the caller, was used for, by its last 10,000 traces, the newest first.

    Raises NotPermitted to who may not read traces."""
    with traced(caller, "listTraces"):
        caller.require(LIST, within=None)
        found: dict[tuple[str, str, str], Use] = {}
        rows = _LAST.rows(caller.account.pk, str(key.pk), LOOKED_AT, f'%"{DETAIL}"%')
    for text, user, stored_at, status, error_code in rows:  # from the newest on
        of, at = msgspec.json.decode(text).get(DETAIL), sql.moment_of(stored_at)
        if not isinstance(of, dict):
            continue
        what = (of["kind"], of["name"], user.removeprefix(f"{caller.account.name}/"))
        use = found.setdefault(what, Use(*what, first_at=at, last_at=at))
        use.first_at = at
        if status < 400:
            use.number += 1
        else:
            use.refused += 1
            if use.refused_at is None:
                use.refused_at, use.error_code = at, error_code
    return list(found.values())
