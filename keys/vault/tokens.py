"""Who asks: the token in `X-Vault-Token`, or as a bearer's in `Authorization`."""

from django.utils.translation import gettext_lazy as _

from console.access.principals import Principal, holder_of_bound_token, holder_of_service_token
from console.access.request import Request
from console.access.tokens import LONGEST, TokenRejected, digest_of
from console.operations.service_users import PREFIX

BEARER = "Bearer "


class VaultTokenRejected(TokenRejected):
    text = _("permission denied: this token is unknown, or has ended. Send a service user's token in X-Vault-Token.")
    missing = _("permission denied: there is no token. Send a service user's token in X-Vault-Token.")


def bearer_of(request: Request) -> Principal:
    """Whose token the request carries, in the one project that it is for: a service user's, or one that was logged in
    for. Raises VaultTokenRejected."""
    authorization = request.header("authorization")
    bearer = authorization.removeprefix(BEARER) if authorization.startswith(BEARER) else ""
    # Ceph's gateway shows it twice in one request. Two that differ are none.
    shown = {one.strip() for one in request.header("x-vault-token").split(",")}
    token = (shown.pop() if len(shown) == 1 else "") or bearer
    if not token:
        raise VaultTokenRejected(text=VaultTokenRejected.missing)
    digest = digest_of(token[:LONGEST])
    found = holder_of_service_token(digest) if token.startswith(PREFIX) else holder_of_bound_token(digest)
    if found is None or found.project is None:
        raise VaultTokenRejected()
    return found
