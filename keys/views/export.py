"""The key list as a CSV file: what the filter in the address finds, in the words of the wire and times in UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from console.models.enterprise import DEFAULT_ID
from console.requests import ConsoleRequest
from console.views.files import csv_file
from keys import operations
from keys.models import Key
from keys.operations.evidence import last_uses
from keys.operations.ordering import order_named
from keys.operations.reading import KeyFilter
from keys.operations.tags import tags_of
from keys.views.filters import asked_in

CHUNK = 500
HEADS = (
    *("alias", "key_id", "key_state", "key_spec", "key_usage", "origin", "enterprise_project_id"),
    *("tags", "created", "deletion", "last_used", "description"),
)


@require_safe
def export(request: ConsoleRequest) -> HttpResponse:
    """All of the project's custom keys that the filter finds, in the order of the list."""
    return csv_file(f"keys-{request.place.name}.csv", HEADS, _found(request))


def _found(request: ConsoleRequest) -> Iterator[list[str]]:
    wanted, after = KeyFilter(**asked_in(request.GET), is_default=False), ""
    order = order_named(request.GET.get("sort", ""))
    while True:
        found = operations.list_keys(request.caller, wanted=wanted, order=order, size=CHUNK, after=after)
        yield from _rows(found.keys)
        after = found.after
        if not after:
            return


def _rows(keys: list[Key]) -> Iterator[list[str]]:
    used, tags = last_uses(keys), tags_of(keys)
    for key in keys:
        shown_tags = " ".join(f"{tag.key}={tag.value}" for tag in tags[key.pk])
        eps_id = key.enterprise_project.eps_id if key.enterprise_project else DEFAULT_ID
        kind = (str(key.state), key.key_spec, key.key_usage, key.origin)
        times = (_time(key.created_at), _time(key.deletion_at), _time(used.get(key.pk)))
        yield [key.alias, str(key.pk), *kind, eps_id, shown_tags, *times, key.description]


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
