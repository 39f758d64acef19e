"""The time zone in which times are shown: the browser's, or one that was chosen."""

import zoneinfo

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.requests import ConsoleRequest
from console.services import home_address
from console.times import ZONE_COOKIE, moment_text, zones
from console.views.cookies import remember
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm


class ZoneForm(OperationForm):
    zone = forms.CharField(required=False, label=gettext_lazy("Time zone"))

    def clean_zone(self) -> str:
        typed = str(self.cleaned_data["zone"])
        if typed and typed not in zones():
            raise forms.ValidationError(_("There is no such time zone. Choose one of the list, as Europe/Berlin."))
        return typed


@require_http_methods(["GET", "POST"])
def zone(request: ConsoleRequest) -> HttpResponse:
    """The dialog that chooses it; nothing chosen means the browser's."""
    chosen = request.COOKIES.get(ZONE_COOKIE, "")
    form = ZoneForm(ZoneForm.data_of(request), initial={"zone": chosen if chosen in zones() else ""})
    back = home_address(request.place.pk)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["zone"]
        with timezone.override(zoneinfo.ZoneInfo(wanted) if wanted else timezone.get_current_timezone()):
            now = moment_text(timezone.now())
        answer = done_here(request, _("Times are shown in your time zone: it is %(now)s.") % {"now": now}, back=back)
        if wanted:
            remember(answer, ZONE_COOKIE, wanted)
        else:
            answer.delete_cookie(ZONE_COOKIE, samesite="Lax")
        return answer
    context = {"form": form, "zones": sorted(zones()), "now": moment_text(timezone.now())}
    return dialog(request, "console/zone.html", _("Time zone"), context, back=back)
