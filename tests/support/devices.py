"""What a person has beside his password, without a browser: an authenticator app, and a security key for passkeys."""

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from console.operations.authenticators import begin_authenticator, confirm_authenticator
from console.operations.passkeys import add_passkey, begin_passkey
from tests.support.people import Person
from tests.support.servers import Server, plain_http

LOCALHOST = "http://localhost:8000"
"""A PUBLIC_URL at which browsers know passkeys."""


@dataclass(frozen=True)
class App:
    """An authenticator app that was set up, and the recovery codes that came with it."""

    secret: str
    codes: list[str]

    def code(self, steps: int = 1) -> str:
        """What it shows now, or so many half minutes later: the next one, since the present one set it up."""
        return pyotp.TOTP(self.secret).at(time.time(), counter_offset=steps)


def with_app(person: Person) -> App:
    """The app that the person sets up."""
    secret = begin_authenticator(person.caller, password=person.password).secret
    return App(secret, confirm_authenticator(person.caller, code=pyotp.TOTP(secret).now()))


@dataclass
class SecurityKey:
    """A device that makes and uses one passkey (ES256) and counts its signatures; it believes whatever page asks."""

    origin: str = LOCALHOST
    host: str = "localhost"
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    private_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **client: Any) -> str:
        """The answer to `navigator.credentials.create`, as a browser sends it; `client` are other client data."""
        public_key = ES256.from_cryptography_key(self.private_key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public_key)
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
        made = AttestationObject.create("none", self._data(flags, credential), {})
        response = {"attestationObject": websafe_encode(bytes(made)), "transports": ["usb", "carrier-pigeon"]}
        return self._answer(options, "webauthn.create", response, client)

    def sign(self, options: dict[str, Any], *, steps: int = 1, **client: Any) -> str:
        """The answer to `navigator.credentials.get`; its counter goes on by `steps`."""
        self.count += steps
        data = bytes(self._data(AuthenticatorData.FLAG.UP))
        sent = self._client_data(options, "webauthn.get", client)
        signature = self.private_key.sign(data + hashlib.sha256(sent).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": websafe_encode(data), "signature": websafe_encode(signature)}
        return self._answer(options, "webauthn.get", response, client)

    def _data(self, flags: AuthenticatorData.FLAG, credential: bytes = b"") -> AuthenticatorData:
        host = hashlib.sha256(self.host.encode()).digest()
        data: AuthenticatorData = AuthenticatorData.create(host, flags, self.count, credential)
        return data

    def _client_data(self, options: dict[str, Any], kind: str, client: dict[str, Any]) -> bytes:
        given = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**given, **client}).encode()

    def _answer(self, options: dict[str, Any], kind: str, response: dict[str, Any], client: dict[str, Any]) -> str:
        named = websafe_encode(self.credential_id)
        sent = websafe_encode(self._client_data(options, kind, client))
        content = {"clientDataJSON": sent, **response}
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": content})


def with_passkey(person: Person, name: str = "Phone") -> SecurityKey:
    """The security key that the person adds; PUBLIC_URL has to be one that browsers know passkeys at."""
    key = SecurityKey()
    options, challenge = begin_passkey(person.caller, name=name, password=person.password)
    add_passkey(person.caller, name=name, challenge=challenge, answer=key.create(options))
    return key


_SET_UP = """
import pyotp
from console.access.caller import Caller
from console.models import User
from console.operations.authenticators import begin_authenticator, confirm_authenticator
user = User.objects.select_related("account").get(username="{account}/{login}")
caller = Caller.of_user(user, None, source_ip="", request_id="0" * 32)
secret = begin_authenticator(caller, password="{password}").secret
confirm_authenticator(caller, code=pyotp.TOTP(secret).now())
print(secret)
"""


def set_up_app(server: Server, account: str, password: str, *, login: str = "") -> App:
    """The app of a user of a real server, the account's own by default; its recovery codes nobody keeps."""
    printed = server.quickly(code=_SET_UP.format(account=account, login=login or account, password=password))
    return App(printed.strip(), [])


def token_by(server: Server, account: str, password: str, code: str = "") -> int:
    """With which status the account's own user is answered who asks for a token, by his password and maybe a code."""
    user = {"name": account, "password": password, "domain": {"name": account}}
    identity: dict[str, Any] = {"methods": ["password"], "password": {"user": user}}
    if code:
        identity |= {"methods": ["password", "totp"], "totp": {"user": {"passcode": code}}}
    return plain_http.post(f"{server.url}/v3/auth/tokens", json={"auth": {"identity": identity}}).status_code
