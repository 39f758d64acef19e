"""The user's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.operations.users import set_password
from console.requests import ConsoleRequest
from console.views.pages import page


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: ConsoleRequest) -> HttpResponse:
    """Change the password; this session goes on, the user's others end."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if form.is_valid():
        set_password(request.caller, request.user, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Password changed. Your other sessions have ended."))
        return HttpResponseRedirect(request.path)
    return page(request, "console/password.html", "", {"form": form}, refused=bool(form.errors))
