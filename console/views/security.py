"""The page *Security*: how the user signs in, a card for each way."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.access import webauthn
from console.operations.second_factor import factors_of
from console.requests import ConsoleRequest
from console.views.first import comes_first, has_to_set_up, take_asked_for


@require_safe
@comes_first
def security(request: ConsoleRequest) -> HttpResponse:
    """Password, authenticator app, passkeys, recovery codes."""
    context = {
        "factors": factors_of(request.user),
        "passkeys_possible": webauthn.is_possible(),
        "has_to_set_up": has_to_set_up(request.user),
        "asked_for": take_asked_for(request),
    }
    return render(request, "console/security.html", context)
