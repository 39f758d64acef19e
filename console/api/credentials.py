"""Temporary access keys on the wire (API contract, 1.3 and 8): `securitytokens`."""

from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from console.access.limits import check_rate
from console.access.principals import Principal
from console.access.request import Request
from console.access.signature import is_signed, signer_of
from console.access.strangers import turn_away
from console.access.tokens import TokenRejected, bearer_of, bearer_of_token
from console.access.trail import trace_refusal
from console.api.answers import TemporaryKeyCreated
from console.api.identity import MICROSECONDS
from console.api.routes import Route
from console.operations.temporary_keys import DurationInvalid, NewTemporaryKey, create_temporary_access_key
from keys.errors import KmsError

MOST_DIGITS = 9
TRACE = "createTemporaryAccessKey"


class MethodNotOffered(KmsError):
    field = "methods"
    text = _("Temporary access keys are to be had by the method token alone.")


class PolicyNotOffered(KmsError):
    """To leave it out silently would give more rights than were asked for."""

    field = "policy"
    text = _("A temporary access key can't be narrowed by a policy here. Use a user whose roles are narrow enough.")


class TokenField(msgspec.Struct, frozen=True):
    id: str = ""
    duration_seconds: int | str | None = None


class IdentityField(msgspec.Struct, frozen=True):
    methods: list[str]
    token: TokenField | None = None
    policy: Any = None


class AuthField(msgspec.Struct, frozen=True):
    identity: IdentityField


class TemporaryKeyRequest(msgspec.Struct, frozen=True):
    auth: AuthField


def _create(request: Request, asked: TemporaryKeyRequest) -> NewTemporaryKey:
    """The user asks by a signed request or by a token, in the header or in the body. A token in the body counts before
    all else, and is of the very user who signed."""
    identity = asked.auth.identity
    token = identity.token or TokenField()
    try:
        holder = _holder(request, token.id)
    except KmsError as refusal:
        raise turn_away(request, refusal) from None
    caller = holder.caller(source_ip=request.source_ip, request_id=request.request_id)
    try:
        check_rate(caller)
        seconds = _seconds(identity, token)
    except KmsError as refusal:
        trace_refusal(caller, TRACE, refusal)
        raise
    return create_temporary_access_key(
        holder, seconds=seconds, source_ip=request.source_ip, request_id=request.request_id
    )


def _holder(request: Request, token: str) -> Principal:
    if not token:
        return (signer_of if is_signed(request) else bearer_of)(request, "")
    bearer = bearer_of_token(token, "")
    if is_signed(request) and signer_of(request, "").user != bearer.user:
        raise TokenRejected()
    return bearer


def _seconds(identity: IdentityField, token: TokenField) -> int | None:
    """How long the key is to live. Raises MethodNotOffered, PolicyNotOffered, DurationInvalid."""
    if identity.methods != ["token"]:
        raise MethodNotOffered()
    if identity.policy is not None:
        raise PolicyNotOffered()
    text = "" if token.duration_seconds is None else str(token.duration_seconds)
    if text and not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise DurationInvalid()
    return int(text) if text else None


def _answer(made: NewTemporaryKey) -> TemporaryKeyCreated:
    return {
        "credential": {
            "access": made.row.ak,
            "secret": made.secret,
            "securitytoken": made.token,
            "expires_at": made.row.expires_at.strftime(MICROSECONDS),
        }
    }


ROUTES = [
    Route(
        "POST",
        "/v3.0/OS-CREDENTIAL/securitytokens",
        TemporaryKeyRequest,
        _create,
        _answer,
        TRACE,
        status=201,
        is_open=True,
        summary=_("Get a temporary access key"),
        sdk="iam.create_temporary_access_key_by_token",
    )
]
