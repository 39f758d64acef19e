"""Access keys of users."""

from django.db import transaction

from console.access.caller import Caller
from console.access.trail import traced
from console.models import AccessKey
from console.operations.temporary_keys import forget_temporary_keys_of


def update_access_key(caller: Caller, access_key: AccessKey, *, is_active: bool) -> AccessKey:
    """Let an access key sign requests, or stop it at once, and what temporary ones were made with it. A user may do so
    with his own. Raises NotPermitted."""
    with traced(caller, "updateAccessKey", access_key) as trace:
        if caller.user is None or caller.user.pk != access_key.user_id:
            caller.require("iam:credentials:update")
        trace.detail = {"is_active": is_active}
        with transaction.atomic(durable=True):
            access_key = AccessKey.objects.select_for_update(no_key=True).get(pk=access_key.pk)
            access_key.is_active = is_active
            access_key.save(update_fields=["is_active"])
            if not is_active:
                forget_temporary_keys_of(access_key)
            trace.done()
    return access_key
