"""The second step of signing in: a code of the authenticator app, a passkey, or a recovery code."""

import json
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from console.access import webauthn
from console.access.caller import Caller
from console.models import PendingSignIn
from console.operations.second_factor import factors_of
from console.operations.second_step import (
    SignInOver,
    ask_passkey,
    pending_sign_in,
    prove_by_code,
    prove_by_passkey,
)
from console.views.first import comes_first
from console.views.pages import OperationForm
from console.views.session import WAITING, Waiting, enter, sign_in_again

APP, PASSKEY, RECOVERY = "app", "passkey", "recovery"


class CodeForm(OperationForm):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=64, error_messages={"required": gettext_lazy("Enter the code.")}
    )


@method_decorator([login_not_required, comes_first, sensitive_post_parameters("code", "credential")], name="dispatch")
class SecondStep(View):
    """The page that asks for the second factor of whose password was right. Until then nobody is signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        waiting, pending = _waiting(request)
        if pending is None:
            return _over(request, waiting) if waiting else HttpResponseRedirect(reverse("console:sign-in"))
        return _page(request, pending, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        waiting, pending = _waiting(request)
        if pending is None or waiting is None:
            return _over(request, waiting)
        caller = Caller.of_user(
            pending.user,
            None,
            source_ip=getattr(request, "source_ip", ""),
            request_id=getattr(request, "request_id", ""),
        )
        form = _attempt(request, caller, pending)
        if not form.errors:
            del request.session[WAITING]
            return enter(request, pending.user, waiting["next"], waiting["kept"])
        if pending_sign_in(pending.pk) is None:
            return _over(request, waiting)
        return _page(request, pending, form, status=422)


def _attempt(request: HttpRequest, caller: Caller, pending: PendingSignIn) -> OperationForm:
    """The form, with what the operation refused."""
    if "credential" in request.POST:
        form = OperationForm(request.POST)
        form.full_clean()
        form.attempt(prove_by_passkey, caller, pending, request.POST["credential"])
        return form
    form = CodeForm(request.POST)
    if form.is_valid():
        form.attempt(prove_by_code, caller, pending, form.cleaned_data["code"])
    return form


def _waiting(request: HttpRequest) -> tuple[Waiting | None, PendingSignIn | None]:
    """What the session waits for, and the sign-in itself where it can be gone on with."""
    waiting: Waiting | None = request.session.get(WAITING)
    return waiting, pending_sign_in(waiting["pending"]) if waiting else None


def _over(request: HttpRequest, waiting: Waiting | None) -> HttpResponse:
    """Back to the first step."""
    request.session.pop(WAITING, None)
    return sign_in_again(request, waiting, SignInOver().messages[0])


def _page(request: HttpRequest, pending: PendingSignIn, form: OperationForm, *, status: int = 200) -> HttpResponse:
    factors = factors_of(pending.user)
    offered = {
        APP: _("Use the authenticator app") if factors.authenticator else "",
        PASSKEY: _("Use a passkey") if factors.passkeys and webauthn.is_possible() else "",
        RECOVERY: _("Use a recovery code") if factors.recovery_codes else "",
    }
    ways = [way for way, title in offered.items() if title]
    asked = request.POST.get("by") or request.GET.get("by", "")
    by = asked if asked in ways else next(iter(ways), RECOVERY)
    context: dict[str, Any] = {
        "form": form,
        "by": by,
        "others": [(way, offered[way]) for way in ways if way != by],
        "user_name": pending.user.username,
        "options": json.dumps(ask_passkey(pending)) if by == PASSKEY else "",
    }
    return render(request, "registration/second_factor.html", context, status=status)
