"""The way to the provider of single sign-on and back: to sign in, or to show again that one is himself."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from console import metrics
from console.access import oidc
from console.access.oidc import Flow, Person, ProviderFailed
from console.models import User
from console.operations.identities import is_linked, user_of_identity
from console.operations.sessions import SINGLE_SIGN_ON
from console.views.errors import refused
from console.views.session import enter, refused_sign_in, safe
from keys.errors import KmsError


@require_safe
@login_not_required
def to_provider(request: HttpRequest) -> HttpResponse:
    """Lead to the provider; with `confirm` for who is signed in, to prove anew who he is."""
    if not oidc.is_configured():
        raise Http404
    is_confirming = bool(request.GET.get("confirm")) and isinstance(request.user, User)
    flow = Flow.begun(next_address=safe(request, request.GET.get("next", "")), is_confirming=is_confirming)
    try:
        response = HttpResponseRedirect(oidc.way_to_provider(flow))
    except ProviderFailed as refusal:
        return refused_sign_in(request, refusal, flow.next_address)
    response.set_cookie(
        oidc.COOKIE, flow.cookie, max_age=oidc.FLOW_LASTS, secure=settings.TLS, httponly=True, samesite="Lax"
    )
    return response


@require_safe
@login_not_required
def from_provider(request: HttpRequest) -> HttpResponse:
    """Who comes back is signed in, or has confirmed that he is himself; the flow is over either way."""
    if not oidc.is_configured():
        raise Http404
    next_address = "/"
    try:
        flow = Flow.of(request)
        next_address = flow.next_address
        act = _confirm if flow.is_confirming else _sign_in
        response = act(request, oidc.person_of(flow), next_address)
    except KmsError as refusal:
        metrics.SIGN_INS.labels("refused").inc()
        is_in = isinstance(request.user, User)
        response = refused(request, refusal) if is_in else refused_sign_in(request, refusal, next_address)
    response.delete_cookie(oidc.COOKIE, samesite="Lax")
    return response


def _sign_in(request: HttpRequest, person: Person, next_address: str) -> HttpResponse:
    user = user_of_identity(
        settings.OIDC_ISSUER,
        person.subject,
        person.login,
        source_ip=request.source_ip,  # type: ignore[attr-defined]
        request_id=request.request_id,  # type: ignore[attr-defined]
    )
    return enter(request, user, next_address, method=SINGLE_SIGN_ON)


def _confirm(request: HttpRequest, person: Person, next_address: str) -> HttpResponse:
    """Only for the very user of the session: whoever else comes back has shown nothing of him."""
    if not isinstance(request.user, User) or not is_linked(request.user, settings.OIDC_ISSUER, person.subject):
        raise ProviderFailed()
    request.session.confirm()  # type: ignore[attr-defined]
    return HttpResponseRedirect(safe(request, next_address))
