"""Signing in and out."""

from typing import Any, Final, TypedDict

from django import forms
from django.contrib.auth import login, logout
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
from console.access import oidc
from console.access.caller import Caller
from console.access.limits import TooManyFailures
from console.access.signin import user_of_password
from console.models import User
from console.operations.second_step import begin_second_step
from console.operations.sessions import PASSWORD, SINGLE_SIGN_ON, note_sign_in, note_sign_out
from console.views.first import comes_first
from console.views.kept import fields_to_keep, keep
from keys.errors import KmsError

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
            username = User.username_of(given["account"], given["user"])
            source_ip = getattr(self.request, "source_ip")  # noqa: B009 - set by our middleware
            try:
                found = user_of_password(username, given["password"], source_ip=source_ip)
            except TooManyFailures as refusal:
                metrics.SIGN_INS.labels("refused").inc()
                self.too_many = refusal
                raise
            if found is None:
                metrics.SIGN_INS.labels("refused").inc()
                raise forms.ValidationError(_("Account, user or password is wrong. Check all three and try again."))
            self.found = found
        return given


@method_decorator([login_not_required, sensitive_post_parameters("password")], name="dispatch")
class SignIn(View):
    """The sign-in page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(safe(request, request.GET.get("next", "")))
        return _page(request, SignInForm(request, initial={"next": request.GET.get("next", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request, request.POST)
        if not form.is_valid():
            return _page(request, form, status=form.too_many.status if form.too_many else 422, refusal=form.too_many)
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


def enter(
    request: HttpRequest, user: User, next_address: str, kept: str = "", *, method: str = PASSWORD
) -> HttpResponse:
    """Let a user in who has shown all that is asked of him: a session of his begins, under an id of its own, and leads
    him where he wanted to go, with what he had typed."""
    caller = _caller(request, user)
    note_sign_in(caller, method=method)
    request.session.flush()  # whoever was in before, also he himself: Django would keep his id
    login(request, user, AUTHENTICATION_BACKEND)
    agent = request.headers.get("User-Agent", "")
    request.session.note_origin(address=caller.source_ip, agent=agent, method=method)  # type: ignore[attr-defined]
    metrics.SIGN_INS.labels("accepted").inc()
    address = safe(request, next_address)
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
    """End the session, and with it the tokens that the user asked for; who came from the provider is led to its end of
    the session too."""
    way_out = ""
    if isinstance(request.user, User):
        note_sign_out(_caller(request, request.user))
        known = getattr(request.session, "known", None)
        if known is not None and known.method == SINGLE_SIGN_ON and oidc.is_configured():
            way_out = oidc.way_out(request.user.login)
    logout(request)
    if way_out:  # by a page: browsers hold the redirect of a form to be one of its own, which the policy forbids
        return render(request, "registration/signed_out.html", {"way_out": way_out, "provider": oidc.provider_name()})
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


def sign_in_again(request: HttpRequest, waiting: Waiting | None, problem: str = "") -> HttpResponse:
    """The sign-in page, which says what came in between and leads where the sign-in before it was to lead."""
    return _page(
        request, SignInForm(request, initial={**(waiting or {})}), status=403, ended=not problem, problem=problem
    )


def refused_sign_in(request: HttpRequest, refusal: KmsError, next_address: str) -> HttpResponse:
    """The sign-in page, which tells why the provider's word did not do."""
    form = SignInForm(request, initial={"next": next_address})
    return _page(request, form, status=refusal.status, refusal=refusal)


def _page(
    request: HttpRequest,
    form: SignInForm,
    *,
    status: int = 200,
    ended: bool = False,
    problem: str = "",
    refusal: KmsError | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "ended": ended,
        "problem": refusal.messages[0] if refusal else problem,
        "provider": oidc.provider_name() if oidc.is_configured() else "",
    }
    response = render(request, "registration/sign_in.html", context, status=status)
    if refusal is not None and refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _caller(request: HttpRequest, user: User) -> Caller:
    """A user who signs in or out, in no project."""
    return Caller.of_user(user, None, source_ip=request.source_ip, request_id=request.request_id)  # type: ignore[attr-defined]


def _page_of(request: HttpRequest) -> str:
    return getattr(request, "htmx").current_url_abs_path or "/"  # noqa: B009 - set by django-htmx


def _query(next_address: str) -> str:
    query = QueryDict(mutable=True)
    query["next"] = next_address
    return query.urlencode(safe="/")


def safe(request: HttpRequest, address: str) -> str:
    allowed = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if allowed else resolve_url("console:home")
