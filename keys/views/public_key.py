"""The tab *Public key*: PEM, DER and fingerprint, to copy and to download."""

import base64
import hashlib
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from console.requests import ConsoleRequest
from console.views.files import attachment
from keys import operations
from keys.calls import Call
from keys.crypto.public_keys import pem_of
from keys.errors import KeyPendingImport
from keys.operations.possible import refusal_of
from keys.views.key_page import key_page

TYPES = {"pem": "application/x-pem-file", "der": "application/octet-stream"}


@require_safe
def public_key(request: ConsoleRequest, key_id: str) -> HttpResponse:
    key = operations.get_key(request.caller, key_id)
    refusal = refusal_of(request.caller, Call.GET_PUBLIC_KEY, key)
    context: dict[str, Any] = {"refusal": refusal}
    if refusal is None:
        try:
            der = operations.get_public_key(request.caller, key.pk).public_key
        except KeyPendingImport as error:
            context["refusal"] = error
        else:
            context |= {
                "pem": pem_of(der).replace("\r\n", "\n").strip(),
                "der": base64.b64encode(der).decode(),
                "fingerprint": hashlib.sha256(der).hexdigest(),
                "command": f"openssl pkey -pubin -in {key.pk}.pem -text -noout",
            }
    return key_page(request, key, "public-key", "keys/public_key.html", context)


@require_safe
def download(request: ConsoleRequest, key_id: str, form: str) -> HttpResponse:
    """The public key as a file; `form` is pem or der."""
    key = operations.get_key(request.caller, key_id)
    der = operations.get_public_key(request.caller, key.pk).public_key
    content = der if form == "der" else pem_of(der).replace("\r\n", "\n")
    return attachment(f"{key.pk}.{form}", content, TYPES[form])
