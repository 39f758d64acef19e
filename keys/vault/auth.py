"""Logging in by an access key (AppRole), and what a token tells of itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.access.limits import check_rate
from console.access.principals import Principal
from console.access.request import Request
from console.access.shown_secrets import holder_of_shown_secret
from console.access.strangers import turn_away
from console.access.trail import trace_refusal
from console.operations.own_tokens import OwnToken, revoke_own_token, show_own_token
from console.operations.tokens import NewToken, create_bound_token
from keys.errors import KmsError
from keys.vault.dialect import Whole, holder_of, rfc3339

LIFETIME = timedelta(hours=1)
POLICIES = ["default"]


class RoleRejected(KmsError):
    """One answer for an unknown access key, one that may not be used any more, and a wrong secret."""

    code = "APIGW.0301"
    text = _("invalid role or secret ID. They are the access key ID and the secret access key of a service user.")


class LoginRequest(msgspec.Struct, frozen=True):
    role_id: str = ""
    secret_id: str = ""

    def wish(self) -> "LoginRequest":
        return self


class AnyRequest(msgspec.Struct, frozen=True):
    """What a client says besides, an increment say, changes nothing."""

    def wish(self) -> None:
        return None


def login(request: Request, asked: LoginRequest) -> NewToken:
    """A token for an hour, for the access key of a service user."""
    holder = holder_of_shown_secret(asked.role_id, asked.secret_id)
    if holder is None:
        raise turn_away(request, RoleRejected())
    _check_rate(holder, request, "createToken")
    return create_bound_token(holder, lifetime=LIFETIME, source_ip=request.source_ip, request_id=request.request_id)


def of_own_token(trace: str, operation: Callable[..., Any]) -> Callable[[Request, object], Any]:
    """A call whose operation asks for whoever showed a token, rather than for a caller."""

    def operate(request: Request, _asked: object) -> Any:
        try:
            holder = holder_of(request)
        except KmsError as refusal:
            raise turn_away(request, refusal) from None
        _check_rate(holder, request, trace)
        return operation(holder, source_ip=request.source_ip, request_id=request.request_id)

    return operate


def _check_rate(holder: Principal, request: Request, trace: str) -> None:
    caller = holder.caller(source_ip=request.source_ip, request_id=request.request_id)
    try:
        check_rate(caller)
    except KmsError as refusal:
        trace_refusal(caller, trace, refusal)
        raise


look_up, revoke = of_own_token("showToken", show_own_token), of_own_token("revokeToken", revoke_own_token)


def logged_in(made: NewToken) -> Whole:
    return Whole(auth={"client_token": made.text, **_auth(made.row.user, int(LIFETIME.total_seconds()))})


def renewed(shown: OwnToken) -> Whole:
    """Nothing is renewed: the answer says how long the token is good still, and that it can't be."""
    return Whole(auth={"client_token": "", **_auth(shown.holder.user, _seconds_left(shown))})


def looked_up(shown: OwnToken) -> dict[str, Any]:
    user, seconds = shown.holder.user, _seconds_left(shown)
    whole = int((shown.expires_at - shown.issued_at).total_seconds()) if shown.expires_at else 0
    return {
        "accessor": _accessor(shown.holder),
        "creation_time": int(shown.issued_at.timestamp()),
        "creation_ttl": whole,
        "display_name": user.login,
        "entity_id": user.pk,
        "expire_time": rfc3339(shown.expires_at) or None,
        "explicit_max_ttl": whole,
        "id": "",
        "issue_time": rfc3339(shown.issued_at),
        "meta": {"project_id": shown.holder.bound_to, "token_name": shown.name},
        "num_uses": 0,
        "orphan": True,
        "path": "auth/token/create" if shown.name else "auth/approle/login",
        "policies": POLICIES,
        "renewable": False,
        "ttl": seconds,
        "type": "service",
    }


def nothing(_result: object) -> None:
    return None


def _auth(user: Any, seconds: int) -> dict[str, Any]:
    return {
        "accessor": "",
        "policies": POLICIES,
        "token_policies": POLICIES,
        "metadata": {"user": user.login},
        "lease_duration": seconds,
        "renewable": False,
        "entity_id": user.pk,
        "token_type": "service",
        "orphan": True,
        "mfa_requirement": None,
        "num_uses": 0,
    }


def _accessor(holder: Principal) -> str:
    """Says which token it is, and opens nothing: the beginning of its digest."""
    return holder.proof[:24]


def _seconds_left(shown: OwnToken) -> int:
    return max(0, int((shown.expires_at - timezone.now()).total_seconds())) if shown.expires_at else 0
