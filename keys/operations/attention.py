"""What needs attention in a project: what ends soon, what nobody uses, what is called in vain, what is nearly full."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from console.access.caller import Caller
from console.access.trail import traced
from console.models import AccessKey, CallCount
from console.operations.access_keys import own_access_keys
from console.texts import uuid_of
from keys.calls import Call
from keys.models import Key, KeyState
from keys.models.key import KeyQuerySet
from keys.operations.unused import unused_for

SHOWN = 5
COUNTED = 100
"""Beyond it there are `more than` that many: counting all would read them all."""
MATERIAL_ENDS = timedelta(days=30)
UNUSED_DAYS = 90
REFUSED_DAYS = 7
OLD_ACCESS_KEY = timedelta(days=90)
QUOTA_LOW = 0.8
LIST = Call.LIST_KEYS.action


@dataclass(frozen=True, slots=True)
class Some:
    """The first of some keys, and how many there are, COUNTED + 1 for more."""

    keys: list[Key]
    count: int

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs attention; `called_in_vain` are disabled keys with the calls refused in the last days."""

    deletions: Some
    expiring: Some
    pending_imports: Some
    unused: Some
    called_in_vain: list[tuple[Key, int]]
    old_access_keys: list[AccessKey]
    quota_is_low: bool
    has_keys: bool

    @property
    def is_calm(self) -> bool:
        some = (self.deletions, self.expiring, self.pending_imports, self.unused)
        return not (any(one.count for one in some) or self.called_in_vain or self.old_access_keys or self.quota_is_low)


def attention_of(caller: Caller) -> Attention:
    """What needs attention in the caller's project, of the keys that he may list, and of his own access keys.

    Raises NotPermitted."""
    with traced(caller, Call.LIST_KEYS.trace):
        caller.require(LIST)
        keys = Key.objects.visible_to(caller, LIST).filter(is_default=False)
        working = keys.exclude(state=KeyState.PENDING_DELETION)
        now, account = timezone.now(), caller.account
        return Attention(
            deletions=_some(keys.filter(deletion_at__isnull=False).order_by("deletion_at")),
            expiring=_some(
                working.filter(material_expires_at__gt=now, material_expires_at__lte=now + MATERIAL_ENDS).order_by(
                    "material_expires_at"
                )
            ),
            pending_imports=_some(keys.in_state(KeyState.PENDING_IMPORT).order_by("-number")),
            unused=_some(working.filter(unused_for(UNUSED_DAYS)).order_by("-number")),
            called_in_vain=_called_in_vain(caller, keys.in_state(KeyState.DISABLED)),
            old_access_keys=[one for one in own_access_keys(caller) if one.created_at < now - OLD_ACCESS_KEY],
            quota_is_low=account.key_count >= account.key_quota * QUOTA_LOW,
            has_keys=keys.exists(),
        )


def _some(keys: KeyQuerySet) -> Some:
    found = list(keys[: COUNTED + 1])
    return Some(found[:SHOWN], len(found))


def _called_in_vain(caller: Caller, disabled: KeyQuerySet) -> list[tuple[Key, int]]:
    """The disabled keys that were called in the last days, the most called first."""
    since = timezone.now().date() - timedelta(days=REFUSED_DAYS)
    counts = CallCount.objects.filter(account_id=caller.account.pk, day__gte=since, refused__gt=0)
    sums = counts.exclude(resource_id="").order_by().values("resource_id").annotate(refused=Sum("refused"))
    refused = {row["resource_id"]: row["refused"] for row in sums.order_by("-refused")[:COUNTED]}
    ids = [one for one in refused if uuid_of(one)]
    return sorted(((key, refused[str(key.pk)]) for key in disabled.filter(pk__in=ids)), key=lambda one: -one[1])[:SHOWN]
