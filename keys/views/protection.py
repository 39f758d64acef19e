"""The dialogs that protect a key from deletion, and lift that."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.models import Key
from keys.operations.possible import refusal_of


class ProtectionForm(OperationForm):
    about = "reason"
    reason = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Reason"), widget=forms.Textarea, max_length=255
    )


@require_http_methods(["GET", "POST"])
def protect(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Protect the key, or give its protection another reason."""
    key = operations.get_key(request.caller, key_id)
    known = operations.protection_of(key)
    form = ProtectionForm(ProtectionForm.data_of(request), initial={"reason": known.reason if known else ""})
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"].replace("\r\n", "\n")
        if form.attempt(operations.protect_key, request.caller, key.pk, reason=reason):
            said = _("Key “%(alias)s” is protected from deletion.") % {"alias": key.alias}
            return done_here(request, said, back=_back(request, key))
    refusal = refusal_of(request.caller, Call.PROTECT_KEY, key) if request.method != "POST" else None
    title = _("Protect key “%(alias)s” from deletion") % {"alias": key.alias}
    context = {"form": form, "key": key, "refusal": refusal}
    return dialog(request, "keys/protect.html", title, context, back=_back(request, key))


@require_http_methods(["GET", "POST"])
def unprotect(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Lift the key's protection: it can be deleted then."""
    key = operations.get_key(request.caller, key_id)
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid() and form.attempt(operations.unprotect_key, request.caller, key.pk):
        said = _("Protection of key “%(alias)s” lifted.") % {"alias": key.alias}
        return done_here(request, said, back=_back(request, key))
    refusal = refusal_of(request.caller, Call.UNPROTECT_KEY, key) if request.method != "POST" else None
    title = _("Lift the protection of key “%(alias)s”") % {"alias": key.alias}
    context = {"form": form, "key": key, "refusal": refusal, "protection": operations.protection_of(key)}
    return dialog(request, "keys/unprotect.html", title, context, back=_back(request, key), is_danger=True)


def _back(request: ConsoleRequest, key: Key) -> str:
    return reverse("keys:details", args=[request.place.pk, key.pk])
