"""What whoever shows a token may ask and do with that very token."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from console.access.principals import Principal
from console.access.tokens import TokenRejected
from console.access.trail import traced
from console.models import ServiceToken, Token


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A token and when it was given; when it ends, None where it does not by itself."""

    holder: Principal
    issued_at: datetime
    expires_at: datetime | None
    name: str = ""


def show_own_token(holder: Principal, *, source_ip: str, request_id: str) -> OwnToken:
    """What there is to know of the token that was shown. Raises TokenRejected where it is gone by now."""
    with traced(holder.caller(source_ip=source_ip, request_id=request_id), "showToken", holder.user):
        if (token := ServiceToken.objects.filter(pk=holder.proof).first()) is not None:
            return OwnToken(holder, token.created_at, token.expires_at, token.name)
        if (given := Token.objects.filter(pk=holder.proof).first()) is not None:
            return OwnToken(holder, given.issued_at, given.expires_at)
        raise TokenRejected()


def revoke_own_token(holder: Principal, *, source_ip: str, request_id: str) -> None:
    """Make the token that was shown worthless, for ever and at once."""
    caller = holder.caller(source_ip=source_ip, request_id=request_id)
    with traced(caller, "revokeToken", holder.user) as trace, transaction.atomic(durable=True):
        ServiceToken.objects.filter(pk=holder.proof).delete()
        Token.objects.filter(pk=holder.proof).delete()
        trace.done()
