"""The dialogs that change a key's state: enable, disable, delete, cancel the deletion; each shows what it rests on."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.operations.approvals import SentForApproval
from console.requests import ConsoleRequest
from console.times import moment_text
from console.views.approvals import sent_here
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.errors import PendingDaysOutOfRange
from keys.models import Key
from keys.operations.evidence import evidence_of
from keys.operations.lifecycle import FEWEST_DAYS, MOST_DAYS
from keys.operations.possible import refusal_of

DELETE = "DELETE"


class EmptyForm(OperationForm):
    """Nothing to fill in: OK alone."""


class DisableForm(OperationForm):
    understood = forms.BooleanField(
        required=True,
        label=gettext_lazy("I understand that services using this key stop being able to decrypt."),
        error_messages={"required": gettext_lazy("Tick this to go on.")},
    )


class DeleteForm(OperationForm):
    pending_days = forms.IntegerField(
        label=gettext_lazy("Delete after, in days"),
        error_messages={"invalid": PendingDaysOutOfRange.text, "required": PendingDaysOutOfRange.text},
    )
    confirmation = forms.CharField(
        label=gettext_lazy("Type DELETE to confirm"),
        error_messages={"required": gettext_lazy("Type DELETE, in capitals.")},
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed != DELETE:
            raise forms.ValidationError(_("Type DELETE, in capitals."))
        return typed

    @property
    def date(self) -> str:
        """When the key would be gone, in full, where the days can be read."""
        days = str(self["pending_days"].value())
        is_read = days.isdecimal() and len(days) <= len(str(MOST_DAYS))
        if not is_read or not FEWEST_DAYS <= int(days) <= MOST_DAYS:
            return ""
        return moment_text(timezone.now() + timedelta(days=int(days)))


@require_http_methods(["GET", "POST"])
def enable(request: ConsoleRequest, key_id: str) -> HttpResponse:
    key = operations.get_key(request.caller, key_id)
    form = EmptyForm(EmptyForm.data_of(request))
    if request.method == "POST" and form.is_valid() and form.attempt(operations.enable_key, request.caller, key.pk):
        return _done(request, key, _("Key “%(alias)s” enabled.") % {"alias": key.alias})
    title = _("Enable key “%(alias)s”") % {"alias": key.alias}
    return _dialog(request, key, Call.ENABLE_KEY, "keys/enable.html", title, form)


@require_http_methods(["GET", "POST"])
def disable(request: ConsoleRequest, key_id: str) -> HttpResponse:
    key = operations.get_key(request.caller, key_id)
    form = DisableForm(DisableForm.data_of(request))
    if request.method == "POST" and form.is_valid() and form.attempt(operations.disable_key, request.caller, key.pk):
        return _done(request, key, _("Key “%(alias)s” disabled.") % {"alias": key.alias})
    title = _("Disable key “%(alias)s”") % {"alias": key.alias}
    return _dialog(request, key, Call.DISABLE_KEY, "keys/disable.html", title, form, is_danger=True)


@require_http_methods(["GET", "POST"])
def delete(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Schedule the key's deletion. With `days` in the address the date that it would have."""
    key = operations.get_key(request.caller, key_id)
    days = request.GET.get("pending_days", FEWEST_DAYS)
    form = DeleteForm(DeleteForm.data_of(request), initial={"pending_days": days})
    if request.method == "POST" and form.is_valid():
        try:
            deleted: Key | None = form.attempt(
                operations.schedule_key_deletion, request.caller, key.pk, form.cleaned_data["pending_days"]
            )
        except SentForApproval as sent:
            return sent_here(request, sent, back=reverse("keys:details", args=[request.place.pk, key.pk]))
        if deleted and deleted.deletion_at:
            words = {"alias": key.alias, "date": moment_text(deleted.deletion_at)}
            return _done(request, key, _("Key “%(alias)s” will be deleted on %(date)s.") % words)
    title = _("Delete key “%(alias)s”") % {"alias": key.alias}
    return _dialog(request, key, Call.SCHEDULE_KEY_DELETION, "keys/delete.html", title, form, is_danger=True)


@require_http_methods(["GET", "POST"])
def cancel_deletion(request: ConsoleRequest, key_id: str) -> HttpResponse:
    key = operations.get_key(request.caller, key_id)
    form = EmptyForm(EmptyForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        kept = form.attempt(operations.cancel_key_deletion, request.caller, key.pk)
        if kept:
            words = {"alias": key.alias, "state": kept.get_state_display()}
            return _done(request, key, _("Deletion of key “%(alias)s” canceled. Its status is: %(state)s.") % words)
    title = _("Cancel the deletion of key “%(alias)s”") % {"alias": key.alias}
    return _dialog(request, key, Call.CANCEL_KEY_DELETION, "keys/cancel_deletion.html", title, form)


def _dialog(
    request: ConsoleRequest,
    key: Key,
    call: Call,
    template: str,
    title: str,
    form: OperationForm,
    *,
    is_danger: bool = False,
) -> HttpResponse:
    """The dialog with the evidence; where the call is refused as things stand now, it says why and offers no OK."""
    refusal = refusal_of(request.caller, call, key) if request.method != "POST" else None
    context: dict[str, Any] = {
        "key": key,
        "form": form,
        "refusal": refusal,
        "evidence": evidence_of(request.caller, key),
        "deletion": moment_text(key.deletion_at) if key.deletion_at else "",
        "needs_approval": request.user.account.needs_approval,
        "can_be_disabled": refusal_of(request.caller, Call.DISABLE_KEY, key) is None,
    }
    back = reverse("keys:details", args=[request.place.pk, key.pk])
    return dialog(request, template, title, context, back=back, is_danger=is_danger)


def _done(request: ConsoleRequest, key: Key, message: str) -> HttpResponse:
    return done_here(request, message, back=reverse("keys:details", args=[request.place.pk, key.pk]))
