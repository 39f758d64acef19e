"""Tokens (`X-Auth-Token`): 256 random bits, of which the database holds the SHA-256 alone."""

import hashlib

from django.utils.translation import gettext_lazy as _

from console.access.principals import Principal, holder_of_token
from console.access.request import Request
from keys.errors import KmsError

LONGEST = 4096


class TokenRejected(KmsError):
    """One answer for an unknown token, an expired one and one of a user who may not come in any more."""

    code, status = "APIGW.0301", 401
    text = _("Incorrect IAM authentication information: decrypt token fail. Ask for a new token.")
    missing = _("Incorrect IAM authentication information: x-auth-token not found. Sign the request, or send a token.")


class PasswordRejected(KmsError):
    """One answer for a wrong password, an unknown user, a disabled one and a project that is not his."""

    code, status = "APIGW.0301", 401
    text = _("Incorrect IAM authentication information: the username, password or scope is wrong.")


class SecondFactorNeeded(PasswordRejected):
    text = _(
        "Incorrect IAM authentication information: this user has a second factor. Send the methods password and totp, "
        "with the code that his authenticator app shows; or sign with an access key."
    )


class SecondFactorMissing(PasswordRejected):
    text = _(
        "Incorrect IAM authentication information: this account asks everyone for a second factor. Set one up in the "
        "console first; or sign with an access key."
    )


class PasscodeRejected(PasswordRejected):
    """One answer for a wrong code, a used one, and one of a user who has no authenticator app."""

    text = _("Incorrect IAM authentication information: the passcode is wrong, or was used already.")


def digest_of(token: str) -> str:
    """How a token is stored and found."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def bearer_of(request: Request, project_id: str) -> Principal:
    """Whose token the request carries, in the project `project_id` only where the token is for it.

    Raises TokenRejected."""
    token = request.header("x-auth-token")
    if not token:
        raise TokenRejected(text=TokenRejected.missing)
    return bearer_of_token(token, project_id)


def bearer_of_token(token: str, project_id: str) -> Principal:
    """Whose token this is. Raises TokenRejected."""
    found = holder_of_token(digest_of(token[:LONGEST]), project_id)
    if found is None:
        raise TokenRejected()
    return found
