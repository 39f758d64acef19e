"""What a restore does to keys: those that were deleted since the backup live again, and are told, or deleted again."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction

from console import sql
from console.access.caller import Caller
from console.access.trail import traced
from console.models import Account
from console.transfer.tables import Database
from keys.models import Key, KeyState
from keys.operations.proving import Proof, prove_material
from keys.operations.sweeping import DELETE_KEY, empty_deleted

CHUNK = 500
ENDING = "SELECT id, state, deletion_at, deleted_at FROM keys_key WHERE deleted_at IS NOT NULL OR state = 4"


class Revived(NamedTuple):
    """A key that lives in the backup and did not, or was about to end, in what the backup replaced."""

    key: Key
    deleted: bool
    deletion_at: datetime | None

    def __str__(self) -> str:
        what = "was deleted" if self.deleted else f"was to be deleted at {self.deletion_at:%Y-%m-%d %H:%M:%S} UTC"
        place = (
            f"{self.key.alias} ({self.key.pk}) of account {self.key.project.account}, project {self.key.project.name}"
        )
        return f"{place}: {what}"


@dataclass
class Keys:
    """What a restore notes of keys before, and does with them after; `delete_again` what was destroyed meanwhile."""

    delete_again: bool
    revived: list[Revived] | None = None
    """None where there was nothing to compare with."""
    proof: Proof = field(default_factory=Proof)
    _ending: dict[uuid.UUID, tuple[bool, datetime | None]] | None = None

    def look(self, old: Database) -> None:
        """Note the keys of the old installation that are gone, or pending deletion."""
        now, found = datetime.now(UTC), {}
        for pk, _state, deletion_at, deleted_at in old.query(ENDING):
            at = sql.moment_of(deletion_at) if deletion_at else None
            found[uuid.UUID(str(pk))] = (deleted_at is not None or (at is not None and at <= now), at)
        self._ending = found

    def settle(self) -> None:
        """Find those of them that live again, delete again what has to be, and open what there is."""
        if self._ending is not None:
            self.revived = list(_revived(self._ending))
        for one in self.revived or ():
            if self.delete_again and one.deleted:
                _delete_again(one)
        self.proof = prove_material()


def _revived(ending: dict[uuid.UUID, tuple[bool, datetime | None]]) -> Iterator[Revived]:
    ids = list(ending)
    for start in range(0, len(ids), CHUNK):
        keys = Key.objects.existing().exclude(state=KeyState.PENDING_DELETION).filter(pk__in=ids[start : start + CHUNK])
        for key in keys.select_related("project__account").order_by("number"):
            yield Revived(key, *ending[key.pk])


def _delete_again(one: Revived) -> None:
    key = one.key
    with traced(Caller.server(key.project.account, key.project), DELETE_KEY, key) as trace:
        trace.detail = {"deletion_at": one.deletion_at.isoformat() if one.deletion_at else "", "restored": True}
        # Not durable by itself: on PostgreSQL the whole restore is one transaction.
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get(pk=key.project.account_id)
            key.state, key.deletion_at = KeyState.PENDING_DELETION, one.deletion_at
            empty_deleted(key)
            trace.done()
