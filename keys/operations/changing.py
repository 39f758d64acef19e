"""Changing what a key is called and what is said of it."""

from django.db import IntegrityError, transaction

from console.access.caller import Caller
from console.access.trail import traced
from keys.models import Key
from keys.operations.creation import check, check_alias_free

ACTION = "kms:cmk:update"


def update_alias(caller: Caller, key: Key, alias: str) -> Key:
    """Give `key` another alias. Raises NotPermitted, AliasInvalid, AliasTaken, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, "updateKeyAlias", key) as trace:
        caller.require(ACTION, within=key.enterprise_project_id)
        check(Key(project=key.project, alias=alias), "alias")
        trace.detail = {"key_alias": alias}
        try:
            with transaction.atomic(durable=True):
                key = Key.objects.locked(key.pk)
                key.check_changeable()
                key.alias = alias
                check_alias_free(key)
                key.save(update_fields=["alias", "updated_at"])
                trace.done()
        except IntegrityError:
            check_alias_free(key)
            raise
    return key


def update_description(caller: Caller, key: Key, description: str) -> Key:
    """Give `key` another description. Raises NotPermitted, DescriptionInvalid, KeyPendingDeletion, KeyIsDefault."""
    with traced(caller, "updateKeyDescription", key) as trace:
        caller.require(ACTION, within=key.enterprise_project_id)
        check(Key(project=key.project, alias=key.alias, description=description), "description")
        with transaction.atomic(durable=True):
            key = Key.objects.locked(key.pk)
            key.check_changeable()
            key.description = description
            key.save(update_fields=["description", "updated_at"])
            trace.done()
    return key
