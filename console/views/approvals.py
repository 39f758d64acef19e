"""What waits for a second administrator: decided, withdrawn, and looked back on; and the switch that asks for it."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from console.operations import deciding
from console.operations.approvals import SentForApproval, act_of
from console.operations.second_administrator import UPDATE, turn_approval_off, turn_approval_on
from console.requests import ConsoleRequest
from console.views.actions import Action
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys.errors import KmsError, NotPermitted

CLOSED = "closed"


class ReasonForm(OperationForm):
    reason = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Reason"), widget=forms.Textarea, max_length=255
    )


@require_safe
def approvals(request: ConsoleRequest) -> HttpResponse:
    """The requests that wait for the reader or that he made; under `?show=closed` what became of earlier ones."""
    is_open = request.GET.get("show") != CLOSED
    lines, after = deciding.list_requests(request.caller, is_open=is_open, after=request.GET.get("after", "")[:64])
    account, address = request.user.account, _address(request)
    context = {
        "lines": [(one, act_of(one.request).told(one.request), _offers(request, one)) for one in lines],
        "after": after,
        "is_open": is_open,
        "tabs": [(_("Waiting"), address, is_open), (_("Closed"), f"{address}?show={CLOSED}", not is_open)],
        "is_on": account.needs_approval,
        "switch": Action.unless(
            _refusal(request),
            "switch-approval",
            _("Switch off") if account.needs_approval else _("Switch on"),
            reverse("console:switch-approval", args=[request.place.pk]),
            about=_("Approval of deletions"),
        ),
    }
    return render(request, "console/approvals.html", context)


@require_http_methods(["GET", "POST"])
def switch(request: ConsoleRequest) -> HttpResponse:
    """The dialog that has deletions wait for a second administrator, or asks him to end that."""
    request.caller.require(UPDATE)
    is_on = request.user.account.needs_approval
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            form.attempt(turn_approval_on if request.POST.get("to") == "on" else turn_approval_off, request.caller)
        except SentForApproval as sent:
            return sent_here(request, sent, back=_address(request))
        if not form.errors:
            said = _("Deletions need a second administrator now.") if not is_on else _("Nothing to switch off.")
            return done_here(request, said, back=_address(request))
    title = _("Have deletions need no approval") if is_on else _("Have deletions need approval")
    context = {"form": form, "is_on": is_on}
    return dialog(request, "console/approval_switch.html", title, context, back=_address(request))


@require_http_methods(["GET", "POST"])
def approve(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """The dialog that does what was asked for."""
    line = deciding.get_request(request.caller, request_id)
    told = act_of(line.request).told(line.request)
    form = ReasonForm(ReasonForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(deciding.approve_request, request.caller, request_id, reason=form.cleaned_data["reason"])
        if not form.errors:
            return done_here(request, _("Approved and done: %(act)s") % {"act": told}, back=_address(request))
    return _dialog(request, line, form, "console/approval_approve.html", _("Approve this"), is_danger=True)


@require_http_methods(["GET", "POST"])
def reject(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """The dialog that ends a request; whoever asked reads why."""
    line = deciding.get_request(request.caller, request_id)
    told = act_of(line.request).told(line.request)
    form = ReasonForm(ReasonForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(deciding.reject_request, request.caller, request_id, reason=form.cleaned_data["reason"])
        if not form.errors:
            return done_here(request, _("Rejected: %(act)s") % {"act": told}, back=_address(request))
    return _dialog(request, line, form, "console/approval_reject.html", _("Reject this"))


@require_http_methods(["GET", "POST"])
def withdraw(request: ConsoleRequest, request_id: str) -> HttpResponse:
    """The dialog that takes back a request of one's own."""
    line = deciding.get_request(request.caller, request_id)
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(deciding.withdraw_request, request.caller, request_id)
        if not form.errors:
            return done_here(request, _("Your request is withdrawn."), back=_address(request))
    return _dialog(request, line, form, "console/approval_withdraw.html", _("Withdraw your request"), is_own=True)


def sent_here(request: ConsoleRequest, sent: SentForApproval, *, back: str) -> HttpResponse:
    """Say that nothing was done yet, on the page that is open, with the way to where it waits."""
    said = _("Sent for approval.") if sent.is_new else _("This waits for approval already.")
    return done_here(request, said, back=back, link=(_("Approvals"), _address(request)))


def _dialog(
    request: ConsoleRequest,
    line: deciding.RequestLine,
    form: OperationForm,
    template: str,
    title: str,
    *,
    is_danger: bool = False,
    is_own: bool = False,
) -> HttpResponse:
    """The dialog with what was asked for; where it can't be decided any more, or not by the reader, it says so."""
    asked = line.request
    may = line.may_withdraw if is_own else line.may_decide
    refusal: KmsError | None = None
    if request.method != "POST" and not may:
        refusal = (
            deciding.RequestClosed(state=asked.state_now.label)
            if not asked.is_open
            else deciding.NotYourRequest(requester=asked.requester)
            if is_own
            else deciding.OwnRequest()
        )
    context = {"form": form, "refusal": refusal, "asked": asked, "told": act_of(asked).told(asked)}
    return dialog(request, template, title, context, back=_address(request), is_danger=is_danger)


def _offers(request: ConsoleRequest, line: deciding.RequestLine) -> list[Action]:
    offered = [
        ("approve", _("Approve"), line.may_decide),
        ("reject", _("Reject"), line.may_decide),
        ("withdraw", _("Withdraw"), line.may_withdraw),
    ]
    return [
        Action(
            f"{name}-{line.request.pk}",
            title,
            reverse(f"console:{name}", args=[request.place.pk, line.request.pk]),
            about=line.request.resource_name,
        )
        for name, title, is_shown in offered
        if is_shown
    ]


def _refusal(request: ConsoleRequest) -> KmsError | None:
    try:
        request.caller.require(UPDATE)
    except NotPermitted as error:
        return error
    return None


def _address(request: ConsoleRequest) -> str:
    return reverse("console:approvals", args=[request.place.pk])
