"""The tab *Grants*: who was granted what on this key, by whom; granting, revoking, and who may use the key at all."""

from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from console.requests import ConsoleRequest
from console.views.actions import Action
from console.views.dialogs import dialog, done_here
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.errors import GrantIdInvalid, NotPermitted
from keys.grantable import GRANTABLE
from keys.models import Grant, Key, fits
from keys.operations.possible import refusal_of
from keys.validators import GRANTS_PER_KEY
from keys.views.key_page import key_page
from keys.views.lifecycle import EmptyForm

PEOPLE = ("grantee_user__account", "grantee_account", "retiring_user__account", "issuer__account")


class GrantForm(OperationForm):
    grantee_principal = forms.CharField(
        label=gettext_lazy("Grantee"),
        error_messages={"required": gettext_lazy("Name a user of your account, or give an ID.")},
    )
    operations = forms.MultipleChoiceField(label=gettext_lazy("Operations"), required=False)
    name = forms.CharField(required=False, strip=False, label=gettext_lazy("Name"))
    retiring_principal = forms.CharField(required=False, label=gettext_lazy("Retired by"))

    def __init__(self, key: Key, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = [name for name, call in GRANTABLE.items() if fits(key, call)]
        self.fields["operations"].choices = [(name, name) for name in self.offered]  # type: ignore[attr-defined]


@require_safe
def grants(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The key's grants, the newest first, those that have the words of the address in them."""
    key = operations.get_key(request.caller, key_id)
    words = request.GET.get("words", "").replace("\0", "").strip()[:255]
    refusal = refusal_of(request.caller, Call.LIST_GRANTS, key)
    found = [] if refusal else _all(request, key)
    shown = [line for grant in reversed(found) if words.lower() in _text(line := _line(request, key, grant)).lower()]
    create = Action.unless(
        refusal_of(request.caller, Call.CREATE_GRANT, key),
        "create-grant",
        _("Create grant"),
        reverse("keys:create-grant", args=[request.place.pk, key.pk]),
    )
    context = {
        "refusal": refusal,
        "lines": shown,
        "words": words,
        "total": len(found),
        "most": GRANTS_PER_KEY,
        "create": create,
    }
    return key_page(request, key, "grants", "keys/grants.html", context)


@require_http_methods(["GET", "POST"])
def create(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The dialog that grants operations to a user or an account."""
    key = operations.get_key(request.caller, key_id)
    form = GrantForm(key, GrantForm.data_of(request))
    if request.method == "POST" and form.is_valid() and (grant := _granted(request, key, form)):
        words = {"grantee": _who(request, grant.grantee_user, grant.grantee_account), "alias": key.alias}
        return done_here(request, _("Granted to %(grantee)s on key “%(alias)s”.") % words, back=_address(request, key))
    refusal = refusal_of(request.caller, Call.CREATE_GRANT, key)
    context = {
        "form": form,
        "refusal": refusal,
        "logins": [] if refusal else operations.suggest_grantees(request.caller),
        "chosen": form["operations"].value() or [],
    }
    title = _("Create grant")
    return dialog(request, "keys/grant_create.html", title, context, back=_address(request, key))


@require_http_methods(["GET", "POST"])
def revoke(request: ConsoleRequest, key_id: str, grant_id: str) -> HttpResponse:
    """The dialog that ends a grant; it names who loses what."""
    key = operations.get_key(request.caller, key_id)
    grant = next((one for one in _all(request, key) if one.pk == grant_id.lower()), None)
    if grant is None:
        raise GrantIdInvalid()
    form = EmptyForm(EmptyForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.revoke_grant, request.caller, key.pk, grant.pk)
        if not form.errors:
            return done_here(request, _("Grant “%(name)s” revoked.") % {"name": grant}, back=_address(request, key))
    refusal = refusal_of(request.caller, Call.REVOKE_GRANT, key)
    context = {"form": form, "line": _line(request, key, grant), "refusal": refusal}
    title = _("Revoke grant “%(name)s”") % {"name": grant}
    return dialog(
        request,
        "keys/grant_revoke.html",
        title,
        context,
        back=_address(request, key),
        is_danger=True,
    )


@require_safe
def access(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Who may use the key, and why: every user with each operation and the role, grant or ownership that gives it."""
    key = operations.get_key(request.caller, key_id)
    words = request.GET.get("words", "").replace("\0", "").strip()[:64]
    context: dict[str, Any] = {"words": words, "refusal": ""}
    try:
        found = operations.who_may(request.caller, key.pk, words=words, after=request.GET.get("after", "")[:64])
    except NotPermitted as error:
        context["refusal"] = error.messages[0]
    else:
        prefetch_related_objects(found.outside, *PEOPLE)
        context |= {
            "people": [(one.user, list(one.operations.items())) for one in found.users],
            "outside": [(_who(request, one.grantee_user, one.grantee_account), one) for one in found.outside],
            "after": found.after,
        }
    return key_page(request, key, "grants", "keys/access.html", context)


def _all(request: ConsoleRequest, key: Key) -> list[Grant]:
    found = operations.list_grants(request.caller, key.pk).grants
    prefetch_related_objects(found, *PEOPLE)
    return found


def _granted(request: ConsoleRequest, key: Key, form: GrantForm) -> Grant | None:
    given = form.cleaned_data
    grantee, grantee_type = operations.grantee_named(request.caller, given["grantee_principal"])
    retiring = given["retiring_principal"]
    made: Grant | None = form.attempt(
        operations.create_grant,
        request.caller,
        key.pk,
        grantee=grantee,
        grantee_type=grantee_type,
        operations=given["operations"],
        name=given["name"],
        retiring_user=operations.grantee_named(request.caller, retiring)[0] if retiring else "",
    )
    return made


def _line(request: ConsoleRequest, key: Key, grant: Grant) -> dict[str, Any]:
    revoking = reverse("keys:revoke-grant", args=[request.place.pk, key.pk, grant.pk])
    return {
        "grant": grant,
        "short_id": f"{grant.pk[:8]}…{grant.pk[-4:]}",
        "grantee": _who(request, grant.grantee_user, grant.grantee_account),
        "retiring": _who(request, grant.retiring_user) if grant.retiring_user else "",
        "issuer": _who(request, grant.issuer) if grant.issuer else _("The server"),
        "revoke": Action.unless(
            refusal_of(request.caller, Call.REVOKE_GRANT, key),
            f"revoke-{grant.pk}",
            _("Revoke"),
            revoking,
            about=str(grant),
        ),
    }


def _text(line: dict[str, Any]) -> str:
    return " ".join([line["grant"].name, line["grant"].pk, line["grantee"], *line["grant"].operations])


def _who(request: ConsoleRequest, user: Any, account: Any = None) -> str:
    """A user of the reader's account by his login, of another with its name; all users of an account."""
    if user is None:
        return str(_("every user of %(account)s") % {"account": account.name})
    name: str = user.login if user.account_id == request.user.account_id else user.username
    return name


def _address(request: ConsoleRequest, key: Key) -> str:
    return reverse("keys:grants", args=[request.place.pk, key.pk])
