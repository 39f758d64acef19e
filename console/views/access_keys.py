"""The user's own access keys: made, shown once, switched off and on, deleted."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.operations import access_keys as operations
from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.files import csv_file
from console.views.pages import OperationForm
from console.views.recent import asks_again
from console.views.reference import examples_of_call

OLD = timedelta(days=90)


@require_safe
def access_keys(request: ConsoleRequest) -> HttpResponse:
    return _page(request)


@asks_again(back="console:access-keys")
@sensitive_variables("secret")
@require_POST
def create(request: ConsoleRequest) -> HttpResponse:
    """Make one, and show its secret: in this answer alone, nowhere else."""
    form = OperationForm(request.POST)
    form.full_clean()
    made = form.attempt(operations.create_access_key, request.caller, request.user)
    if made is None:
        return _page(request, problem=str(form.non_field_errors()[0]))
    access_key, secret = made
    return _page(request, new=access_key.ak, secret=secret)


@sensitive_post_parameters("secret")
@sensitive_variables("secret")
@require_POST
def as_csv(request: ConsoleRequest) -> HttpResponse:
    """What the page that shows a new access key holds, as the file that it offers; the server keeps no secret."""
    access_key = operations.own_access_key(request.caller, request.POST.get("ak", ""))
    secret = request.POST.get("secret", "")
    row = [request.user.username, access_key.ak, secret if secret.isalnum() else ""]
    return csv_file(f"{access_key.ak}.csv", ["User Name", "Access Key Id", "Secret Access Key"], [row])


@require_POST
def switch(request: ConsoleRequest, ak: str) -> HttpResponse:
    """Disable an active one, enable a disabled one: as the button said that was pressed."""
    access_key = operations.own_access_key(request.caller, ak)
    is_active = request.POST.get("to") == "on"
    operations.update_access_key(request.caller, access_key, is_active=is_active)
    words = {"ak": ak}
    said = _("Access key %(ak)s enabled.") % words if is_active else _("Access key %(ak)s disabled.") % words
    messages.success(request, said)
    return HttpResponseRedirect(_address(request))


@asks_again()
@require_http_methods(["GET", "POST"])
def delete(request: ConsoleRequest, ak: str) -> HttpResponse:
    access_key = operations.own_access_key(request.caller, ak)
    form = OperationForm(OperationForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.delete_access_key, request.caller, access_key)
        if not form.errors:
            return done_here(request, _("Access key %(ak)s deleted.") % {"ak": ak}, back=_address(request))
    title = _("Delete access key %(ak)s") % {"ak": ak}
    context = {"form": form, "refusal": operations.AccessKeyActive() if access_key.is_active else None}
    return dialog(
        request,
        "console/access_key_delete.html",
        title,
        context,
        back=_address(request),
        is_danger=True,
    )


@sensitive_variables("secret")
def _page(request: ConsoleRequest, *, new: str = "", secret: str = "", problem: str = "") -> HttpResponse:
    found = operations.own_access_keys(request.caller)
    context: dict[str, Any] = {
        "keys": [(one, one.created_at < timezone.now() - OLD) for one in found],
        "most": operations.MOST,
        "is_full": len(found) >= operations.MOST,
        "full": operations.TooManyAccessKeys().messages[0],
        "new": new,
        "secret": secret,
        "problem": problem,
        "endpoint": settings.PUBLIC_URL,
        "examples": _examples(request, new or next((one.ak for one in found if one.is_active), "")),
    }
    return render(request, "console/access_keys.html", context, status=422 if problem else 200)


def _examples(request: ConsoleRequest, ak: str) -> list[tuple[str, str, str]]:
    """Class, title and text of what proves that an access key works."""
    shown = dict(examples_of_call("/kms/list-keys", request.place.pk))
    lines = [
        f"export KMS_ENDPOINT={settings.PUBLIC_URL}",
        f"export KMS_PROJECT_ID={request.place.pk}",
        f"export KMS_AK={ak}",
        "export KMS_SK=",
    ]
    environment = ("environment", _("Environment"), "\n".join(lines))
    return [environment, ("python", "Python", shown["Python"]), ("curl", "curl", shown["curl"])]


def _address(request: ConsoleRequest) -> str:
    return reverse("console:access-keys", args=[request.place.pk])
