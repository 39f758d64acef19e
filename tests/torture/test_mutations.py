"""Requests, tokens, cookies, ciphertexts and signatures that were changed by a byte or a few: none is accepted, and
none brings the server into trouble. What is unchanged is accepted before and after: it is the change that is refused.
"""

import base64
import json
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.load import Client
from tests.support.servers import Server
from tests.support.signing import signed_headers
from tests.support.visitors import Visitor
from tests.support.volley import request_of
from tests.torture.amount import Figure, share
from tests.torture.mutations import (
    IN_A_LINE,
    NO_ANSWER,
    Line,
    Reply,
    authorization_of,
    base64_of,
    hex_of,
    mutated,
    mutated_but,
    target_of,
)

MUTATIONS = 50_000
"""On each database; CI does them on one."""
DIGEST = base64.b64encode(bytes(range(32))).decode()
CURVE = {"signing_algorithm": "ECDSA_SHA_256", "message_type": "DIGEST"}
RSA = {"signing_algorithm": "RSASSA_PSS_SHA_256", "message_type": "DIGEST"}
MAC = {"mac_algorithm": "HMAC_SHA_256"}


class Subject(NamedTuple):
    """What is changed: `request` makes it as it is where chance is None; `accepts` says of an answer that it was taken
    for good. `part` is the thousandths of all mutations that are of this kind."""

    part: int
    request: Callable[[Random | None], bytes]
    accepts: Callable[[Reply], bool] = lambda reply: 200 <= reply.status < 300
    once: bool = False
    """Whether the unchanged one is accepted a single time, so that it is tried in the end alone."""


def send_mutations(server: Server, seed: int = 9) -> Figure:
    """Send a running server changed requests of all kinds."""
    chance, times, statuses, wrong = Random(seed), 0, Counter[int](), []  # noqa: S311 - any changes will do
    account = server.create_account(f"forged-{time.monotonic_ns()}")
    with Client(server.url, account) as client, Visitor(server, account) as visitor:
        line = Line(server.url)
        for name, subject in _subjects(client, visitor).items():
            if not subject.once and not subject.accepts(line.ask(subject.request(None))):
                wrong.append(f"{name}: the unchanged one was refused at first")
            before = traces_of(server, account)
            for _ in range(share(MUTATIONS * subject.part // 1000)):
                times += 1
                request = subject.request(chance)
                reply = line.ask(request)
                statuses[reply.status // 100] += 1
                if subject.accepts(reply) or reply.status >= 500:
                    wrong.append(f"{name}: {reply.status} for {request!r}")
            # Who is not known leaves no trace: with a changed request nobody was.
            if name.startswith("request") and traces_of(server, account) != before:
                wrong.append(f"{name}: a changed request was taken for the account's own")
            if not subject.accepts(line.ask(subject.request(None))):
                wrong.append(f"{name}: the unchanged one was refused at last")
        line.close()
    seen = f"{statuses[4]:,} answered 4xx, {statuses[2]:,} told that it does not fit"
    seen += f", {statuses[3]:,} sent to sign in or to fill in again"
    if statuses[NO_ANSWER]:
        seen += f", {statuses[NO_ANSWER]:,} connections closed"
    return Figure("changed requests, tokens, cookies, ciphertexts, signatures", times, seen, wrong)


def traces_of(server: Server, account: dict[str, Any]) -> int:
    ((number,),) = server.read("SELECT COUNT(*) FROM console_trace WHERE account_id = %s", account["account"]["id"])
    return int(number)


def _subjects(client: Client, visitor: Visitor) -> dict[str, Subject]:
    return {**_signed(client), **_tokens(client), **_pages(visitor), **_sealed(client)}


# Requests


def _signed(client: Client) -> dict[str, Subject]:
    """Signed requests, changed in each of their parts after they were signed."""
    key = client.account["access_key"]
    listing = f"/v3/{client.project}/traces?limit=1&trace_type=system"
    calling, body = f"/v1.0/{client.project}/kms/list-keys", b'{"limit": "10", "key_spec": "ALL"}'

    def headers(method: str, target: str, body: bytes) -> dict[str, str]:
        return signed_headers(key["ak"], key["sk"], method, target, body, host=client.place.netloc)

    def method(chance: Random | None) -> bytes:
        other = "POST" if chance is None else mutated_but(chance, "POST", str, bytes(range(0x41, 0x5B)))
        return request_of(other, calling, headers("POST", calling, body), body)

    def path(chance: Random | None) -> bytes:
        other = calling if chance is None else mutated_but(chance, calling, target_of, IN_A_LINE)
        return request_of("POST", other, headers("POST", calling, body), body)

    def query(chance: Random | None) -> bytes:
        start, _, given = listing.partition("?")
        other = listing
        while chance is not None and target_of(other) == target_of(listing):
            other = f"{start}?{mutated_but(chance, given, str, IN_A_LINE)}"
        return request_of("GET", other, headers("GET", listing, b""), b"")

    def header(chance: Random | None, name: str = "", meaning: Callable[[str], str] = str.strip) -> bytes:
        made = headers("POST", calling, body)
        if chance is not None:
            name = name or chance.choice(sorted({*made} - {"authorization", "x-sdk-date"}))
            made[name] = mutated_but(chance, made[name], meaning, IN_A_LINE)
        return request_of("POST", calling, made, body)

    def name(chance: Random | None) -> bytes:
        made = headers("POST", calling, body)
        if chance is not None:
            changed = chance.choice(sorted(made))
            other = mutated_but(chance, changed, str.lower, bytes(set(IN_A_LINE) - {ord(":")}))
            made = {other if one == changed else one: value for one, value in made.items()}
        return request_of("POST", calling, made, body)

    def content(chance: Random | None) -> bytes:
        other = body if chance is None else mutated(chance, body, bytes(range(256)))
        return request_of("POST", calling, headers("POST", calling, body), other)

    return {
        "request's method": Subject(30, method),
        "request's path": Subject(70, path),
        "request's query": Subject(60, query),
        "request's header": Subject(60, header),
        "request's header name": Subject(40, name),
        "request's date": Subject(40, lambda chance: header(chance, "x-sdk-date")),
        "request's signature": Subject(80, lambda chance: header(chance, "authorization", authorization_of)),
        "request's body": Subject(80, content),
    }


# Tokens, cookies


def _tokens(client: Client) -> dict[str, Subject]:
    user, target = client.account["user"], f"/v1.0/{client.project}/kms/list-keys"
    by_password = {
        "name": user["name"],
        "password": user["password"],
        "domain": {"name": client.account["account"]["name"]},
    }
    identity = {"methods": ["password"], "password": {"user": by_password}}
    wish = json.dumps({"auth": {"identity": identity, "scope": {"project": {"id": client.project}}}})
    client.http.request("POST", "/v3/auth/tokens", wish, {"Content-Type": "application/json"})
    answer = client.http.getresponse()
    answer.read()
    token = answer.headers["X-Subject-Token"]
    asked = {"auth": {"identity": {"methods": ["token"], "token": {}}}}
    temporary = client.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", asked).content["credential"]

    def by_token(chance: Random | None) -> bytes:
        sent = token if chance is None else mutated_but(chance, token, str.strip, IN_A_LINE)
        given = {"host": client.place.netloc, "content-type": "application/json", "x-auth-token": sent}
        return request_of("POST", target, given, b"{}")

    def by_security_token(chance: Random | None) -> bytes:
        sent = temporary["securitytoken"]
        sent = sent if chance is None else mutated_but(chance, sent, str.strip, IN_A_LINE)
        headers = signed_headers(
            temporary["access"], temporary["secret"], "POST", target, b"{}", host=client.place.netloc
        )
        return request_of("POST", target, {**headers, "x-security-token": sent}, b"{}")

    return {"token": Subject(80, by_token), "security token": Subject(50, by_security_token)}


def _pages(visitor: Visitor) -> dict[str, Subject]:
    """What a browser shows: the cookie of its session, and the token of its forms."""
    cookies = dict(visitor.http.cookies.items())
    name = next(one for one in cookies if one.endswith("session"))
    host = visitor.http.base_url.netloc.decode()

    def headers(**changed: str) -> dict[str, str]:
        given = "; ".join(f"{one}={value}" for one, value in {**cookies, **changed}.items())
        return {"host": host, "cookie": given, "accept": "text/html", "referer": f"http://{host}/"}

    def session(chance: Random | None) -> bytes:
        other = cookies[name] if chance is None else mutated_but(chance, cookies[name], _cookie_value, IN_A_LINE)
        return request_of("GET", visitor.path("kms/keys"), headers(**{name: other}), b"")

    def form(chance: Random | None) -> bytes:
        token = next(value for one, value in cookies.items() if one.endswith("csrf"))
        letters = bytes(range(0x30, 0x3A)) + bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B))
        sent = token if chance is None else mutated_but(chance, token, str, letters)
        given = {**headers(), "content-type": "application/x-www-form-urlencoded"}
        body = f"csrfmiddlewaretoken={sent}&theme=dark&next=/".encode()
        return request_of("POST", "/preferences", given, body)

    return {
        "session cookie": Subject(15, session),
        "form token": Subject(15, form, lambda reply: b"theme=dark" in reply.head),
    }


def _cookie_value(text: str) -> str:
    """The value of a cookie as it is read."""
    return text.partition(";")[0].strip().strip('"')


# What the service itself sealed


def _sealed(client: Client) -> dict[str, Subject]:
    keys = {spec: _new_key(client, spec) for spec in ("AES_256", "SM4", "RSA_2048", "EC_P256", "HMAC_256")}
    cipher = _new_key(client, "RSA_2048", key_usage="ENCRYPT_DECRYPT")
    aes, signer, curve, mac = (keys[spec] for spec in ("AES_256", "RSA_2048", "EC_P256", "HMAC_256"))

    def ask(verb: str, **fields: Any) -> Any:
        answer = client.kms(verb, **fields)
        assert answer.is_success, answer
        return answer.content

    def changing(verb: str, name: str, fields: dict[str, str], meaning: Callable[[str], object] = base64_of) -> Any:
        """Requests with that field changed, signed anew."""

        def request(chance: Random | None) -> bytes:
            target = f"/v1.0/{client.project}/kms/{verb}"
            other = fields[name] if chance is None else mutated_but(chance, fields[name], meaning)
            body = json.dumps({**fields, name: other}).encode()
            key = client.account["access_key"]
            headers = signed_headers(key["ak"], key["sk"], "POST", target, body, host=client.place.netloc)
            return request_of("POST", target, headers, body)

        return request

    sealed = ask("encrypt-data", key_id=aes, plain_text="secret", additional_authenticated_data="of the tests")
    opening = {"cipher_text": sealed["cipher_text"], "additional_authenticated_data": "of the tests"}
    of_sm4 = {"cipher_text": ask("encrypt-data", key_id=keys["SM4"], plain_text="secret")["cipher_text"]}
    by_rsa = {"key_id": cipher, "encryption_algorithm": "RSAES_OAEP_SHA_256"}
    of_rsa = ask("encrypt-data", **by_rsa, plain_text="secret")["cipher_text"]
    data_key = ask("create-datakey", key_id=aes, datakey_length="256")["cipher_text"]
    opened = {"key_id": aes, "cipher_text": data_key, "datakey_cipher_length": "32"}
    of_curve = {**CURVE, "key_id": curve, "message": DIGEST}
    of_curve["signature"] = ask("sign", **of_curve)["signature"]
    of_signer = {**RSA, "key_id": signer, "message": DIGEST}
    of_signer["signature"] = ask("sign", **of_signer)["signature"]
    of_mac = {**MAC, "key_id": mac, "message": DIGEST}
    of_mac["mac"] = ask("generate-mac", **of_mac)["mac"]
    coming, also_coming = _import(client, ask), _import(client, ask)

    def fits(reply: Reply) -> bool:
        content = json.loads(reply.body)
        return reply.status == 200 and (content.get("signature_valid") == "true" or content.get("mac_valid") is True)

    return {
        "ciphertext of AES": Subject(80, changing("decrypt-data", "cipher_text", opening)),
        "its additional data": Subject(40, changing("decrypt-data", "additional_authenticated_data", opening, str)),
        "ciphertext of SM4": Subject(40, changing("decrypt-data", "cipher_text", of_sm4)),
        "ciphertext of RSA": Subject(20, changing("decrypt-data", "cipher_text", {"cipher_text": of_rsa, **by_rsa})),
        "data key": Subject(60, changing("decrypt-datakey", "cipher_text", opened, hex_of)),
        "signature by a curve": Subject(30, changing("verify", "signature", of_curve), fits),
        "its message": Subject(10, changing("verify", "message", of_curve), fits),
        "signature by RSA": Subject(30, changing("verify", "signature", of_signer), fits),
        "MAC": Subject(30, changing("verify-mac", "mac", of_mac, hex_of), fits),
        "import token": Subject(20, changing("import-key-material", "import_token", coming), once=True),
        "wrapped material": Subject(
            20, changing("import-key-material", "encrypted_key_material", also_coming), once=True
        ),
    }


def _import(client: Client, ask: Callable[..., Any]) -> dict[str, str]:
    """What a key without material is sent."""
    empty = _new_key(client, "AES_256", origin="external")
    given = ask("get-parameters-for-import", key_id=empty, wrapping_algorithm="RSAES_OAEP_SHA_256")
    public_key = load_der_public_key(base64.b64decode(given["public_key"]))
    assert isinstance(public_key, RSAPublicKey)
    wrapped = public_key.encrypt(bytes(range(32)), OAEP(MGF1(SHA256()), SHA256(), None))
    material = base64.b64encode(wrapped).decode()
    return {"key_id": empty, "import_token": given["import_token"], "encrypted_key_material": material}


def _new_key(client: Client, spec: str, **fields: str) -> str:
    made = client.kms("create-key", key_alias=f"{spec}-{time.monotonic_ns()}", key_spec=spec, **fields)
    assert made.is_success, made
    return str(made.content["key_info"]["key_id"])


def test_nothing_that_was_changed_is_accepted(server: Server) -> None:
    figure = send_mutations(server)

    assert figure.wrong == []
    assert figure.times >= share(MUTATIONS) * 0.9
