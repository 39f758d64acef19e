"""The tab *Import*: three steps by which material of one's own comes into a key, and its deletion by hand."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.operations.approvals import SentForApproval
from console.requests import ConsoleRequest
from console.views.actions import Action
from console.views.approvals import sent_here
from console.views.dialogs import dialog, done_here
from console.views.files import attachment
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.crypto.importing import WRAPPED_BYTES, material_bytes
from keys.crypto.public_keys import pem_of
from keys.forms import decoded
from keys.models import Key, KeyState
from keys.operations.evidence import evidence_of
from keys.operations.importing import ImportParameters
from keys.operations.possible import refusal_of
from keys.specs import RSAES_OAEP_SHA_256
from keys.views.commands import commands_for, names_for
from keys.views.key_page import key_page
from keys.views.lifecycle import DisableForm

LONGEST_FILE = 16 * 1024
NEVER, ON = "never", "on"


class UploadForm(OperationForm):
    """What comes wrapped, each as a file or as Base64; the token too, where it was not got here."""

    encrypted_key_material = forms.FileField(
        required=False, allow_empty_file=True, label=gettext_lazy("Wrapped material")
    )
    material_base64 = forms.CharField(required=False, widget=forms.Textarea, label=gettext_lazy("… or its Base64"))
    encrypted_privatekey = forms.FileField(
        required=False, allow_empty_file=True, label=gettext_lazy("Wrapped private key")
    )
    import_token = forms.FileField(required=False, label=gettext_lazy("Import token"))
    expires = forms.ChoiceField(
        required=False,
        label=gettext_lazy("The material expires"),
        choices=[(NEVER, gettext_lazy("Never")), (ON, gettext_lazy("At a time"))],
    )
    expiration_time = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Expiry"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"invalid": gettext_lazy("Give date and time, as 2027-01-31T23:59.")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("encrypted_key_material") and given.get("material_base64"):
            try:
                given["encrypted_key_material"] = decoded(given["material_base64"])
            except forms.ValidationError as error:
                self.add_error("material_base64", error)
        if not given.get("encrypted_key_material") and not self.errors:
            self.add_error("encrypted_key_material", _("Choose the file of the wrapped material, or paste its Base64."))
        if given.get("expires") == ON and not given.get("expiration_time") and "expiration_time" not in self.errors:
            self.add_error("expiration_time", _("Give date and time, or choose Never."))
        for name in ("encrypted_key_material", "encrypted_privatekey", "import_token"):
            self._read(name)
        return given

    def _read(self, name: str) -> None:
        content = self.cleaned_data.get(name)
        if not isinstance(content, UploadedFile):
            return
        if (content.size or 0) > LONGEST_FILE:
            text = _(
                "This file has %(length)s bytes, far more than anything wrapped. Choose the file that openssl made."
            )
            self.add_error(name, text % {"length": f"{content.size:,}"})
        else:
            self.cleaned_data[name] = content.read()


@never_cache
@require_http_methods(["GET", "POST"])
def wizard(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The three steps; posted, the first one: a new wrapping key and its token."""
    key = operations.get_key(request.caller, key_id)
    if request.method == "POST":
        operations.get_parameters_for_import(request.caller, key_id=key.pk, algorithm=RSAES_OAEP_SHA_256)
        return HttpResponseRedirect(_address(request, key))
    return _page(request, key, UploadForm())


@never_cache
@require_safe
def download(request: ConsoleRequest, key_id: str, name: str) -> HttpResponse:
    """A file of the first step again, for as long as the token is good."""
    key = operations.get_key(request.caller, key_id)
    if name not in names_for(key):
        raise Http404
    content = _content(name, key, operations.resume_import(request.caller, key_id=key.pk))
    return attachment(name, content)


@never_cache
@require_POST
def upload(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The last step. What is refused leaves the key as it was; files have to be chosen again then."""
    key = operations.get_key(request.caller, key_id)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        imported = form.attempt(
            operations.import_key_material,
            request.caller,
            key_id=key.pk,
            token=given["import_token"] or None,
            encrypted_material=given["encrypted_key_material"],
            encrypted_private_key=given["encrypted_privatekey"] or b"",
            expires_at=given["expiration_time"] if given["expires"] == ON else None,
        )
        if imported:
            said = _("Material imported. Key “%(alias)s” is enabled.") % {"alias": key.alias}
            return done_here(request, said, back=reverse("keys:details", args=[request.place.pk, key.pk]))
    return _page(request, key, form, refused=True)


@require_http_methods(["GET", "POST"])
def delete_material(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """The dialog that destroys imported material; it shows how the key is used."""
    key = operations.get_key(request.caller, key_id)
    form = DisableForm(DisableForm.data_of(request))
    operation = operations.delete_imported_key_material
    try:
        is_done = request.method == "POST" and form.is_valid() and form.attempt(operation, request.caller, key.pk)
    except SentForApproval as sent:
        return sent_here(request, sent, back=_address(request, key))
    if is_done:
        said = _("Material of key “%(alias)s” deleted. It waits for an import.") % {"alias": key.alias}
        return done_here(request, said, back=_address(request, key))
    refusal = refusal_of(request.caller, Call.DELETE_IMPORTED_KEY_MATERIAL, key) if request.method != "POST" else None
    context = {
        "form": form,
        "key": key,
        "refusal": refusal,
        "needs_approval": request.user.account.needs_approval,
        "evidence": evidence_of(request.caller, key),
    }
    title = _("Delete the material of key “%(alias)s”") % {"alias": key.alias}
    return dialog(
        request,
        "keys/delete_material.html",
        title,
        context,
        back=_address(request, key),
        is_danger=True,
    )


def _page(request: ConsoleRequest, key: Key, form: UploadForm, *, refused: bool = False) -> HttpResponse:
    begin = refusal_of(request.caller, Call.GET_PARAMETERS_FOR_IMPORT, key)
    waits = key.state == KeyState.PENDING_IMPORT
    commands = commands_for(key)
    context = {
        "form": form,
        "waits": waits,
        "refusal": begin,
        "expires_at": operations.imports_under_way([key]).get(key.pk),
        "downloads": [
            (name, reverse("keys:import-file", args=[request.place.pk, key.pk, name])) for name in names_for(key)
        ],
        "commands": commands,
        "expected": WRAPPED_BYTES,
        "material_bytes": material_bytes(key.key_spec),
        "algorithm": RSAES_OAEP_SHA_256,
        "delete": Action.unless(
            refusal_of(request.caller, Call.DELETE_IMPORTED_KEY_MATERIAL, key),
            "delete-material",
            _("Delete material"),
            reverse("keys:delete-material", args=[request.place.pk, key.pk]),
            is_danger=True,
        ),
    }
    return key_page(request, key, "import", "keys/import.html", context, refused=refused)


def _content(name: str, key: Key, parameters: ImportParameters) -> bytes:
    der, pem, _token = names_for(key)
    if name == der:
        return parameters.public_key
    if name == pem:
        return pem_of(parameters.public_key).replace("\r\n", "\n").encode()
    return parameters.token


def _address(request: ConsoleRequest, key: Key) -> str:
    return reverse("keys:import", args=[request.place.pk, key.pk])
