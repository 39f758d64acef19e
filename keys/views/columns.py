"""Which columns the key list shows: chosen in a dialog, remembered by the browser."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.requests import ConsoleRequest
from console.views.cookies import remember
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm

COOKIE = "hidden_columns"
SEPARATOR = "."
PROJECT = "project"
COLUMNS: dict[str, str | Promise] = {
    "status": gettext_lazy("Status"),
    "spec": gettext_lazy("Key Algorithm and Usage"),
    "origin": gettext_lazy("Origin"),
    PROJECT: gettext_lazy("Enterprise Project"),
    "tags": gettext_lazy("Tags"),
    "created": gettext_lazy("Created"),
    "used": gettext_lazy("Last used"),
}
"""The columns that can be left out; alias and operations stay."""


def columns_of(request: HttpRequest) -> tuple[str, ...]:
    """The names of the columns that are shown: all but those that were taken away."""
    hidden = set(request.COOKIES.get(COOKIE, "").split(SEPARATOR))
    if not request.user.account.is_enterprise:  # type: ignore[union-attr]
        hidden.add(PROJECT)
    return tuple(name for name in COLUMNS if name not in hidden)


@require_http_methods(["GET", "POST"])
def columns(request: ConsoleRequest) -> HttpResponse:
    """The dialog that chooses them."""
    back = reverse("keys:list", args=[request.place.pk])
    if request.method == "POST":
        wanted = request.POST.getlist("column")
        answer = done_here(request, _("Columns changed."), back=back)
        hidden = SEPARATOR.join(name for name in COLUMNS if name not in wanted)
        remember(answer, COOKIE, hidden)
        return answer
    shown = columns_of(request)
    offered = [name for name in COLUMNS if name != PROJECT or request.user.account.is_enterprise]
    context = {"form": OperationForm(), "columns": [(name, COLUMNS[name], name in shown) for name in offered]}
    return dialog(request, "keys/columns.html", _("Columns of the key list"), context, back=back)
