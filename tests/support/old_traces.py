"""Traces of other days than today, in a stream as the server writes it."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction

from console.access.stream import Record, Writing
from console.models import Account


def write(moments: Iterable[str | datetime], account_id: str = "") -> None:
    """Write a trace for each time (UTC; ISO 8601), in this order, as the next of this process's stream."""
    account_id = account_id or Account.objects.earliest("created_at").pk
    times = [one if isinstance(one, datetime) else datetime.fromisoformat(one).replace(tzinfo=UTC) for one in moments]
    committed, writing = False, None
    try:
        with transaction.atomic():
            writing = Writing([_record(at, account_id) for at in times], [])
        committed = True
    finally:
        if writing is not None:
            writing.close(committed=committed)


def _record(at: datetime, account_id: str) -> Record:
    return {
        "at": at,
        "name": "encryptData",
        "account_id": account_id,
        "project_id": "",
        "user_id": "",
        "user_name": "northwind/alice",
        "resource_type": "key",
        "resource_id": "0d0466b0-e727-4d9c-b35d-f84bb474a37f",
        "resource_name": "orders",
        "source_ip": "192.0.2.1",
        "request_id": f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}",
        "status": 200,
        "error_code": "",
        "detail": {},
    }
