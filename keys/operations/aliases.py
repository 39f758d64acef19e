"""Aliases `alias/…`: names that applications call keys by, made, moved from key to key, deleted and listed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from keys.calls import Call
from keys.errors import (
    AliasListEmpty,
    AliasNameInvalid,
    AliasNameTaken,
    AliasUnknown,
    LimitInvalid,
    MarkerInvalid,
    TooManyAliases,
)
from keys.models import Alias, Key, check_usable
from keys.operations.finding import KeyId, find, lock
from keys.operations.listing import LONGEST_LIST
from keys.operations.sweeping import once_more_after_sweep
from keys.validators import ALIASES_PER_KEY, validate_alias_name

FIRST_PAGE = frozenset({"", "0"})


@dataclass(frozen=True, slots=True)
class AliasList:
    """Some aliases by name; the marker of the next page, empty on the last."""

    aliases: list[Alias]
    next_marker: str


def create_alias(caller: Caller, key_id: KeyId, alias: str) -> Alias:
    """Give a key another name. Raises NotPermitted, KeyNotFound, AliasNameInvalid, AliasNameTaken, TooManyAliases,
    KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, Call.CREATE_ALIAS.trace) as trace:
        key = find(caller, trace, Call.CREATE_ALIAS, key_id)
        validate_alias_name(alias)
        trace.detail = {"alias": alias}
        return once_more_after_sweep(caller.account, lambda: _create(key, alias, trace))


def associate_alias(caller: Caller, alias: str, target_key_id: KeyId) -> Alias:
    """Move an alias of one of the project's keys to another; whoever calls a key by it gets the other one at once.

    Raises NotPermitted for either key, KeyNotFound, AliasNameInvalid, AliasUnknown, TooManyAliases, KeyPendingDeletion,
    KeyIsDefault."""
    call = Call.ASSOCIATE_ALIAS
    with traced(caller, call.trace) as trace:
        target = find(caller, trace, call, target_key_id)
        validate_alias_name(alias)
        with transaction.atomic(durable=True):
            target = lock(target, call)
            found = Alias.objects.select_for_update(of=("self",), no_key=True).select_related(
                "key", "account", "region"
            )
            moved = found.filter(key__in=Key.objects.of(caller), name=alias).first()
            if moved is None:
                raise AliasUnknown(alias=alias)
            caller.require(call.action, within=moved.key.enterprise_project_id, on=moved.key_id)
            trace.detail = {"alias": alias, "from": str(moved.key_id)}
            if moved.key_id != target.pk:
                _check_room(target)
            moved.key = target
            moved.save(update_fields=["key", "updated_at"])
            trace.done()
    return moved


def delete_aliases(caller: Caller, key_id: KeyId, aliases: Sequence[str]) -> None:
    """Take names off a key, all or none. Raises NotPermitted, KeyNotFound, AliasListEmpty, AliasNameInvalid,
    AliasUnknown, KeyIsDefault."""
    with traced(caller, Call.DELETE_ALIAS.trace) as trace:
        key = find(caller, trace, Call.DELETE_ALIAS, key_id)
        if not aliases:
            raise AliasListEmpty()
        for one in aliases:
            validate_alias_name(one)
        _delete(key, aliases, trace)


def delete_alias(caller: Caller, alias: str) -> None:
    """Take one name off whatever key of the project has it. Raises what `delete_aliases` raises."""
    assert caller.project is not None  # noqa: S101 - the place is resolved before any operation
    place = {"account": caller.project.account_id, "region": caller.project.region_id}
    with traced(caller, Call.DELETE_ALIAS.trace) as trace:
        validate_alias_name(alias)
        holder = Alias.objects.filter(**place, name=alias, key__in=Key.objects.of(caller)).first()
        if holder is None:
            raise AliasUnknown(alias=alias)
        _delete(find(caller, trace, Call.DELETE_ALIAS, holder.key_id), [alias], trace)


def list_aliases(
    caller: Caller, *, key_id: KeyId | None = None, limit: int = LONGEST_LIST, marker: str = ""
) -> AliasList:
    """Up to `limit` aliases by name, after the one that `marker` names: those of one key, or of all keys of the project
    that the caller may list them of. Raises NotPermitted, KeyNotFound, LimitInvalid, MarkerInvalid."""
    with traced(caller, Call.LIST_ALIASES.trace) as trace:
        if key_id is not None:
            key = find(caller, trace, Call.LIST_ALIASES, key_id)
            check_usable(key, Call.LIST_ALIASES)
            aliases = Alias.objects.filter(key=key)
        else:
            caller.require(Call.LIST_ALIASES.action)
            aliases = Alias.objects.filter(key__in=Key.objects.visible_to(caller, Call.LIST_ALIASES.action))
        if not 1 <= limit <= LONGEST_LIST:
            raise LimitInvalid()
        if marker not in FIRST_PAGE:
            try:
                validate_alias_name(marker)
            except AliasNameInvalid:
                raise MarkerInvalid() from None
            aliases = aliases.filter(name__gt=marker)
        found = list(aliases.order_by("name")[: limit + 1])
        return AliasList(found[:limit], found[limit - 1].name if len(found) > limit else "")


def _create(key: Key, name: str, trace: Tracing) -> Alias:
    project = key.project
    try:
        with transaction.atomic(durable=True):
            key = lock(key, Call.CREATE_ALIAS)
            _check_room(key)
            made = Alias.objects.create(account_id=project.account_id, region_id=project.region_id, name=name, key=key)
            trace.done()
    except IntegrityError:
        if Alias.objects.filter(account=project.account_id, region=project.region_id, name=name).exists():
            raise AliasNameTaken(alias=name) from None
        raise
    return made


def _delete(key: Key, aliases: Sequence[str], trace: Tracing) -> None:
    trace.detail = {"aliases": sorted({*aliases})[:ALIASES_PER_KEY]}
    with transaction.atomic(durable=True):
        key = lock(key, Call.DELETE_ALIAS)
        present = {*Alias.objects.filter(key=key).values_list("name", flat=True)}
        for one in aliases:
            if one not in present:
                raise AliasUnknown(alias=one)
        Alias.objects.filter(key=key, name__in=aliases).delete()
        trace.done()


def _check_room(key: Key) -> None:
    """Raise TooManyAliases where a key, whose row is locked, has no room for another."""
    if Alias.objects.filter(key=key).count() >= ALIASES_PER_KEY:
        raise TooManyAliases()
