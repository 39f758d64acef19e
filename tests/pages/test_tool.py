"""The online tool: every act for the keys it fits, by the API's own operations; nothing of it is kept."""

import base64
import hashlib
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.test import Client

from console.models import CallCount, Trace
from keys import operations
from keys.models import Key
from tests.support.people import Person

AWKWARD = '<script>alert(1)</script> {{ 7 }} "quotes" עברית 😀\nsecond line'


def made(person: Person, spec: str = "AES_256", usage: str = "") -> Key:
    return operations.create_key(person.caller, alias=f"{spec}-{usage}".lower(), key_spec=spec, key_usage=usage)


@pytest.fixture
def key(alice: Person) -> Key:
    return made(alice)


def at(person: Person, key: Key, act: str) -> str:
    return f"/console/{person.project.pk}/kms/keys/{key.pk}/tool/{act}"


def execute(person: Person, key: Key, act: str, **fields: str) -> str:
    answer = person.client().post(at(person, key, act), fields)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def outputs(page: str) -> list[str]:
    """All that a page offers to copy from its result, the last of which is Base64."""
    return re.findall(r'data-copy="([^"]*)"', page.partition('id="result"')[2])


def output(page: str) -> str:
    return outputs(page)[-1]


@pytest.mark.parametrize(
    ("spec", "usage", "acts"),
    [
        ("AES_256", "", ["encrypt", "decrypt", "create-datakey", "decrypt-datakey", "re-encrypt"]),
        ("RSA_2048", "ENCRYPT_DECRYPT", ["encrypt", "decrypt", "re-encrypt"]),
        ("RSA_2048", "SIGN_VERIFY", ["sign", "verify"]),
        ("EC_P256", "", ["sign", "verify"]),
        ("HMAC_256", "", ["generate-mac", "verify-mac"]),
    ],
)
def test_a_key_offers_the_acts_that_it_is_for(alice: Person, spec: str, usage: str, acts: list[str]) -> None:
    key, client = made(alice, spec, usage), alice.client()

    page = client.get(at(alice, key, "").rstrip("/"), follow=True)

    offered = re.findall(rf'href="{at(alice, key, "")}([a-z-]+)"', page.content.decode())
    assert [one for one in dict.fromkeys(offered) if one != "identify"] == acts
    assert client.get(at(alice, key, "sign" if "sign" not in acts else "encrypt")).status_code == 404


@pytest.mark.parametrize("text", ["plain", AWKWARD])
def test_text_goes_there_and_back(alice: Person, key: Key, text: str) -> None:
    ciphertext = output(
        execute(alice, key, "encrypt", plain_text=text.replace("\n", "\r\n"), additional_authenticated_data="for b")
    )

    page = execute(alice, key, "decrypt", cipher_text=ciphertext, additional_authenticated_data="for b")

    assert (
        operations.decrypt_data(
            alice.caller, ciphertext=base64.b64decode(ciphertext), additional_data="for b"
        ).plaintext
        == text.encode()
    )
    assert output(page) == base64.b64encode(text.encode()).decode()
    assert "<script>alert" not in page
    assert "<details>" in page.partition('id="result"')[2]
    for told in ("AES_256-", "<dt>Version</dt><dd>1</dd>", "SYMMETRIC_DEFAULT", str(key.pk)):
        assert told.lower() in page.lower()


def test_base64_is_decoded_before_it_is_encrypted(alice: Person, key: Key) -> None:
    ciphertext = output(
        execute(alice, key, "encrypt", plain_text=" AP8=\n", encoding="base64", additional_authenticated_data="")
    )

    opened = operations.decrypt_data(alice.caller, ciphertext=base64.b64decode(ciphertext))

    assert opened.plaintext == b"\x00\xff"


def test_rsa_encrypts_and_decrypts(alice: Person) -> None:
    key = made(alice, "RSA_2048", "ENCRYPT_DECRYPT")

    ciphertext = output(execute(alice, key, "encrypt", plain_text="short"))
    page = execute(alice, key, "decrypt", cipher_text=ciphertext)

    assert output(page) == base64.b64encode(b"short").decode()
    assert "RSAES_OAEP_SHA_256" in page


@pytest.mark.parametrize(("kind", "message"), [("RAW", "hello"), ("DIGEST", "")])
def test_signatures_are_made_and_verified(alice: Person, kind: str, message: str) -> None:
    key = made(alice, "EC_P256")
    digest = hashlib.sha256(b"hello").digest()
    fields = {"message": message or base64.b64encode(digest).decode(), "message_type": kind}
    fields |= {"encoding": "text" if message else "base64", "signing_algorithm": "ECDSA_SHA_256"}

    signature = output(execute(alice, key, "sign", **fields))

    public = load_der_public_key(operations.get_public_key(alice.caller, key.pk).public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(base64.b64decode(signature), b"hello", ec.ECDSA(hashes.SHA256()))
    assert "this key&#x27;s for this message" in execute(alice, key, "verify", signature=signature, **fields)
    wrong = {**fields, "message": "hellO", "encoding": "text", "message_type": "RAW"}
    assert "does not fit" in execute(alice, key, "verify", signature=signature, **wrong)


def test_macs_are_made_and_verified(alice: Person) -> None:
    key = made(alice, "HMAC_256")

    mac = output(execute(alice, key, "generate-mac", message="hello", encoding="text"))

    assert operations.verify_mac(
        alice.caller, key_id=key.pk, message=b"hello", algorithm="HMAC_SHA_256", mac=base64.b64decode(mac)
    ).is_valid
    assert "this key&#x27;s" in execute(alice, key, "verify-mac", message="hello", encoding="text", mac=mac)
    assert "does not fit" in execute(alice, key, "verify-mac", message="hellO", encoding="text", mac=mac)


def test_a_data_key_is_made_with_or_without_its_plaintext(alice: Person, key: Key) -> None:
    alone = outputs(execute(alice, key, "create-datakey", datakey_length="128", additional_authenticated_data="a"))
    with_it = outputs(
        execute(
            alice, key, "create-datakey", datakey_length="128", additional_authenticated_data="a", with_plaintext="true"
        )
    )

    assert len(alone) == 1
    page = execute(alice, key, "decrypt-datakey", cipher_text=with_it[-1], additional_authenticated_data="a")
    assert output(page) in with_it
    assert len(base64.b64decode(output(page))) == 16


@pytest.mark.parametrize("by", ["alias", "id"])
@pytest.mark.parametrize("what", ["data", "data key"])
def test_a_ciphertext_moves_to_another_key(alice: Person, key: Key, by: str, what: str) -> None:
    other = operations.create_key(alice.caller, alias="other")
    if what == "data":
        sealed = operations.encrypt_data(alice.caller, key_id=key.pk, plaintext=b"hello").ciphertext
    else:
        sealed = operations.create_datakey(alice.caller, key_id=key.pk).ciphertext

    page = execute(
        alice,
        key,
        "re-encrypt",
        cipher_text=base64.b64encode(sealed).decode(),
        destination_key_id=other.alias if by == "alias" else str(other.pk),
        destination_additional_data="new",
    )

    moved = base64.b64decode(output(page))
    if what == "data":
        assert operations.decrypt_data(alice.caller, ciphertext=moved, additional_data="new").plaintext == b"hello"
    else:
        assert operations.decrypt_datakey(alice.caller, key_id=other.pk, ciphertext=moved, additional_data="new")
    assert str(other.pk) in page.partition('id="result"')[2]


@pytest.mark.parametrize(
    ("act", "fields", "text"),
    [
        ("encrypt", {"plain_text": ""}, "The plaintext has 0 bytes"),
        ("encrypt", {"plain_text": "x" * 4097}, "The plaintext has 4097 bytes"),
        ("encrypt", {"plain_text": "no base64!", "encoding": "base64"}, "This is not Base64."),
        ("encrypt", {"plain_text": "x", "additional_authenticated_data": "x" * 129}, "at most 128 bytes"),
        ("decrypt", {"cipher_text": "AAAA"}, "The ciphertext does not open"),
        ("decrypt", {"cipher_text": "ö"}, "This is not Base64."),
        ("create-datakey", {"datakey_length": "12"}, "multiple of 8"),
        ("re-encrypt", {"cipher_text": "AAAA", "destination_key_id": "nobody"}, "The ciphertext does not open"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    alice: Person, key: Key, act: str, fields: dict[str, str], text: str
) -> None:
    given = {"encoding": "text", "additional_authenticated_data": "", **fields}

    answer = alice.client().post(at(alice, key, act), given)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert text in page
    assert not fields.get("plain_text") or fields["plain_text"] in page


def test_a_disabled_key_is_said_to_be_one(alice: Person, key: Key) -> None:
    operations.disable_key(alice.caller, key.pk)

    assert "The key is disabled" in alice.client().get(at(alice, key, "encrypt")).content.decode()
    answer = alice.client().post(at(alice, key, "encrypt"), {"plain_text": "kept", "encoding": "text"})
    assert answer.status_code == 422
    assert "kept</textarea>" in answer.content.decode()


def test_who_may_not_use_the_key_is_refused(alice: Person, reading: Client, key: Key) -> None:
    assert "kms:cmk:crypto" in reading.get(at(alice, key, "encrypt")).content.decode()
    assert reading.post(at(alice, key, "encrypt"), {"plain_text": "x", "encoding": "text"}).status_code == 403


def test_a_ciphertext_tells_its_key_version_and_state_unopened(alice: Person, key: Key) -> None:
    operations.rotate_key(alice.caller, key.pk)
    sealed = operations.encrypt_data(alice.caller, key_id=key.pk, plaintext=b"hello").ciphertext
    operations.disable_key(alice.caller, key.pk)

    page = execute(alice, made(alice, "SM4"), "identify", cipher_text=base64.b64encode(sealed).decode())

    for told in (key.alias, str(key.pk), "Disabled", "<dd>2, ", "Data, 5 bytes"):
        assert told in page
    assert "hello" not in page


def test_ciphertexts_of_elsewhere_tell_nothing(alice: Person, charlie: Person, key: Key) -> None:
    theirs = operations.create_key(charlie.caller, alias="theirs")
    sealed = operations.encrypt_data(charlie.caller, key_id=theirs.pk, plaintext=b"hello").ciphertext
    neutral = "This names no key of this project"

    for ciphertext in (sealed, b"rubbish", bytes(200)):
        page = execute(alice, key, "identify", cipher_text=base64.b64encode(ciphertext).decode())
        assert neutral in page
        assert str(theirs.pk) not in page


def test_a_use_is_counted_and_traced_and_nothing_of_it_is_kept(alice: Person, key: Key) -> None:
    client = alice.client()
    answer = client.post(at(alice, key, "encrypt"), {"plain_text": "very secret", "encoding": "text"})

    assert CallCount.objects.get(operation="encryptData", resource_id=str(key.pk)).calls == 1
    assert Trace.objects.get(name="encryptData").resource_id == str(key.pk)
    assert not any("very secret" in str(one) for one in Trace.objects.values())
    assert "no-store" in answer["Cache-Control"]
    assert "very secret" not in str(dict(client.session))


def test_a_plaintext_does_not_go_through_the_sign_in_page(alice: Person, key: Key, client: Client) -> None:
    answer = client.post(at(alice, key, "encrypt"), {"plain_text": "very secret", "encoding": "text"}, follow=True)

    assert b"very secret" not in answer.content
