"""The tab *Rotation policy*: whether a key rotates, how often, at once, and the versions that it has."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.requests import ConsoleRequest
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.errors import RotationIntervalInvalid
from keys.models import Key
from keys.operations.possible import refusal_of
from keys.views.key_page import key_page


class IntervalForm(OperationForm):
    rotation_interval = forms.IntegerField(
        label=gettext_lazy("Rotation period, in days"),
        error_messages={"invalid": RotationIntervalInvalid.text, "required": RotationIntervalInvalid.text},
    )


@require_http_methods(["GET", "POST"])
def rotation(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The policy; what is posted as `do` is on, off, period or now."""
    key = operations.get_key(request.caller, key_id)
    status = operations.get_key_rotation_status(request.caller, key.pk)
    do = request.POST.get("do", "")
    form = IntervalForm(request.POST if do == "period" else None, initial={"rotation_interval": status.interval})
    if request.method == "POST" and (do != "period" or form.is_valid()) and (said := _act(request, key, do, form)):
        messages.success(request, said)
        return HttpResponseRedirect(reverse("keys:rotation", args=[request.place.pk, key.pk]))
    refusal = refusal_of(request.caller, Call.ROTATE_KEY, key)
    context: dict[str, Any] = {
        "status": status,
        "next_at": key.rotates_at,
        "form": form,
        "refusal": refusal,
    }
    return key_page(request, key, "rotation", "keys/rotation.html", context, refused=bool(form.errors))


def _act(request: ConsoleRequest, key: Key, do: str, form: IntervalForm) -> str:
    """Do it, and say what was done; empty where it was refused, the reason in the form."""
    caller = request.caller
    match do:
        case "on":
            done = form.attempt(operations.enable_key_rotation, caller, key.pk)
            said = _("Rotation switched on.")
        case "off":
            done = form.attempt(operations.disable_key_rotation, caller, key.pk)
            said = _("Rotation switched off.")
        case "period":
            days = form.cleaned_data["rotation_interval"]
            done = form.attempt(operations.update_key_rotation_interval, caller, key.pk, days)
            said = _("Rotation period changed.")
        case "now":
            done = form.attempt(operations.rotate_key, caller, key.pk)
            said = _("Key rotated: new data is encrypted with its new version.")
        case _:
            return ""
    return said if done else ""
