"""Asking a second administrator for what destroys a key, or its material."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.access.caller import Caller
from console.models import Approval
from console.operations.approvals import SentForApproval, act_of, ask_for_approval, waiting_for
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What waits for approval on a key, and what it is in words."""

    request: Approval
    told: str


def asked_of(key: Key) -> list[Asked]:
    """What waits for approval on a key that was found for the caller before."""
    of_key = Approval.objects.filter(account=key.project.account_id, resource_id=str(key.pk), project=key.project_id)
    found = of_key.open().select_related("requested_by").order_by("requested_at")
    return [Asked(one, act_of(one).told(one)) for one in found]


def check_not_asked(key: Key, call: Call) -> None:
    """Raise SentForApproval where the same waits for approval already."""
    if waiting := waiting_for(key.project.account_id, call.trace, key.pk):
        raise SentForApproval.already(waiting)
