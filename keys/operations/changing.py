"""Changing what a key is called and what is said of it."""

from django.db import IntegrityError, transaction

from console.access.caller import Caller
from console.access.trail import traced
from keys.calls import Call
from keys.models import Key
from keys.operations.creation import check, check_alias_free
from keys.operations.finding import KeyId, find, lock


def update_alias(caller: Caller, key_id: KeyId, alias: str) -> Key:
    """Give a key another alias. Raises NotPermitted, KeyNotFound, AliasInvalid, AliasTaken, KeyPendingDeletion,
    KeyIsDefault."""
    with traced(caller, Call.UPDATE_KEY_ALIAS.trace) as trace:
        key = find(caller, trace, Call.UPDATE_KEY_ALIAS, key_id)
        check(Key(project=key.project, alias=alias), "alias")
        trace.detail = {"key_alias": alias}
        try:
            with transaction.atomic(durable=True):
                key = lock(key, Call.UPDATE_KEY_ALIAS)
                key.alias = alias
                check_alias_free(key)
                key.save(update_fields=["alias", "updated_at"])
                trace.done()
        except IntegrityError:
            check_alias_free(key)
            raise
    return key


def update_description(caller: Caller, key_id: KeyId, description: str) -> Key:
    """Give a key another description. Raises NotPermitted, KeyNotFound, DescriptionInvalid, KeyPendingDeletion,
    KeyIsDefault."""
    with traced(caller, Call.UPDATE_KEY_DESCRIPTION.trace) as trace:
        key = find(caller, trace, Call.UPDATE_KEY_DESCRIPTION, key_id)
        check(Key(project=key.project, alias=key.alias, description=description), "description")
        with transaction.atomic(durable=True):
            key = lock(key, Call.UPDATE_KEY_DESCRIPTION)
            key.description = description
            key.save(update_fields=["description", "updated_at"])
            trace.done()
    return key
