"""What a second administrator approved, done: with the approver's permission and every rule asked again."""

from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import Tracing
from console.models import Approval
from console.operations.approvals import Act, check_requester
from keys.calls import Call
from keys.models import Key
from keys.operations.finding import find
from keys.operations.importing import empty
from keys.operations.lifecycle import schedule
from keys.operations.protecting import lock_to_destroy
from keys.operations.sweeping import wipe


def _delete(caller: Caller, trace: Tracing, request: Approval) -> None:
    key = _locked(caller, trace, request, Call.SCHEDULE_KEY_DELETION)
    schedule(key, int(request.arguments["pending_days"]))


def _delete_material(caller: Caller, trace: Tracing, request: Approval) -> None:
    empty(_locked(caller, trace, request, Call.DELETE_IMPORTED_KEY_MATERIAL))


def _locked(caller: Caller, trace: Tracing, request: Approval, call: Call) -> Key:
    """The key, locked, that approver and requester may both destroy now. Raises NotPermitted, KeyNotFound,
    KeyProtected, RequesterMayNot and what the key's state refuses."""
    key = lock_to_destroy(find(caller, trace, call, request.resource_id), call)
    check_requester(request, key.enterprise_project_id)
    return key


def _key_of(request: Approval) -> Key | None:
    """For the trail, also where it is deleted meanwhile; its row stays."""
    return Key.objects.filter(pk=request.resource_id, project=request.project).first()


ACTS = (
    Act(
        operation=Call.SCHEDULE_KEY_DELETION.trace,
        action=Call.SCHEDULE_KEY_DELETION.action,
        text=_("Delete key %(resource)s after %(pending_days)s days"),
        resource=_key_of,
        perform=_delete,
    ),
    Act(
        operation=Call.DELETE_IMPORTED_KEY_MATERIAL.trace,
        action=Call.DELETE_IMPORTED_KEY_MATERIAL.action,
        text=_("Delete the imported material of key %(resource)s"),
        resource=_key_of,
        perform=_delete_material,
        after=wipe,
    ),
)
