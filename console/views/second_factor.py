"""The dialogs of one's own second factor. Each asks for the password; what is shown once is in that answer alone."""

import json
from typing import Any, Final, TypedDict

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from console.operations import authenticators, passkeys
from console.operations.authenticators import NewAuthenticator
from console.operations.second_factor import new_recovery_codes
from console.requests import ConsoleRequest
from console.views.dialogs import Text, dialog, done_here
from console.views.files import attachment
from console.views.first import comes_first
from console.views.pages import OperationForm, is_open_at

MAKING: Final = "making_passkey"
"""Where the session holds what a browser was asked to make, until it answers."""
MOST_TYPED: Final = 400


class Making(TypedDict):
    """A passkey that is being made, for as long as the password that was given for it is good."""

    name: str
    challenge: str
    until: float


class PasswordForm(OperationForm):
    """Asks for the password again: whoever finds a session open can't change how its user signs in."""

    password = forms.CharField(
        strip=False,
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput,
        error_messages={"required": gettext_lazy("Enter your password.")},
    )


class CodeForm(OperationForm):
    code = forms.CharField(
        label=gettext_lazy("Code of the app"), error_messages={"required": gettext_lazy("Enter the code.")}
    )


class PasskeyForm(PasswordForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=passkeys.LONGEST_NAME,
        error_messages={"required": passkeys.PasskeyNameInvalid.text},
    )
    field_order = ("name", "password")


@never_cache
@sensitive_post_parameters()
@sensitive_variables("begun", "codes")
@require_http_methods(["GET", "POST"])
@comes_first
def authenticator(request: ConsoleRequest) -> HttpResponse:
    """Set up an app: the password, then QR code and a code of the app, then recovery codes where there were none."""
    title = _("Set up an authenticator app")
    if "code" in request.POST:
        code = CodeForm(request.POST)
        if code.is_valid():
            codes = code.attempt(authenticators.confirm_authenticator, request.caller, code=code.cleaned_data["code"])
            if not code.errors:
                return _set_up(request, _("Authenticator app set up."), codes)
        try:
            return _show_app(request, title, code, authenticators.begun_authenticator(request.caller))
        except authenticators.SetupOver as over:
            form = PasswordForm(request.POST)
            form.errors.clear()
            form.add_error(None, over)
            return _dialog(request, "password", title, {"form": form})
    form = PasswordForm(PasswordForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        begun = form.attempt(authenticators.begin_authenticator, request.caller, **form.cleaned_data)
        if begun:
            return _show_app(request, title, CodeForm(), begun)
    return _dialog(request, "password", title, {"form": form})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@comes_first
def remove_authenticator(request: ConsoleRequest) -> HttpResponse:
    form = PasswordForm(PasswordForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        form.attempt(authenticators.remove_authenticator, request.caller, **form.cleaned_data)
        if not form.errors:
            return done_here(request, _("Authenticator app removed."), back=_back(request))
    explained = _("Its codes are accepted no more. Delete the entry in the app too.")
    context = {"form": form, "explained": explained}
    return _dialog(request, "password", _("Remove the authenticator app"), context, is_danger=True)


@never_cache
@sensitive_post_parameters()
@sensitive_variables("codes")
@require_http_methods(["GET", "POST"])
@comes_first
def add_passkey(request: ConsoleRequest) -> HttpResponse:
    """Add a passkey: its name and the password, then the device, then recovery codes where there were none."""
    title = _("Add a passkey")
    if "credential" in request.POST:
        form = OperationForm(request.POST)
        form.full_clean()
        made = _finish_passkey(request, form)
        if made:
            passkey, codes = made
            return _set_up(request, _("Passkey “%(name)s” added.") % {"name": passkey.name}, codes)
        return _dialog(request, "passkey_failed", title, {"form": form, "is_over": True})
    form = PasskeyForm(PasskeyForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        asked = form.attempt(passkeys.begin_passkey, request.caller, **form.cleaned_data)
        if asked:
            options, challenge = asked
            until = (timezone.now() + authenticators.SETUP).timestamp()
            request.session[MAKING] = Making(name=form.cleaned_data["name"], challenge=challenge, until=until)
            return _dialog(request, "passkey", title, {"form": OperationForm(), "options": json.dumps(options)})
    return _dialog(request, "passkey_name", title, {"form": form})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@comes_first
def remove_passkey(request: ConsoleRequest, passkey_id: int) -> HttpResponse:
    passkey = passkeys.own_passkey(request.caller, passkey_id)
    form = PasswordForm(PasswordForm.data_of(request))
    words = {"name": passkey.name}
    if request.method == "POST" and form.is_valid():
        form.attempt(passkeys.remove_passkey, request.caller, passkey, **form.cleaned_data)
        if not form.errors:
            return done_here(request, _("Passkey “%(name)s” removed.") % words, back=_back(request))
    explained = _("It is accepted no more. Delete it on the device too.")
    context = {"form": form, "explained": explained}
    return _dialog(request, "password", _("Remove passkey “%(name)s”") % words, context, is_danger=True)


@never_cache
@sensitive_post_parameters()
@sensitive_variables("codes")
@require_http_methods(["GET", "POST"])
def recovery_codes(request: ConsoleRequest) -> HttpResponse:
    """Make new recovery codes, and show them once."""
    form = PasswordForm(PasswordForm.data_of(request))
    if request.method == "POST" and form.is_valid():
        codes = form.attempt(new_recovery_codes, request.caller, **form.cleaned_data)
        if codes:
            return _show_codes(request, _("New recovery codes"), codes)
    explained = _("Ten new codes are made; those you have now are accepted no more.")
    return _dialog(request, "password", _("Make new recovery codes"), {"form": form, "explained": explained})


@sensitive_post_parameters()
@require_POST
@comes_first
def recovery_codes_file(request: ConsoleRequest) -> HttpResponse:
    """The codes that the dialog shows, as the file that it offers; the server has them no more."""
    typed = request.POST.get("codes", "")[:MOST_TYPED].splitlines()
    codes = [one for one in typed if one.replace("-", "").isalnum() and one.isascii()]
    head = _("Recovery codes of %(user)s. Each is accepted once.") % {"user": request.user.username}
    lines = "".join(f"{line}\r\n" for line in (head, "", *codes))
    return attachment("recovery-codes.txt", lines, "text/plain; charset=utf-8")


def _finish_passkey(request: ConsoleRequest, form: OperationForm) -> Any:
    """Take what the browser answers to what this session asked for last; it is asked for once."""
    making: Making | None = request.session.pop(MAKING, None)
    if making is None or making["until"] < timezone.now().timestamp():
        form.add_error(None, authenticators.SetupOver())
        return None
    return form.attempt(
        passkeys.add_passkey,
        request.caller,
        name=making["name"],
        challenge=making["challenge"],
        answer=request.POST["credential"],
    )


def _set_up(request: ConsoleRequest, said: str, codes: list[str]) -> HttpResponse:
    """Say what was set up, with the recovery codes that came with it."""
    return _show_codes(request, said, codes) if codes else done_here(request, said, back=_back(request))


@sensitive_variables("begun")
def _show_app(request: ConsoleRequest, title: str, form: CodeForm, begun: NewAuthenticator) -> HttpResponse:
    in_groups = " ".join(begun.secret[at : at + 4] for at in range(0, len(begun.secret), 4))
    context = {"form": form, "code": _qr_code(begun.address), "secret": begun.secret, "in_groups": in_groups}
    return _dialog(request, "authenticator", title, context)


@sensitive_variables("codes")
def _show_codes(request: ConsoleRequest, title: str, codes: list[str]) -> HttpResponse:
    """The codes, known only here; the page beneath the dialog is fetched anew."""
    context = {"form": OperationForm(), "codes": codes, "lines": "\n".join(codes), "is_over": True}
    answer = _dialog(request, "recovery_codes", title, context)
    is_above_a_page = request.htmx and not is_open_at(request, request.path)
    return trigger_client_event(answer, "contentChanged") if is_above_a_page else answer


def _dialog(
    request: ConsoleRequest, name: str, title: Text, context: dict[str, Any], *, is_danger: bool = False
) -> HttpResponse:
    template = f"console/second_factor/{name}.html"
    return dialog(request, template, title, context, back=_back(request), is_danger=is_danger)


def _back(request: ConsoleRequest) -> str:
    return reverse("console:security", args=[request.place.pk])


def _qr_code(text: str) -> SafeString:
    """The text as a QR code, black on white in light and dark: SVG of our own making, without any style."""
    import segno

    drawn = segno.make(text, error="m").svg_inline(omitsize=True, light="#fff", border=4)
    return SafeString(drawn)  # lines and numbers alone
