"""Security: what guards the user's own sign-in, a card each."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from console.access import oidc, webauthn
from console.models import Session
from console.operations import sessions
from console.operations.second_factor import factors_of
from console.requests import ConsoleRequest
from console.sessions import digest_of
from console.views.agents import agent_text
from console.views.first import comes_first, has_to_set_up, take_asked_for


@require_safe
@comes_first
def security(request: ConsoleRequest) -> HttpResponse:
    """The page: each card is a template of its own in console/security/."""
    found = sessions.sessions_of(request.caller, request.user)
    own = digest_of(request.session.session_key or "")
    context = {
        "factors": factors_of(request.user),
        "passkeys_possible": webauthn.is_possible(),
        "has_to_set_up": has_to_set_up(request.user),
        "asked_for": take_asked_for(request),
        "sessions": [described(one, own) for one in sorted(found, key=lambda one: one.pk != own)],
        "has_others": any(one.pk != own for one in found),
        "idle_minutes": settings.SESSION_IDLE,
        "hours": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "console/security.html", context)


@require_POST
def end_sessions(request: ConsoleRequest) -> HttpResponse:
    """End the session that is named, or all but this one."""
    named, own = request.POST.get("session", ""), digest_of(request.session.session_key or "")
    if named:
        sessions.end_session(request.caller, named)
        messages.success(request, _("The session has ended."))
    else:
        n = sessions.end_sessions(request.caller, request.user, but=own)
        said = ngettext("%(n)s other session has ended.", "%(n)s other sessions have ended.", n) % {"n": n}
        messages.success(request, said)
    return HttpResponseRedirect(reverse("console:security", args=[request.place.pk]))


def described(session: Session, own: str = "") -> dict[str, object]:
    """A session as a line: where, by what, since when and how."""
    by_provider = session.method == sessions.SINGLE_SIGN_ON
    return {
        "id": session.pk,
        "is_own": session.pk == own,
        "agent": agent_text(session.agent),
        "address": session.address or _("unknown"),
        "begun_at": session.begun_at,
        "seen_at": session.seen_at,
        "method": oidc.provider_name() if by_provider else _("Password"),
    }
