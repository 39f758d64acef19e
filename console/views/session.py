"""Signing in and out."""

from typing import Any, Final, TypedDict

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_htmx.http import reselect, reswap, retarget

from console import metrics
from console.access.addresses import place_of
from console.access.limits import FAILED_SIGN_INS, TooManyFailures
from console.models import User
from console.operations.second_step import begin_second_step
from console.operations.tokens import forget_tokens
from console.views.duration import begin
from console.views.first import comes_first
from console.views.kept import fields_to_keep, keep

AUTHENTICATION_BACKEND: Final = "console.access.signin.AccountBackend"
WAITING: Final = "waiting"
"""Where the session holds what waits for the second step."""


class SignInForm(forms.Form):
    """Account, user and password; one sentence for whatever does not fit."""

    account = forms.CharField(label=_("Account"), max_length=64, error_messages={"required": _("Enter the account.")})
    user = forms.CharField(label=_("User"), max_length=64, error_messages={"required": _("Enter the user.")})
    password = forms.CharField(label=_("Password"), strip=False, error_messages={"required": _("Enter the password.")})
    next = forms.CharField(required=False)
    kept = forms.CharField(required=False, strip=False)

    found: User
    too_many: TooManyFailures | None = None

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors:
            address = place_of(self.request.source_ip)  # type: ignore[attr-defined]
            try:
                FAILED_SIGN_INS.take(address)
            except TooManyFailures as refusal:
                self.too_many = refusal
                raise
            username = User.username_of(given["account"], given["user"])
            found = authenticate(self.request, username=username, password=given["password"])
            if not isinstance(found, User):
                metrics.SIGN_INS.labels("refused").inc()
                raise forms.ValidationError(_("Account, user or password is wrong. Check all three and try again."))
            FAILED_SIGN_INS.give_back(address)
            self.found = found
        return given


@method_decorator([login_not_required, sensitive_post_parameters("password")], name="dispatch")
class SignIn(View):
    """The sign-in page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(_safe(request, request.GET.get("next", "")))
        return _page(request, SignInForm(request, initial={"next": request.GET.get("next", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request, request.POST)
        if not form.is_valid():
            return _refusal(request, form)
        next_address, kept = form.cleaned_data["next"], form.cleaned_data["kept"]
        if form.found.has_second_factor:
            return _ask_for_second_factor(request, form.found, next_address, kept)
        return enter(request, form.found, next_address, kept)


class Waiting(TypedDict):
    """What the session holds of a sign-in whose second factor is still asked for; nobody is signed in by it."""

    pending: str
    account: str
    user: str
    next: str
    kept: str


def enter(request: HttpRequest, user: User, next_address: str, kept: str) -> HttpResponse:
    """Sign the user in, in a session of a new id, and lead him where he wanted to go, with what he had typed."""
    login(request, user, AUTHENTICATION_BACKEND)
    metrics.SIGN_INS.labels("accepted").inc()
    begin(request)
    address = _safe(request, next_address)
    keep(request, address.partition("?")[0], kept)
    return HttpResponseRedirect(address)


def _ask_for_second_factor(request: HttpRequest, user: User, next_address: str, kept: str) -> HttpResponse:
    """Whoever was signed in here is no more; the session, of a new id, waits for the second step."""
    request.session.flush()
    request.session[WAITING] = Waiting(
        pending=begin_second_step(user).pk,
        account=user.account.name,
        user=user.login,
        next=next_address,
        kept=kept,
    )
    return HttpResponseRedirect(reverse("console:second-factor"))


@require_POST
@comes_first
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and with it the tokens that the user asked for."""
    if isinstance(request.user, User):
        forget_tokens(request.user)
    logout(request)
    return HttpResponseRedirect(reverse("console:sign-in"))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a request of nobody: the sign-in page, which leads back here and brings along what was typed."""
    if request.method != "POST" and not getattr(request, "htmx", False):
        return HttpResponseRedirect(f"{reverse('console:sign-in')}?{_query(request.get_full_path())}")
    if request.path == reverse("console:sign-in"):
        typed = {name: request.POST.get(name, "") for name in ("account", "user", "next", "kept")}
        return _page(request, SignInForm(request, initial=typed), status=403, ended=True)
    if request.path == reverse("console:second-factor"):
        return sign_in_again(request, request.session.get(WAITING))
    back = request.path if request.method == "POST" else _page_of(request)
    response = _page(request, SignInForm(request, initial={"next": back, "kept": fields_to_keep(request)}), ended=True)
    if not getattr(request, "htmx", False):
        return response
    return reselect(reswap(retarget(response, "body"), "innerHTML"), "unset")


def _refusal(request: HttpRequest, form: SignInForm) -> HttpResponse:
    if form.too_many is None:
        return _page(request, form, status=422)
    response = _page(request, form, status=form.too_many.status)
    response["Retry-After"] = str(form.too_many.retry_after)
    return response


def sign_in_again(request: HttpRequest, waiting: Waiting | None, problem: str = "") -> HttpResponse:
    """The sign-in page, which says what came in between and leads where the sign-in before it was to lead."""
    return _page(
        request, SignInForm(request, initial={**(waiting or {})}), status=403, ended=not problem, problem=problem
    )


def _page(
    request: HttpRequest, form: SignInForm, *, status: int = 200, ended: bool = False, problem: str = ""
) -> HttpResponse:
    context = {"form": form, "ended": ended, "problem": problem}
    return render(request, "registration/sign_in.html", context, status=status)


def _page_of(request: HttpRequest) -> str:
    return getattr(request, "htmx").current_url_abs_path or "/"  # noqa: B009 - set by django-htmx


def _query(next_address: str) -> str:
    query = QueryDict(mutable=True)
    query["next"] = next_address
    return query.urlencode(safe="/")


def _safe(request: HttpRequest, address: str) -> str:
    allowed = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if allowed else resolve_url("console:home")
