"""What service users show: tokens and access keys, made by who manages the account, shown once, ended at any time."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from console.models import User
from console.operations import access_keys, people
from console.operations import service_users as operations
from console.requests import ConsoleRequest
from console.views.dialogs import dialog, done_here
from console.views.files import attachment, csv_file
from console.views.pages import OperationForm
from console.views.recent import asks_again
from keys.errors import NotFound

FOR_EVER = "0"
LIFETIMES = (
    (FOR_EVER, gettext_lazy("Until it is deleted")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("365 days")),
)


class TokenForm(OperationForm):
    about = "name"
    name = forms.CharField(
        strip=False, label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")}
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, label=gettext_lazy("Good for"), initial=FOR_EVER)


def lifetime_of(form: forms.Form) -> timedelta | None:
    """What was chosen of LIFETIMES in the field `lifetime`."""
    days = int(form.cleaned_data["lifetime"])
    return timedelta(days=days) if days else None


def proofs_of(user: User) -> dict[str, Any]:
    """What the page of a service user tells of its tokens and access keys."""
    tokens, keys = operations.service_tokens_of(user), access_keys.access_keys_of(user)
    return {
        "tokens": tokens,
        "access_keys": keys,
        "tokens_full": operations.TooManyServiceTokens() if len(tokens) >= operations.MOST_TOKENS else None,
        "access_keys_full": access_keys.TooManyAccessKeys() if len(keys) >= access_keys.MOST else None,
    }


@asks_again()
@never_cache
@sensitive_variables("made")
@require_http_methods(["GET", "POST"])
def create_token(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The dialog that makes a token, and shows it once."""
    user = _service_user(request, user_id)
    form = TokenForm(TokenForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        name, lifetime = form.cleaned_data["name"], lifetime_of(form)
        made = form.attempt(operations.create_service_token, request.caller, user, name=name, lifetime=lifetime)
        if made:
            said = _("Token “%(name)s” created.") % {"name": name}
            return told_once(request, said, user, back=address_of(request, user), token=made.text)
    title = _("Create token for %(login)s") % {"login": user.login}
    return dialog(request, "console/token_create.html", title, {"form": form}, back=address_of(request, user))


@require_http_methods(["GET", "POST"])
def delete_token(request: ConsoleRequest, user_id: str, token_id: str) -> HttpResponse:
    """The dialog that makes a token worthless."""
    user = _service_user(request, user_id)
    token = operations.service_token_of(user, token_id)
    form, words = OperationForm(OperationForm.data_of(request)), {"name": token.name}
    if request.method == "POST" and form.is_valid():
        form.attempt(operations.delete_service_token, request.caller, token)
        if not form.errors:
            return done_here(request, _("Token “%(name)s” deleted.") % words, back=address_of(request, user))
    title = _("Delete token “%(name)s”") % words
    context = {"form": form, "token": token}
    return dialog(request, "console/token_delete.html", title, context, back=address_of(request, user), is_danger=True)


@asks_again()
@never_cache
@sensitive_variables("made", "secret")
@require_http_methods(["GET", "POST"])
def create_access_key(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The dialog that makes an access key, and shows its secret once."""
    user = _service_user(request, user_id)
    form, back = OperationForm(OperationForm.data_of(request)), address_of(request, user)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(access_keys.create_access_key, request.caller, user)
        if made:
            access_key, secret = made
            said = _("Access key %(ak)s created.") % {"ak": access_key.ak}
            return told_once(request, said, user, back=back, ak=access_key.ak, secret=secret)
    title = _("Create access key for %(login)s") % {"login": user.login}
    return dialog(request, "console/service_access_key_create.html", title, {"form": form}, back=back)


@require_POST
def switch_access_key(request: ConsoleRequest, user_id: str, ak: str) -> HttpResponse:
    """Disable an active one, enable a disabled one: as the button said that was pressed."""
    user = _service_user(request, user_id)
    is_active = request.POST.get("to") == "on"
    access_keys.update_access_key(request.caller, access_keys.access_key_of(user, ak), is_active=is_active)
    said = _("Access key %(ak)s enabled.") if is_active else _("Access key %(ak)s disabled.")
    messages.success(request, said % {"ak": ak})
    return HttpResponseRedirect(address_of(request, user))


@asks_again()
@require_http_methods(["GET", "POST"])
def delete_access_key(request: ConsoleRequest, user_id: str, ak: str) -> HttpResponse:
    """The dialog that deletes a disabled access key."""
    user = _service_user(request, user_id)
    access_key = access_keys.access_key_of(user, ak)
    form, words, back = OperationForm(OperationForm.data_of(request)), {"ak": ak}, address_of(request, user)
    if request.method == "POST" and form.is_valid():
        form.attempt(access_keys.delete_access_key, request.caller, access_key)
        if not form.errors:
            return done_here(request, _("Access key %(ak)s deleted.") % words, back=back)
    title = _("Delete access key %(ak)s") % words
    context = {"form": form, "refusal": access_keys.AccessKeyActive() if access_key.is_active else None}
    return dialog(request, "console/access_key_delete.html", title, context, back=back, is_danger=True)


@sensitive_post_parameters("token", "secret")
@sensitive_variables("token", "secret")
@require_POST
def as_file(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """What the dialog shows, as the file that it offers: a token alone and without an end of line, as programs read it,
    or an access key as CSV. The server keeps neither."""
    user = _service_user(request, user_id)
    token, ak, secret = (request.POST.get(name, "")[:100] for name in ("token", "ak", "secret"))
    if token:
        is_one = token.isascii() and token.replace("-", "").replace("_", "").replace(".", "").isalnum()
        return attachment(f"{user.login}.token", token if is_one else "", "text/plain; charset=utf-8")
    access_key = access_keys.access_key_of(user, ak)
    row = [user.username, access_key.ak, secret if secret.isalnum() else ""]
    return csv_file(f"{access_key.ak}.csv", ["User Name", "Access Key Id", "Secret Access Key"], [row])


@sensitive_variables("token", "secret")
def told_once(
    request: ConsoleRequest, said: str, user: User, *, back: str, token: str = "", ak: str = "", secret: str = ""
) -> HttpResponse:
    """What was done, with a token or an access key that is known only here; the page beneath is fetched anew."""
    context = {"form": OperationForm(), "person": user, "token": token, "ak": ak, "secret": secret, "is_over": True}
    answer = dialog(request, "console/proof_once.html", said, context, back=back)
    return trigger_client_event(answer, "contentChanged") if request.htmx else answer


def address_of(request: ConsoleRequest, user: User) -> str:
    """The page of a user."""
    return reverse("console:user", args=[request.place.pk, user.pk])


def _service_user(request: ConsoleRequest, user_id: str) -> User:
    found = people.get_user(request.caller, user_id)
    if not found.is_service:
        raise NotFound()
    return found
