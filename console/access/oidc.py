"""Single sign-on by OpenID Connect: the code flow with PKCE, by Authlib, which knows the protocol and its checks.

What a flow has to remember (state, nonce, verifier, where to go then) lies in a signed cookie of the browser that began
it, so nothing is written for strangers, and no other browser can end it. Authlib is imported where it is used: it takes
memory that a server without a provider has no need of.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keys.errors import KmsError

logger = logging.getLogger(__name__)

PATIENCE: Final = 10
"""Seconds to wait for the provider."""
SILENT_FOR: Final = 10
"""Seconds after a failure in which the provider is not asked again what it publishes of itself."""
FLOW_LASTS: Final = 600
"""Seconds from the button to the return."""
SKEW: Final = 60
"""Seconds by which the provider's clock may differ."""
REFRESHED_EVERY: Final = 3600
"""Seconds for which what the provider publishes of itself is used; an unknown signing key is looked up at once."""
SIGNED_BY: Final = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
"""Never `none`, and nothing that the client's secret signs."""
LONGEST_SUBJECT: Final = 255
LONGEST_ADDRESS: Final = 1000
COOKIE: Final = "__Host-oidc" if settings.TLS else "oidc"
_SALT: Final = "console.access.oidc"
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderFailed(KmsError):
    """One sentence for whatever did not fit; the log says which kind it was."""

    status = 400
    text = _("%(provider)s did not vouch for you. Try again; if it stays, tell the administrator of this server.")

    def __init__(self) -> None:
        super().__init__(provider=provider_name())


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for: his subject there, the name it gives him, and when he last proved who he is."""

    subject: str
    login: str
    proved_at: int


@dataclass(slots=True)
class Flow:
    """One way to the provider and back, as Authlib sees a request: `session` is what the cookie remembers."""

    session: dict[str, Any] = field(default_factory=dict)
    GET: QueryDict = field(default_factory=QueryDict)
    method: str = "GET"

    @classmethod
    def begun(cls, *, next_address: str, is_confirming: bool) -> "Flow":
        """A new one; an address that no cookie could hold is forgotten."""
        kept = next_address if len(next_address) <= LONGEST_ADDRESS else "/"
        return cls({"next": kept, "confirm": is_confirming, "at": int(time.time())})

    @classmethod
    def of(cls, request: HttpRequest) -> "Flow":
        """The one that this browser began. Raises ProviderFailed."""
        try:
            session = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=FLOW_LASTS)
        except signing.BadSignature as error:
            raise _failed(error) from None
        return cls(session, request.GET)

    @property
    def cookie(self) -> str:
        return signing.dumps(self.session, salt=_SALT, compress=True)

    @property
    def next_address(self) -> str:
        return str(self.session["next"])

    @property
    def is_confirming(self) -> bool:
        """Whether it is for who is signed in already, to show again that he is himself."""
        return bool(self.session["confirm"])

    @property
    def begun_at(self) -> int:
        return int(self.session["at"])


def is_configured() -> bool:
    return bool(settings.OIDC_ISSUER)


def provider_name() -> str:
    """What the provider is called here, on the button and in sentences."""
    return settings.OIDC_NAME or gettext("Single sign-on")


def redirect_uri() -> str:
    """Where the provider sends people back to; to be registered there."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/sign-in/oidc/callback"


def way_to_provider(flow: Flow) -> str:
    """The address at the provider that the flow begins with; asked to confirm, the provider asks for proof anew.

    Raises ProviderFailed."""
    anew = {"prompt": "login", "max_age": 0} if flow.is_confirming else {}
    try:
        begun = _client().create_authorization_url(redirect_uri(), **anew)
        _client().save_authorize_data(flow, redirect_uri=redirect_uri(), **begun)
        return str(begun["url"])
    except _faults() as error:
        raise _failed(error) from None


def person_of(flow: Flow) -> Person:
    """Who came back: the code is exchanged, and the ID token's signature, issuer, audience, expiry and nonce checked.

    Raises ProviderFailed, also where he was to prove anew who he is and did not."""
    from authlib.oidc.core import CodeIDToken

    expected = {
        "iss": {"essential": True, "values": [settings.OIDC_ISSUER]},
        "aud": {"essential": True, "values": [settings.OIDC_CLIENT_ID]},
        **{name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")},
    }
    try:
        client = _client()
        token = client.authorize_access_token(flow, claims_options=expected, claims_cls=CodeIDToken, leeway=SKEW)
        claims = dict(token["userinfo"])  # of the ID token, once it was checked
        if settings.OIDC_LOGIN_CLAIM not in claims and client.load_server_metadata().get("userinfo_endpoint"):
            more = client.userinfo(token=token)
            claims = {**more, **claims} if more["sub"] == claims["sub"] else claims
        person = Person(claims["sub"], str(claims.get(settings.OIDC_LOGIN_CLAIM, "")), int(claims.get("auth_time", 0)))
    except _faults() as error:
        raise _failed(error) from None
    if not isinstance(person.subject, str) or not 0 < len(person.subject) <= LONGEST_SUBJECT:
        raise _failed(ValueError("subject"))
    if not person.subject.isprintable() or (flow.is_confirming and person.proved_at < flow.begun_at - SKEW):
        raise _failed(ValueError("subject or time of the proof"))
    return person


def way_out(login: str) -> str:
    """The address at which the provider ends its own session (RP-initiated logout); empty where it has none.

    Without the ID token as a hint, which would have to be kept for it."""
    try:
        if not _client().load_server_metadata().get("end_session_endpoint"):
            return ""
        back = f"{settings.PUBLIC_URL.rstrip('/')}/sign-in"
        names = {"client_id": settings.OIDC_CLIENT_ID, "logout_hint": login}
        return str(_client().create_logout_url(back, **names)["url"])
    except _faults() as error:
        _failed(error)
        return ""


class _Silence:
    """Since when the provider did not answer as it should: nobody waits for it again at once."""

    turn = threading.Lock()
    until = 0.0


def _client() -> Any:
    """Authlib's client. One thread at a time asks the provider what it publishes; after a failure nobody, for a while.

    Raises TimeoutError and what `_faults` names."""
    now = time.monotonic()
    if now < _Silence.until or not _Silence.turn.acquire(timeout=PATIENCE):
        raise TimeoutError
    try:
        return _client_of(int(now // REFRESHED_EVERY))
    except Exception:
        _Silence.until = time.monotonic() + SILENT_FOR
        raise
    finally:
        _Silence.turn.release()


@lru_cache(maxsize=1)
def _client_of(_hour: int) -> Any:
    """Authlib's client, with what the provider publishes of itself."""
    from authlib.integrations.django_client import OAuth

    secret = (
        Path(settings.OIDC_CLIENT_SECRET_FILE).read_text("utf-8").strip() if settings.OIDC_CLIENT_SECRET_FILE else None
    )
    scope = "openid profile email" if settings.OIDC_LOGIN_CLAIM == "email" else "openid profile"
    client = cast(Any, OAuth()).register(
        "oidc",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=secret,
        server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
    known = client.load_server_metadata()
    if known["issuer"] != settings.OIDC_ISSUER or not all(_is_safe(known[name]) for name in _ENDPOINTS):
        raise ValueError("The provider names another issuer, or addresses without https.")
    offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
    known["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNED_BY]
    if not known["id_token_signing_alg_values_supported"]:
        raise ValueError("The provider signs by nothing that is taken here.")
    if secret and "client_secret_basic" not in known.get(
        "token_endpoint_auth_methods_supported", ["client_secret_basic"]
    ):
        client.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105 - the way, not the secret
    return client


def _faults() -> tuple[type[Exception], ...]:
    """What Authlib, its session (whose errors are OSErrors) and what a provider sends may raise."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    return AuthlibBaseError, JoseError, OSError, RuntimeError, LookupError, TypeError, ValueError


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in settings.LOOPBACK)


def _failed(error: Exception) -> ProviderFailed:
    """The refusal. Only the kind of fault is logged: what a provider says may hold what nobody should read."""
    logger.warning("Single sign-on failed.", extra={"reason": str(getattr(error, "error", "") or type(error).__name__)})
    return ProviderFailed()


def forget() -> None:
    """Have the provider asked anew what it publishes of itself."""
    _client_of.cache_clear()
    _Silence.until = 0.0
