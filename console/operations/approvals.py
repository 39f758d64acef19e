"""Asking for approval: what needs a second administrator is filed as a request instead of being done.

An operation that destroys asks `needs_approval` of its account's row, and where it does raises what `ask_for_approval`
returns. Services register what can be asked for (`Act`); whoever decides is in `deciding.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.trail import Tracing, traced
from console.models import Approval, Project
from console.models.approvals import ApprovalState
from console.times import moment_text
from keys.errors import KmsError


class SentForApproval(KmsError):
    """Nothing was done yet. 403, not 409: a client that tries again what conflicts would try in vain for days."""

    code, status = "KMS.9101", 403
    text = _(
        "This needs the approval of a second administrator. It was sent for approval as request %(request)s, and is "
        "done once another administrator approves it, until %(until)s."
    )
    waiting = _(
        "This waits for the approval of a second administrator already: %(requester)s asked for it on %(at)s, "
        "as request %(request)s."
    )
    is_new = True

    @classmethod
    def already(cls, request: Approval) -> "SentForApproval":
        """What is said where the same was asked for before."""
        at = moment_text(request.requested_at)
        error = cls(text=cls.waiting, request=request.pk, requester=request.requester, at=at)
        error.is_new = False
        return error


class RequesterMayNot(KmsError):
    text = _(
        "%(requester)s, who asked for this, may no longer do it, or may no longer sign in. Reject the request; whoever "
        "may do it can ask anew."
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What can be asked for: `operation` is its name in the trail, `action` what it needs, `text` says what is done (it
    may name `resource` and the request's arguments).

    `resource` finds what the request is about, for the trail. `perform` does it within the approver's transaction,
    asking for his permission and every rule again, and `after` what follows the commit."""

    operation: str
    action: str
    text: str | Promise
    resource: Callable[[Approval], Model | None]
    perform: Callable[[Caller, Tracing, Approval], None]
    after: Callable[[], None] = lambda: None

    def told(self, request: Approval) -> str:
        return str(self.text) % {**request.arguments, "resource": request.resource_name}


_acts: dict[str, Act] = {}


def register_acts(*acts: Act) -> None:
    """Have these be asked for; a service calls this once, from its `apps.py`."""
    _acts.update({one.operation: one for one in acts})


def act_of(request: Approval) -> Act:
    """What a request asks for."""
    return _acts[request.operation]


def actions_to_approve() -> frozenset[str]:
    """The actions of everything that can be asked for."""
    return frozenset(one.action for one in _acts.values())


def waiting_for(account_id: str, operation: str, resource_id: object) -> Approval | None:
    """The open request to do this, where there is one."""
    asked = Approval.objects.filter(account=account_id, operation=operation, resource_id=str(resource_id))
    return asked.open().select_related("requested_by").first()


def ask_for_approval(
    caller: Caller,
    operation: str,
    resource: Model,
    arguments: Mapping[str, Any],
    *,
    project: Project | None = None,
    enterprise_project_id: int | None = None,
) -> SentForApproval:
    """File a request for what the caller may do, and would do now; what he is told then, for him to raise. There is one
    open request for the same at a time."""
    request = Approval(
        account=caller.account,
        project=project,
        enterprise_project_id=enterprise_project_id,
        operation=operation,
        action=_acts[operation].action,
        resource_id=str(resource.pk),
        resource_name=str(resource)[:255],
        arguments=dict(arguments),
        requested_by=caller.user,
    )
    # Not counted as a call of the API: the call that it stands for is.
    with traced(replace(caller, by_api=False), "requestApproval", resource) as trace:
        try:
            with transaction.atomic(durable=True):
                same = Approval.objects.filter(
                    account=caller.account, operation=operation, resource_id=request.resource_id
                )
                if known := same.open().select_related("requested_by").first():
                    return SentForApproval.already(known)
                # Only what is over: a request that another filed since is seen here, and must stand in the way.
                same.closed().filter(state=ApprovalState.PENDING).update(state=ApprovalState.EXPIRED)
                request.save(force_insert=True)
                trace.detail = {**arguments, "operation": operation, "approval": request.pk}
                trace.done()
        except IntegrityError:  # another asked at the same moment
            known = waiting_for(caller.account.pk, operation, resource.pk)
            if known is None:
                raise
            return SentForApproval.already(known)
    return SentForApproval(request=request.pk, until=moment_text(request.expires_at))


def check_requester(request: Approval, within: int | None) -> None:
    """Raise RequesterMayNot unless whoever asked may still do it himself, on a resource of the enterprise project
    `within`. Of a user who was disabled or lost his roles nothing is left to be done."""
    user = request.requested_by
    if user is None:
        return
    if user.account_id == request.account_id:
        asker = Caller.of_user(user, request.project, source_ip="", request_id="")
    else:
        asker = Caller.administrator(user, request.account, request.project, source_ip="", request_id="")
    if not user.is_active or not asker.is_allowed(request.action, within=within):
        raise RequesterMayNot(requester=user.login)
