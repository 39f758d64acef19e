"""Passkeys: accepted of the user's own devices, at this server's address, once for each question; refused otherwise."""

import contextlib
import json
import random
from typing import Any

import pytest
from fido2.utils import websafe_decode, websafe_encode

from console.access import webauthn
from console.models import Passkey, PendingSignIn, RecoveryCode, Trace, User
from console.operations import passkeys
from console.operations.second_factor import PasswordWrong, factors_of
from console.operations.second_step import ask_passkey, begin_second_step, pending_sign_in, prove_by_passkey
from keys.errors import NotFound
from tests.support.devices import LOCALHOST, SecurityKey, with_passkey
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _at_localhost(settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST


def pending_of(person: Person) -> PendingSignIn:
    pending = pending_sign_in(begin_second_step(User.objects.get(pk=person.user.pk)).pk)
    assert pending is not None
    return pending


def added(person: Person, key: SecurityKey, **client: Any) -> Passkey:
    options, challenge = passkeys.begin_passkey(person.caller, name="Phone", password=person.password)
    answer = key.create(options, **client)
    return passkeys.add_passkey(person.caller, name="Phone", challenge=challenge, answer=answer)[0]


def is_accepted(person: Person, key: SecurityKey, **client: Any) -> bool:
    pending = pending_of(person)
    try:
        prove_by_passkey(person.caller, pending, key.sign(ask_passkey(pending), **client))
    except passkeys.PasskeyRejected:
        return False
    return True


def test_a_passkey_is_added_and_signs_in(alice: Person) -> None:
    key = with_passkey(alice, "Blue key")

    assert is_accepted(alice, key)
    assert is_accepted(alice, key)

    made = Passkey.objects.get()
    assert (made.name, made.sign_count, made.transports) == ("Blue key", 2, ["usb"])
    assert made.last_used_at is not None
    assert User.objects.get(pk=alice.user.pk).has_second_factor
    assert factors_of(alice.user).recovery_codes == 10
    assert Trace.objects.filter(name="createPasskey", status=200, resource_name="Blue key").count() == 1


def test_the_browser_is_asked_for_what_it_can_read(alice: Person) -> None:
    key = with_passkey(alice)

    options, _challenge = passkeys.begin_passkey(alice.caller, name="Second", password=alice.password)

    json.dumps(options)
    assert options["rp"] == {"id": "localhost", "name": "Data Encryption Workshop"}
    assert options["user"]["name"] == "northwind/northwind"
    assert [one["id"] for one in options["excludeCredentials"]] == [Passkey.objects.get().credential_id]
    assert {one["alg"] for one in options["pubKeyCredParams"]} >= {-7, -257}
    asked = ask_passkey(pending_of(alice))
    assert asked["rpId"] == "localhost"
    assert asked["allowCredentials"][0]["transports"] == ["usb"]
    assert key.count == 0


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost.example.org:8000"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"type": "payment.get"},
    ],
    ids=["another port", "TLS", "another host", "another challenge", "another type"],
)
def test_what_was_signed_elsewhere_or_for_something_else_is_refused(alice: Person, client: dict[str, str]) -> None:
    key = with_passkey(alice)

    assert not is_accepted(alice, key, **client)
    with pytest.raises(passkeys.PasskeyRejected):
        added(alice, SecurityKey(), **client)
    assert Passkey.objects.count() == 1


def test_a_device_for_another_host_is_refused(alice: Person) -> None:
    key = with_passkey(alice)
    key.host = "example.org"

    assert not is_accepted(alice, key)
    with pytest.raises(passkeys.PasskeyRejected):
        added(alice, SecurityKey(host="example.org"))


def test_a_copied_device_is_found_by_its_counter(alice: Person) -> None:
    key = with_passkey(alice)
    assert is_accepted(alice, key, steps=5)
    copy = SecurityKey(count=3, credential_id=key.credential_id, private_key=key.private_key)

    assert not is_accepted(alice, copy)
    assert is_accepted(alice, key)


def test_a_passkey_that_counts_nothing_is_accepted_again_and_again(alice: Person) -> None:
    key = with_passkey(alice)

    assert [is_accepted(alice, key, steps=0) for _ in range(2)] == [True, True]


def test_a_challenge_is_answered_once_and_the_newest_alone(alice: Person) -> None:
    key, pending = with_passkey(alice), pending_of(alice)
    older = key.sign(ask_passkey(pending))
    newer = ask_passkey(pending)
    with pytest.raises(passkeys.PasskeyRejected):
        prove_by_passkey(alice.caller, pending, older)

    with pytest.raises(passkeys.PasskeyRejected):
        prove_by_passkey(alice.caller, pending, key.sign(newer))  # the refused one used it up

    prove_by_passkey(alice.caller, pending, key.sign(ask_passkey(pending)))
    assert pending_sign_in(pending.pk) is None


def test_anothers_passkey_is_refused(alice: Person, bob: Person) -> None:
    with_passkey(alice)
    bobs = with_passkey(bob)

    assert not is_accepted(alice, bobs)
    with pytest.raises(passkeys.PasskeyRejected):
        added(alice, bobs)  # one device's passkey is of one user
    assert Passkey.objects.get(user=alice.user).user == alice.user


@pytest.mark.parametrize("part", ["authenticatorData", "clientDataJSON", "signature"])
def test_no_flipped_bit_of_what_was_signed_is_accepted(alice: Person, part: str) -> None:
    key, known = with_passkey(alice), list(Passkey.objects.all())
    options, challenge = webauthn.options_to_prove(known)
    answer = json.loads(key.sign(options))
    right = websafe_decode(answer["response"][part])
    webauthn.proven(challenge, known, json.dumps(answer))

    for at in range(0, len(right), 2):
        wrong = right[:at] + bytes([right[at] ^ 1 << at % 8]) + right[at + 1 :]
        answer["response"][part] = websafe_encode(wrong)
        with pytest.raises(webauthn.AnswerRejected):
            webauthn.proven(challenge, known, json.dumps(answer))


def test_no_broken_answer_fails_otherwise_than_refused(alice: Person) -> None:
    key, known, dice = with_passkey(alice), list(Passkey.objects.all()), random.Random(7)  # noqa: S311 - which bit is changed, no secret
    proof, to_prove = webauthn.options_to_prove(known)
    making, to_make = webauthn.options_to_create(alice.user, [])
    signed, made = key.sign(proof), SecurityKey().create(making)

    for _ in range(150):
        for text, check in (
            (signed, lambda one: webauthn.proven(to_prove, known, one)),
            (made, lambda one: webauthn.created(to_make, one)),
        ):
            at = dice.randrange(len(text))
            with contextlib.suppress(
                webauthn.AnswerRejected
            ):  # some changes mean nothing: the last bits of Base64, say
                check(text[:at] + dice.choice('AZaz09_-{}[]":,\\\u00e9') + text[at + dice.randrange(3) :])


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{}", '{"rawId": 1}', "[" * 5000, '{"a":' * 3000, "\0", "x" * 20_000]
)
def test_what_is_no_answer_is_refused(alice: Person, answer: str) -> None:
    with_passkey(alice)
    pending = pending_of(alice)
    ask_passkey(pending)

    with pytest.raises(passkeys.PasskeyRejected):
        prove_by_passkey(alice.caller, pending, answer)
    with pytest.raises(passkeys.PasskeyRejected):
        passkeys.add_passkey(alice.caller, name="Phone", challenge="AAAA", answer=answer)


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "two\nlines", "\0"])
def test_a_name_is_needed(alice: Person, name: str) -> None:
    with pytest.raises(passkeys.PasskeyNameInvalid):
        passkeys.begin_passkey(alice.caller, name=name, password=alice.password)


def test_the_eleventh_is_refused(alice: Person) -> None:
    for number in range(passkeys.MOST):
        with_passkey(alice, f"Key {number}")

    with pytest.raises(passkeys.TooManyPasskeys):
        with_passkey(alice, "One more")


def test_one_of_ones_own_is_removed_with_the_password(alice: Person, bob: Person) -> None:
    with_passkey(alice)
    passkey = Passkey.objects.get()

    with pytest.raises(NotFound):
        passkeys.own_passkey(bob.caller, passkey.pk)
    with pytest.raises(NotFound):
        passkeys.remove_passkey(bob.caller, passkey, password=bob.password)
    with pytest.raises(PasswordWrong):
        passkeys.remove_passkey(alice.caller, passkey, password="wrong")
    passkeys.remove_passkey(alice.caller, passkey, password=alice.password)

    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not User.objects.get(pk=alice.user.pk).has_second_factor


@pytest.mark.without_database
@pytest.mark.parametrize(
    ("address", "origin", "is_possible"),
    [
        ("https://kms.example.org", "https://kms.example.org", True),
        ("https://KMS.example.org:443/", "https://kms.example.org", True),
        ("https://kms.example.org:8443", "https://kms.example.org:8443", True),
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://kms.example.org", "http://kms.example.org", False),
        ("https://192.0.2.1", "https://192.0.2.1", False),
        ("https://[2001:db8::1]", "https://2001:db8::1", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
    ],
)
def test_browsers_know_passkeys_at_a_safe_address_with_a_name(
    settings: Any, address: str, origin: str, is_possible: bool
) -> None:
    settings.PUBLIC_URL, settings.TLS = address, address.startswith("https://")

    assert webauthn.is_possible() == is_possible
    assert webauthn.origin() == origin


def test_where_they_are_impossible_it_is_said(alice: Person, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"

    with pytest.raises(passkeys.PasskeysImpossible):
        passkeys.begin_passkey(alice.caller, name="Phone", password=alice.password)
