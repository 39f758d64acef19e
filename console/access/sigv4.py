"""Requests signed by AWS Signature Version 4 (AWS Identity and Access Management User Guide, "Create a signed AWS API
request"): who holds the access key that signed exactly these bytes.

The access keys are the same that sign requests of our own API, and so are the rules of `console.access.signature`.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from django.utils.translation import gettext_lazy as _

from console.access.principals import Principal
from console.access.request import Request
from console.access.signature import SignatureRejected, check_date, proved

ALGORITHM, END = "AWS4-HMAC-SHA256", "aws4_request"
SKEW = timedelta(minutes=5)
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=([0-9A-Za-z]{{1,64}})/([0-9]{{8}})/([0-9A-Za-z_-]{{1,128}})/([0-9a-z-]{{1,32}})/{END}, *"
    r"SignedHeaders=([a-z0-9_;-]{1,2000}), *Signature=([0-9a-f]{64})"
)
BLANKS = re.compile(r" +")


class SignatureMissing(SignatureRejected):
    text = _("The request is not signed. Configure an access key of this server in the client.")


class SignatureIncomplete(SignatureRejected):
    text = _(
        "The signature is incomplete. It takes Signature Version 4 for the service %(service)s in the header "
        "Authorization, over at least these headers: %(headers)s."
    )


class Scope(NamedTuple):
    """What a signature is good for: a day, a region, a service."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{END}"


def signer_of(request: Request, service: str, headers: Iterable[str], *, now: datetime | None = None) -> Principal:
    """Whose active access key signed this request for `service`, `headers` among what is signed: in the service user's
    own project, or else in the main project of the region that it was signed for, where he has one.

    With `X-Amz-Security-Token` the access key must be the temporary one which that token belongs to. Raises
    SignatureMissing, SignatureIncomplete, SignatureRejected; SignatureExpired where `X-Amz-Date` is more than five
    minutes off; SecretDamaged."""
    if not (authorization := request.header("authorization")):
        raise SignatureMissing()
    required = ("host", "x-amz-date", *headers)
    match = AUTHORIZATION.fullmatch(authorization)
    names = match[5].split(";") if match else []
    if match is None or match[4] != service or not {*required} <= {*names}:
        raise SignatureIncomplete(service=service, headers=", ".join(required))
    ak, scope, signature = match[1], Scope(*match.group(2, 3, 4)), match[6]
    date = request.header("x-amz-date")
    check_date(date, now or datetime.now(UTC), SKEW)
    body_hash = hashlib.sha256(request.body).hexdigest()
    if not date.startswith(scope.date) or (request.header("x-amz-content-sha256") or body_hash) != body_hash:
        raise SignatureRejected()
    text, token = canonical(request, names, body_hash), request.header("x-amz-security-token")
    return proved(ak, token, scope.region, signature, lambda secret: sign(secret, date, scope, text), is_region=True)


def canonical(request: Request, names: list[str], body_hash: str) -> str:
    """The canonical request, its path as it is: no service but S3 has another path than `/`."""
    query = sorted((_encoded(key), _encoded(value)) for key, value in parse_qsl(request.query, keep_blank_values=True))
    return "\n".join(
        [
            request.method,
            request.path,
            "&".join(f"{key}={value}" for key, value in query),
            *[f"{name}:{BLANKS.sub(' ', request.header(name).strip())}" for name in names],
            "",
            ";".join(names),
            body_hash,
        ]
    )


def sign(secret: str, date: str, scope: Scope, request: str) -> str:
    """The signature, 64 lowercase hex digits, of a canonical request."""
    key = f"AWS4{secret}".encode()
    for part in (*scope, END):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"{ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def _encoded(text: str) -> str:
    return quote(text, safe="~")
