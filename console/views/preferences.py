"""Language, appearance and shortcut keys, remembered by the browser."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.requests import ConsoleRequest
from console.services import home_address
from console.views.cookies import remember
from console.views.dialogs import dialog
from console.views.first import comes_first
from console.views.pages import OperationForm

ALLOWED = {
    "language": {code for code, _title in settings.LANGUAGES},
    "theme": {"system", "light", "dark"},
    "shortcuts": {"on", "off"},
}


@require_POST
@login_not_required
@comes_first
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember `language`, `theme` or `shortcuts`, and go back to the page at `next`."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        address = "/"
    response = HttpResponseRedirect(address)
    for name, allowed in ALLOWED.items():
        value = request.POST.get(name, "")
        if value in allowed:
            remember(response, name, value)
    return response


@require_safe
def shortcuts(request: ConsoleRequest) -> HttpResponse:
    """The dialog that lists the shortcut keys."""
    back = home_address(request.place.pk)
    return dialog(
        request, "console/shortcuts.html", _("Shortcut keys"), {"form": OperationForm(), "is_over": True}, back=back
    )
