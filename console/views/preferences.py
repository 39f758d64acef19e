"""Language and appearance, remembered by the browser."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 3600


@require_POST
@login_not_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember `language` or `theme`, and go back to the page at `next`."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        address = "/"
    response = HttpResponseRedirect(address)
    for name, allowed in (("language", dict(settings.LANGUAGES)), ("theme", {"system", "light", "dark"})):
        value = request.POST.get(name, "")
        if value in allowed:
            response.set_cookie(name, value, max_age=YEAR, secure=settings.TLS, httponly=True, samesite="Lax")
    return response
