"""Deciding what waits for approval: approving does it, at once and with every rule asked again; rejecting and
withdrawing end the request. Whoever asked can't approve it, by whatever access key he comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.caller import Caller
from console.access.permissions import RoleRow, held_by, rights_from
from console.access.trail import traced
from console.models import Approval, Project
from console.models.approvals import ApprovalQuerySet, ApprovalState
from console.operations.approvals import act_of, actions_to_approve
from keys.errors import KmsError, NotFound

PAGE: Final = 50
WITH = ("requested_by", "decided_by", "project__region", "account")


class OwnRequest(KmsError):
    status = 403
    text = _("You asked for this yourself. Another administrator has to decide it; you can withdraw it.")


class NotYourRequest(KmsError):
    status = 403
    text = _("Only %(requester)s, who asked for this, can withdraw it. You can reject it.")


class RequestClosed(KmsError):
    text = _("This request is closed already: %(state)s. Ask anew where it is still wanted.")


class ReasonMissing(KmsError):
    field = "reason"
    text = _("Say why, in up to 255 characters: whoever asked reads it.")


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, and whether the reader may decide it, or withdraw it."""

    request: Approval
    may_decide: bool
    may_withdraw: bool


def list_requests(
    caller: Caller, *, is_open: bool = True, after: str = "", size: int = PAGE
) -> tuple[list[RequestLine], str]:
    """The requests of the caller's account that he made himself or may decide, the newest first, those that are open or
    those that are closed; and the id that the next page begins after, empty on the last."""
    with traced(caller, "listApprovals"):
        shown, held = _shown_to(caller)
        shown = (shown.open() if is_open else shown.closed()).select_related(*WITH)
        last = shown.filter(pk=after.replace("\0", "")).first() if after else None
        if last is not None:
            earlier = Q(requested_at=last.requested_at, pk__lt=last.pk) | Q(requested_at__lt=last.requested_at)
            shown = shown.filter(earlier)
        found = list(shown.order_by("-requested_at", "-pk")[: size + 1])
    lines = [_line(caller, one, held) for one in found[:size]]
    return lines, found[size - 1].pk if len(found) > size else ""


def count_waiting(caller: Caller) -> int:
    """How many requests wait for this caller to decide them: what the menu tells on each page, without a trace."""
    if not caller.account.needs_approval:
        return 0
    shown, _held = _shown_to(caller)
    return shown.open().exclude(requested_by=caller.user).count()


def get_request(caller: Caller, request_id: str) -> RequestLine:
    """A request that the caller made or may decide. Raises NotFound."""
    with traced(caller, "showApproval"):
        shown, held = _shown_to(caller)
        found = shown.select_related(*WITH).filter(pk=request_id.replace("\0", "")).first()
        if found is None:
            raise NotFound()
        return _line(caller, found, held)


def approve_request(caller: Caller, request_id: str, *, reason: str = "") -> Approval:
    """Do what was asked for, in the trail as the approver's act that names who asked. Of two who approve at once the
    second is refused. Where it is refused (the key has changed, say) the request stays open.

    Raises NotFound, OwnRequest, RequestClosed, RequesterMayNot and what the operation raises."""
    found = get_request(caller, request_id).request
    act, here = act_of(found), _at_place_of(caller, found)
    with traced(here, act.operation, act.resource(found)) as trace:
        trace.detail = {**found.arguments, **_named(found)}
        with transaction.atomic(durable=True):
            request = _locked(here, found)
            act.perform(here, trace, request)
            _close(request, ApprovalState.APPROVED, here, reason)
            trace.done()
        act.after()
    return request


def reject_request(caller: Caller, request_id: str, *, reason: str) -> Approval:
    """End a request without doing what it asks for. Raises NotFound, OwnRequest, RequestClosed, ReasonMissing,
    NotPermitted."""
    found = get_request(caller, request_id).request
    here = _at_place_of(caller, found)
    with traced(here, "rejectApproval", act_of(found).resource(found)) as trace:
        trace.detail = {"operation": found.operation, **_named(found)}
        here.require(found.action, within=_within(found))
        if not reason.strip():
            raise ReasonMissing()
        with transaction.atomic(durable=True):
            request = _locked(here, found)
            _close(request, ApprovalState.REJECTED, here, reason)
            trace.done()
    return request


def withdraw_request(caller: Caller, request_id: str) -> Approval:
    """Take back a request of one's own. Raises NotFound, NotYourRequest, RequestClosed."""
    found = get_request(caller, request_id).request
    here = _at_place_of(caller, found)
    with traced(here, "withdrawApproval", act_of(found).resource(found)) as trace:
        trace.detail = {"operation": found.operation, **_named(found)}
        if found.requested_by is None or found.requested_by != caller.user:
            raise NotYourRequest(requester=found.requester)
        with transaction.atomic(durable=True):
            request = _locked(here, found, is_own=True)
            _close(request, ApprovalState.WITHDRAWN, here, "")
            trace.done()
    return request


def _named(request: Approval) -> dict[str, str]:
    by = request.requested_by.username if request.requested_by else request.requester
    return {"approval": request.pk, "requested_by": by}


def _at_place_of(caller: Caller, request: Approval) -> Caller:
    """The caller where the request belongs: his rights there count, and its project is the trace's."""
    return caller.at(request.project) if request.project else caller


def _locked(caller: Caller, request: Approval, *, is_own: bool = False) -> Approval:
    """The request as it is now, locked, for the caller to decide (or to withdraw, where it is his own)."""
    rows = Approval.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH)
    locked = rows.get(pk=request.pk)
    if not is_own and (caller.user is None or locked.requested_by == caller.user):
        raise OwnRequest()
    if not locked.is_open:
        raise RequestClosed(state=locked.state_now.label)
    return locked


def _close(request: Approval, state: ApprovalState, caller: Caller, reason: str) -> None:
    request.state, request.reason = state, reason.strip()
    request.decided_by, request.decided_at = caller.user, timezone.now()
    request.clean_fields(exclude=[one.name for one in request._meta.fields if one.name != "reason"])
    request.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _shown_to(caller: Caller) -> tuple[ApprovalQuerySet, Iterable[RoleRow]]:
    """The requests of the account that the caller made or may decide; and the roles that he holds."""
    of_account = Approval.objects.filter(account=caller.account)
    if caller.user is None or caller.user.is_owner:
        return of_account, ()
    held = held_by(caller.user)
    shown = Q(requested_by=caller.user)
    for project in Project.objects.filter(account=caller.account):
        for right in rights_from(caller.user, project, held):
            allowed = [one for one in actions_to_approve() if right.allows(one)]
            within = Q() if right.enterprise_project_id is None else Q(enterprise_project=right.enterprise_project_id)
            if allowed:
                shown |= Q(project=project, action__in=allowed) & within
    return of_account.filter(shown), held


def _line(caller: Caller, request: Approval, held: Iterable[RoleRow]) -> RequestLine:
    is_own = request.requested_by is not None and request.requested_by == caller.user
    may = caller.user is not None and (
        caller.user.is_owner
        or any(
            right.covers(request.action, _within(request)) for right in rights_from(caller.user, request.project, held)
        )
    )
    return RequestLine(request, request.is_open and may and not is_own, request.is_open and is_own)


def _within(request: Approval) -> int | None:
    return request.enterprise_project_id
