"""The tab *Aliases*: the names `alias/…` that applications call a key by."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from console.requests import ConsoleRequest
from console.views.pages import OperationForm, undo
from keys import operations
from keys.calls import Call
from keys.operations.possible import refusal_of
from keys.validators import ALIAS_START, ALIASES_PER_KEY
from keys.views.key_page import key_page


class AliasForm(OperationForm):
    alias = forms.CharField(required=False, strip=False, label=gettext_lazy("Alias"))

    @property
    def name(self) -> str:
        """The alias with its beginning, which nobody has to type."""
        typed = str(self.cleaned_data["alias"])
        return typed if typed.startswith(ALIAS_START) else f"{ALIAS_START}{typed}"


@require_http_methods(["GET", "POST"])
def aliases(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The key's aliases; posted, a new one, or with `move` one of another key of the project."""
    key = operations.get_key(request.caller, key_id)
    form = AliasForm(AliasForm.data_of(request), initial={"alias": ALIAS_START})
    if request.method == "POST" and form.is_valid():
        name = form.name
        if "move" in request.POST:
            made = form.attempt(operations.associate_alias, request.caller, name, key.pk) is not None
            said = _("Alias “%(alias)s” now leads to this key.") % {"alias": name}
        else:
            made = form.attempt(operations.create_alias, request.caller, key.pk, name) is not None
            said = _("Alias “%(alias)s” created.") % {"alias": name}
        if made:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("keys:aliases", args=[request.place.pk, key.pk]))
    refusal = refusal_of(request.caller, Call.CREATE_ALIAS, key)
    context: dict[str, Any] = {
        "aliases": operations.list_aliases(request.caller, key_id=key.pk).aliases,
        "most": ALIASES_PER_KEY,
        "form": form,
        "refusal": refusal,
        "may_delete": refusal_of(request.caller, Call.DELETE_ALIAS, key) is None,
    }
    return key_page(request, key, "aliases", "keys/aliases.html", context, refused=bool(form.errors))


@require_POST
def delete_alias(request: ConsoleRequest, key_id: str) -> HttpResponse:
    name = request.POST.get("alias", "")
    operations.delete_aliases(request.caller, key_id, [name])
    address = reverse("keys:aliases", args=[request.place.pk, key_id])
    said = _("Alias “%(alias)s” deleted.") % {"alias": name}
    messages.success(request, said, extra_tags=undo(address, alias=name))
    return HttpResponseRedirect(address)
