"""Signed requests (API contract, 1.1: SDK-HMAC-SHA256): who holds the access key that signed exactly these bytes.

The signature is computed anew over the request as it was received; the body is always hashed here, never believed.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.models import AccessKey, User
from console.protection import root_key
from keys.crypto.secrets import unwrap_secret
from keys.errors import KmsError

ALGORITHM = "SDK-HMAC-SHA256"
PURPOSE = "access key"
SKEW = timedelta(minutes=15)
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=([0-9A-Za-z]{{1,64}}), ?SignedHeaders=([a-z0-9_;-]{{1,2000}}), ?Signature=([0-9a-f]{{64}})"
)


class SignatureRejected(KmsError):
    """One answer for an unknown access key, a wrong signature and one that may not be used any more."""

    code, status = "APIGW.0301", 401
    text = _("Incorrect IAM authentication information: verify aksk signature fail. Check access key, secret and time.")


class SignatureExpired(SignatureRejected):
    text = _(
        "Incorrect IAM authentication information: signature expired, signature time:%(signed)s, server time:%(now)s. "
        "Set the clock."
    )


def signer_of(request: HttpRequest, *, now: datetime | None = None) -> User:
    """The user, with his account, whose active access key signed this request.

    Raises SignatureRejected; SignatureExpired where `X-Sdk-Date` is more than 15 minutes off."""
    match = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise SignatureRejected()
    ak, names, signature = match[1], match[2].split(";"), match[3]
    date = request.headers.get("X-Sdk-Date", "")
    if "x-sdk-date" not in names:
        raise SignatureRejected()
    _check_date(date, now or datetime.now(UTC))
    body_hash = hashlib.sha256(request.body).hexdigest()
    if not hmac.compare_digest(request.headers.get("X-Sdk-Content-Sha256", body_hash).encode(), body_hash.encode()):
        raise SignatureRejected()
    found = (
        AccessKey.objects.select_related("user__account").filter(pk=ak, is_active=True, user__is_active=True).first()
    )
    secret = unwrap_secret(root_key(), bytes(found.wrapped_secret), PURPOSE, ak) if found else secrets.token_hex(20)
    expected = sign(secret, date, canonical(request, names, body_hash))
    if not hmac.compare_digest(expected, signature) or found is None:
        raise SignatureRejected()
    return found.user


def canonical(request: HttpRequest, names: list[str], body_hash: str) -> str:
    """The canonical request: built from the decoded path, so that `a%2Fb` counts as `a/b`."""
    path = "/".join(_encoded(segment) for segment in request.path.split("/"))
    query = sorted(parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True))
    return "\n".join(
        [
            request.method or "",
            path if path.endswith("/") else f"{path}/",
            "&".join(f"{_encoded(key)}={_encoded(value)}" for key, value in query),
            *(f"{name}:{request.headers.get(name, '').strip()}" for name in names),
            "",
            ";".join(names),
            body_hash,
        ]
    )


def sign(secret: str, date: str, request: str) -> str:
    """The signature, 64 lowercase hex digits, of a canonical request."""
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _check_date(date: str, now: datetime) -> None:
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise SignatureRejected() from None
    if abs(now - signed) > SKEW:
        raise SignatureExpired(signed=date, now=f"{now:%Y%m%dT%H%M%SZ}")


def _encoded(text: str) -> str:
    return quote(text, safe="~")
