"""Passkeys (W3C Web Authentication, level 3): what browsers are asked for, and whether what they answer is right.

The checks are python-fido2's. It is imported where it is needed: a server whose users have no passkeys does without its
20 MiB. Browsers take part at PUBLIC_URL alone, and only where that names a host and the connection is safe.
"""

import ipaddress
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings

from console.models import Passkey, User

if TYPE_CHECKING:
    from fido2.server import Fido2Server

TRANSPORTS: Final = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"})
LONGEST: Final = 16_384
"""Characters of an answer that are read at most."""
LONGEST_ID: Final = 1_023
"""Bytes of a credential's id at most (the standard's own bound)."""
TIMEOUT: Final = 120_000
"""Milliseconds that a browser waits for the device."""
_UNREADABLE: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError),
    *(RecursionError, struct.error, UnsupportedAlgorithm),
)
"""What python-fido2 raises of an answer that is wrong or can't be read: of strangers' bytes it may be any of these."""


class AnswerRejected(Exception):
    """The answer is not one to what was asked, here, of this user's passkeys."""


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a device gave for a new passkey."""

    credential_id: str
    credential: bytes
    sign_count: int
    transports: list[str]


def is_possible() -> bool:
    """Whether browsers offer passkeys at PUBLIC_URL: under a name, over TLS or on this very machine."""
    host = _host()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return settings.TLS or host == "localhost" or host.endswith(".localhost")
    return False


def options_to_create(user: User, known: Iterable[Passkey]) -> tuple[dict[str, Any], str]:
    """What a browser is asked to make a passkey by, as JSON, and the challenge in it."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement

    entity = PublicKeyCredentialUserEntity(id=user.pk.encode(), name=user.username, display_name=user.username)
    options, state = _server().register_begin(
        entity,
        _descriptors(known),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _plain(options), state["challenge"]


def created(challenge: str, answer: str) -> NewCredential:
    """The new passkey of a browser's answer. Raises AnswerRejected."""
    from fido2.utils import websafe_encode

    content = _read(answer)
    try:
        made = _server().register_complete(_state(challenge), content)
        found = made.credential_data
        transports = content.get("response", {}).get("transports") or []
    except _UNREADABLE as error:
        raise AnswerRejected() from error
    if found is None or len(found.credential_id) > LONGEST_ID:
        raise AnswerRejected()
    return NewCredential(
        websafe_encode(found.credential_id),
        bytes(found),
        made.counter,
        [one for one in transports if isinstance(one, str) and one in TRANSPORTS]
        if isinstance(transports, list)
        else [],
    )


def options_to_prove(passkeys: Iterable[Passkey]) -> tuple[dict[str, Any], str]:
    """What a browser is asked to sign with one of these passkeys, as JSON, and the challenge in it."""
    from fido2.webauthn import UserVerificationRequirement

    options, state = _server().authenticate_begin(
        _descriptors(passkeys), user_verification=UserVerificationRequirement.PREFERRED
    )
    return _plain(options), state["challenge"]


def proven(challenge: str, passkeys: Sequence[Passkey], answer: str) -> tuple[Passkey, int]:
    """The passkey that signed, and how often its device says that it has. Raises AnswerRejected."""
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    try:
        by_id = {one: AttestedCredentialData(bytes(one.credential)) for one in passkeys}
        signed = AuthenticationResponse.from_dict(_read(answer))
        found = _server().authenticate_complete(_state(challenge), [*by_id.values()], signed)
    except _UNREADABLE as error:
        raise AnswerRejected() from error
    passkey = next(one for one, credential in by_id.items() if credential.credential_id == found.credential_id)
    return passkey, signed.response.authenticator_data.counter


def origin() -> str:
    """The origin that browsers name for a page at PUBLIC_URL, which leave out the port that goes without saying."""
    public = urlsplit(settings.PUBLIC_URL)
    usual = {"https": 443, "http": 80}[public.scheme]
    port = "" if public.port in {None, usual} else f":{public.port}"
    return f"{public.scheme}://{_host()}{port}"


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def _server() -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestationConveyancePreference, PublicKeyCredentialRpEntity

    party = PublicKeyCredentialRpEntity(id=_host(), name=str(settings.PRODUCT_NAME))
    server = Fido2Server(party, AttestationConveyancePreference.NONE, verify_origin=lambda given: given == origin())
    server.timeout = TIMEOUT  # type: ignore[assignment]  # which the library means to be set so
    return server


def _state(challenge: str) -> dict[str, str]:
    return {"challenge": challenge, "user_verification": "preferred"}


def _descriptors(passkeys: Iterable[Passkey]) -> list[Any]:
    from fido2.utils import websafe_decode
    from fido2.webauthn import AuthenticatorTransport, PublicKeyCredentialDescriptor, PublicKeyCredentialType

    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=websafe_decode(one.credential_id),
            transports=[AuthenticatorTransport(name) for name in one.transports] or None,
        )
        for one in passkeys
    ]


def _plain(options: Any) -> dict[str, Any]:
    """The library's options as the JSON that `PublicKeyCredential.parse…OptionsFromJSON` reads."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(options), default=dict))["publicKey"]
    return plain


def _read(answer: str) -> dict[str, Any]:
    try:
        content = json.loads(answer[:LONGEST])
    except (ValueError, RecursionError) as error:
        raise AnswerRejected() from error
    if not isinstance(content, dict):
        raise AnswerRejected()
    return content
