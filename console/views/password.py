"""The user's own password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from console.access.passwords import policy
from console.access.signin import is_own_password
from console.operations.places import home_of
from console.operations.users import set_password
from console.requests import ConsoleRequest
from console.views.pages import OperationForm, page
from console.views.parts import open_before_change

ENTER = {"required": gettext_lazy("Enter the password.")}


class PasswordForm(OperationForm):
    """The old password, whose guesses count as those of a sign-in, and the new one twice."""

    about = "new_password1"
    old_password = forms.CharField(strip=False, label=gettext_lazy("Old password"), error_messages=ENTER)
    new_password1 = forms.CharField(strip=False, label=gettext_lazy("New password"), error_messages=ENTER)
    new_password2 = forms.CharField(strip=False, label=gettext_lazy("New password confirmation"), error_messages=ENTER)

    def __init__(self, request: ConsoleRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request

    def clean_old_password(self) -> str:
        given = str(self.cleaned_data["old_password"])
        if not is_own_password(self.request.user, given, source_ip=self.request.source_ip):
            raise forms.ValidationError(_("This is not your password. Try again."))
        return given

    def clean_new_password2(self) -> str:
        given = str(self.cleaned_data["new_password2"])
        if given != self.cleaned_data.get("new_password1", given):
            raise forms.ValidationError(_("The two new passwords differ. Type the same twice."))
        return given


@open_before_change
@sensitive_post_parameters()
@sensitive_variables("new")
@require_http_methods(["GET", "POST"])
def password(request: ConsoleRequest) -> HttpResponse:
    """Change the password; this session goes on under another id, the user's others end."""
    form = PasswordForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        new = form.cleaned_data["new_password1"]
        was_asked = request.user.has_to_change_password
        form.attempt(set_password, request.caller, request.user, new)
        if not form.errors:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Password changed. Your other sessions have ended."))
            return HttpResponseRedirect(reverse("console:home") if was_asked else request.path)
    context = {"form": form, "policy": policy()}
    return page(request, "console/password.html", "", context, refused=bool(form.errors))


def ask_for_password(request: HttpRequest, view: Any) -> HttpResponseBase:
    """Lead who has to change his password first to the page where he does."""
    if getattr(view, "is_part", False):
        return HttpResponse(status=204)
    address = reverse("console:password", args=[home_of(request.user).pk])  # type: ignore[arg-type]
    return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else HttpResponseRedirect(address)
