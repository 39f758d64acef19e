"""Asking a second administrator for what destroys a key, or its material."""

from collections.abc import Mapping
from typing import Any

from console.access.caller import Caller
from console.operations.approvals import SentForApproval, ask_for_approval, waiting_for
from keys.calls import Call
from keys.models import Key


def ask_to_destroy(caller: Caller, call: Call, key: Key, arguments: Mapping[str, Any]) -> SentForApproval:
    """File the request to make `call` on a key that would allow it now; what the caller is told."""
    return ask_for_approval(
        caller,
        call.trace,
        key,
        arguments,
        project=key.project,
        enterprise_project_id=key.enterprise_project_id,
    )


def check_not_asked(key: Key, call: Call) -> None:
    """Raise SentForApproval where the same waits for approval already."""
    if waiting := waiting_for(key.project.account_id, call.trace, key.pk):
        raise SentForApproval.already(waiting)
