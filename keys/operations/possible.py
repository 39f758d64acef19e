"""Whether a call could be made now: what pages ask before they offer it, by the very checks that the call makes."""

from console.access.caller import Caller
from keys.calls import Call
from keys.errors import KmsError
from keys.models import RULES, Key, check_usable
from keys.operations.asking import check_not_asked
from keys.operations.protecting import REFUSED, check_unprotected


def refusal_of(caller: Caller, call: Call, key: Key) -> KmsError | None:
    """What would refuse `call` on this key of the caller's project: a missing permission, the key's kind or its state,
    its protection, or that the same waits for approval; None where nothing would. Nothing is traced: nothing was
    tried."""
    try:
        caller.require(call.action, within=key.enterprise_project_id, on=key.pk)
        if call in RULES:
            check_usable(key, call)
        if call in REFUSED:
            check_unprotected(key)
            check_not_asked(key, call)
    except KmsError as error:
        return error
    return None
