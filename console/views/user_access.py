"""How a user of the account comes in, as its administrators see and change it: his sessions, failed attempts that lock
him out, who he is at the provider of single sign-on."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from console.access import oidc
from console.models import User
from console.operations import identities, people, sessions
from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from console.views.recent import asks_again
from console.views.security import described


class LinkForm(OperationForm):
    about = "subject"
    subject = forms.CharField(
        strip=False, label=gettext_lazy("Subject"), error_messages={"required": identities.SubjectInvalid.text}
    )


def access_of(request: ConsoleRequest, user: User) -> dict[str, Any]:
    """What the user's page tells of it."""
    locked = sessions.locks_of(request.caller, user)
    return {
        "sessions": [described(one) for one in sessions.sessions_of(request.caller, user)],
        "locks": [(one.ip_address, one.attempt_time + settings.AXES_COOLOFF_TIME) for one in locked],
        "provider": oidc.provider_name() if oidc.is_configured() else "",
        "identities": list(user.identities.order_by("id")),
    }


@require_POST
def end_sessions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """End all sessions of a user, and his tokens."""
    found = people.get_user(request.caller, user_id)
    n = sessions.end_sessions(request.caller, found)
    said = ngettext("%(n)s session of %(login)s has ended.", "%(n)s sessions of %(login)s have ended.", n)
    messages.success(request, said % {"n": n, "login": found.login})
    return HttpResponseRedirect(_address(request, found))


@require_POST
def unlock(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Let a user try again who is locked out."""
    found = people.get_user(request.caller, user_id)
    sessions.unlock(request.caller, found)
    messages.success(request, _("%(login)s can try again to sign in.") % {"login": found.login})
    return HttpResponseRedirect(_address(request, found))


@asks_again()
@require_http_methods(["GET", "POST"])
def link(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The dialog that lets somebody of the provider sign in as this user."""
    found = people.get_user(request.caller, user_id)
    form = LinkForm(LinkForm.data_of(request))
    back = _address(request, found)
    if request.method == "POST" and form.is_valid():
        form.attempt(identities.link, request.caller, found, form.cleaned_data["subject"])
        if not form.errors:
            words = {"login": found.login, "provider": oidc.provider_name()}
            return done_here(request, _("%(login)s can sign in by %(provider)s now.") % words, back=back)
    title = _("Link %(login)s to single sign-on") % {"login": found.login}
    return dialog(request, "console/user_link.html", title, {"form": form, "issuer": settings.OIDC_ISSUER}, back=back)


@asks_again()
@require_http_methods(["GET", "POST"])
def unlink(request: ConsoleRequest, user_id: str, identity_id: int) -> HttpResponse:
    """The dialog that takes the way of single sign-on from a user."""
    found = people.get_user(request.caller, user_id)
    identity = identities.identity_of(found, identity_id)
    form = OperationForm(OperationForm.data_of(request))
    back = _address(request, found)
    if request.method == "POST" and form.is_valid():
        form.attempt(identities.unlink, request.caller, found, identity.pk)
        if not form.errors:
            return done_here(request, _("%(login)s is no longer linked.") % {"login": found.login}, back=back)
    title = _("Unlink %(login)s from single sign-on") % {"login": found.login}
    return dialog(request, "console/user_unlink.html", title, {"form": form}, back=back, is_danger=True)


def _address(request: ConsoleRequest, user: User) -> str:
    return reverse("console:user", args=[request.place.pk, user.pk])
