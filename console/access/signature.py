"""Signed requests (API contract, 1.1: SDK-HMAC-SHA256): who holds the access key that signed exactly these bytes.

The signature is computed anew over the request as it was received; the body is always hashed here, never believed.
"""

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from django.utils.translation import gettext_lazy as _

from console.access.last_uses import note_use
from console.access.principals import Principal, holder_of_access_key, holder_of_temporary_key
from console.access.request import Request
from console.access.tokens import LONGEST, digest_of
from console.models import AccessKey
from console.protection import root_key
from keys.crypto.errors import WrappedRejected
from keys.crypto.secrets import unwrap_secret
from keys.errors import KmsError, SecretDamaged

logger = logging.getLogger(__name__)

ALGORITHM = "SDK-HMAC-SHA256"
PURPOSE, TEMPORARY = "access key", "temporary access key"
"""What the secrets of access keys are wrapped for."""
SKEW = timedelta(minutes=15)
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=([0-9A-Za-z]{{1,64}}), ?SignedHeaders=([a-z0-9_;-]{{1,2000}}), ?Signature=([0-9a-f]{{64}})"
)
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]*")
DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class SignatureRejected(KmsError):
    """One answer for an unknown access key, a wrong signature and one that may not be used any more."""

    code, status = "APIGW.0301", 401
    text = _("Incorrect IAM authentication information: verify aksk signature fail. Check access key, secret and time.")


class SignatureExpired(SignatureRejected):
    text = _(
        "Incorrect IAM authentication information: signature expired, signature time:%(signed)s, server time:%(now)s. "
        "Set the clock."
    )


def is_signed(request: Request) -> bool:
    """Whether the request carries a well-formed signature, right or wrong."""
    return AUTHORIZATION.fullmatch(request.header("authorization")) is not None


def signer_of(request: Request, project_id: str, *, now: datetime | None = None) -> Principal:
    """Whose active access key signed this request; in the project `project_id` where it is one of his account.

    Where the request carries `X-Security-Token`, signed or not, the access key must be the temporary one which that
    token belongs to. Raises SignatureRejected; SignatureExpired where `X-Sdk-Date` is more than 15 minutes off;
    SecretDamaged where what the database holds of the secret does not open."""
    match = AUTHORIZATION.fullmatch(request.header("authorization"))
    if match is None:
        raise SignatureRejected()
    ak, names, signature = match[1], match[2].split(";"), match[3]
    date = request.header("x-sdk-date")
    if "x-sdk-date" not in names:
        raise SignatureRejected()
    check_date(date, now or datetime.now(UTC), SKEW)
    body_hash = hashlib.sha256(request.body).hexdigest()
    if (request.header("x-sdk-content-sha256") or body_hash) != body_hash:  # nothing secret is compared here
        raise SignatureRejected()
    text = canonical(request, names, body_hash)
    token = request.header("x-security-token")
    return proved(ak, token, project_id, signature, lambda secret: sign(secret, date, text))


def proved(
    ak: str, token: str, project: str, signature: str, signed_with: Callable[[str], str], *, is_region: bool = False
) -> Principal:
    """Whose active access key this is, where `signature` is what `signed_with` makes of its secret; with a token the
    temporary access key which it belongs to. Project and `is_region` are as `holder_of_access_key` takes them.

    Raises SignatureRejected, SecretDamaged."""
    if token:
        found = holder_of_temporary_key(ak, digest_of(token[:LONGEST]), project, is_region=is_region)
    else:
        found = holder_of_access_key(ak, project, is_region=is_region)
    secret = secret_of(found, TEMPORARY if token else PURPOSE, ak) if found else secrets.token_hex(20)
    if not hmac.compare_digest(signed_with(secret), signature) or found is None:
        raise SignatureRejected()
    if not token:
        note_use(AccessKey, ak)
    return found


def canonical(request: Request, names: list[str], body_hash: str) -> str:
    """The canonical request: built from the decoded path, so that `a%2Fb` counts as `a/b`."""
    path = request.path
    if not PLAIN_PATH.fullmatch(path):
        path = "/".join(_encoded(segment) for segment in path.split("/"))
    query = sorted(parse_qsl(request.query, keep_blank_values=True)) if request.query else []
    value_of = request.headers.get
    return "\n".join(
        [
            request.method,
            path if path.endswith("/") else f"{path}/",
            "&".join([f"{_encoded(key)}={_encoded(value)}" for key, value in query]),
            *[f"{name}:{value_of(name, '').strip()}" for name in names],
            "",
            ";".join(names),
            body_hash,
        ]
    )


def sign(secret: str, date: str, request: str) -> str:
    """The signature, 64 lowercase hex digits, of a canonical request."""
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.digest(secret.encode(), to_sign.encode(), "sha256").hex()


def secret_of(found: Principal, purpose: str, ak: str) -> str:
    """The secret of an access key that was found. Raises SecretDamaged."""
    try:
        return unwrap_secret(root_key(), found.secret, purpose, ak)
    except WrappedRejected:
        logger.error("Access key %s: the secret in the database is damaged, or of another access key.", ak)
        raise SecretDamaged(ak=ak) from None


def check_date(date: str, now: datetime, skew: timedelta) -> None:
    """Raise SignatureExpired where a signature was made more than `skew` ago or ahead, SignatureRejected where `date`
    is none."""
    try:
        signed = datetime.fromisoformat(date) if DATE.fullmatch(date) else None
    except ValueError:
        signed = None
    if signed is None:
        raise SignatureRejected()
    if abs(now - signed) > skew:
        raise SignatureExpired(signed=date, now=f"{now:%Y%m%dT%H%M%SZ}")


def _encoded(text: str) -> str:
    return quote(text, safe="~")
