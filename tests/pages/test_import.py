"""The import in the console, as its page says: files downloaded, its own openssl lines run, the result uploaded."""

import html
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from console.models import Trace
from keys import operations
from keys.models import ImportTicket, Key, KeyState
from tests.support.importing import give_ticket
from tests.support.people import Person

SPECS = ("AES_256", "SM4", "HMAC_512", "RSA_2048", "EC_P384")


def external(person: Person, spec: str = "AES_256") -> Key:
    return operations.create_key(person.caller, alias=f"own-{spec.lower()}", key_spec=spec, origin="external")


@pytest.fixture
def key(alice: Person) -> Key:
    return external(alice)


def at(person: Person, key: Key, address: str = "import") -> str:
    return f"/console/{person.project.pk}/kms/keys/{key.pk}/{address}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def state(key: Key) -> int:
    return Key.objects.get(pk=key.pk).state


def follow(client: Client, person: Person, key: Key, folder: Path) -> list[str]:
    """Do what the page says: get the files, run its lines; the names of the files that the last ones wrote."""
    client.post(at(person, key))
    page = shown(client, at(person, key))
    for name in re.findall(r'/import/files/([^"]+)"', page):
        (folder / name).write_bytes(client.get(at(person, key, f"import/files/{name}")).content)
    for lines in re.findall(r'<pre class="mono"[^>]*>([^<]*)</pre>', page):
        subprocess.run(["bash", "-euc", html.unescape(lines)], cwd=folder, check=True, capture_output=True)
    return sorted(one.name for one in folder.glob("wrapped-*.bin"))


def upload(client: Client, person: Person, key: Key, **fields: object):
    return client.post(at(person, key, "import/material"), {"expires": "never", **fields})


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("file.bin", content)


@pytest.mark.parametrize("spec", SPECS)
def test_the_lines_of_the_page_bring_material_of_every_kind(alice: Person, spec: str, tmp_path: Path) -> None:
    key, client = external(alice, spec), alice.client()
    names = follow(client, alice, key, tmp_path)
    files = {"encrypted_key_material": file((tmp_path / names[0]).read_bytes())}
    if len(names) == 2:
        files["encrypted_privatekey"] = file((tmp_path / names[1]).read_bytes())

    answer = upload(client, alice, key, **files)

    assert answer.status_code == 302
    assert state(key) == KeyState.ENABLED


def test_an_import_is_taken_up_again_from_the_list(alice: Person, key: Key, tmp_path: Path) -> None:
    client = alice.client()
    follow(client, alice, key, tmp_path)
    token = (tmp_path / f"import-token-{str(key.pk)[:8]}.bin").read_bytes()

    listed = shown(alice.client(), f"/console/{alice.project.pk}/kms/keys")
    again = alice.client().get(at(alice, key, f"import/files/import-token-{str(key.pk)[:8]}.bin")).content

    assert "Token ends in 1 day" in listed
    assert f'{key.pk}/import"' in listed
    assert again == token
    assert Trace.objects.filter(name="getParametersForImport", detail={"again": True}).count() >= 1


def test_after_a_day_it_begins_anew(alice: Person, key: Key) -> None:
    give_ticket(key, age=timedelta(hours=25))
    client = alice.client()

    assert "Get wrapping key and token" in shown(client, at(alice, key))
    answer = upload(client, alice, key, encrypted_key_material=file(bytes(256)))
    assert answer.status_code == 422
    assert "No import into this key is under way." in answer.content.decode()
    assert client.get(at(alice, key, f"import/files/import-token-{str(key.pk)[:8]}.bin")).status_code == 400


def test_the_token_is_not_readable_in_the_database(alice: Person, key: Key) -> None:
    token = give_ticket(key).token

    assert token not in bytes(ImportTicket.objects.get().wrapped_token or b"")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "has 0 bytes; under the public key"),
        (bytes(44), "has 44 bytes; under the public key of an import it has 256."),
        (b"A" * 344, "It looks like Base64: decode it first."),
        (bytes(256), "does not open"),
        (bytes(20_000), "This file has 20,000 bytes"),
    ],
)
def test_a_failed_upload_says_what_was_expected_and_changes_nothing(
    alice: Person, key: Key, content: bytes, text: str
) -> None:
    give_ticket(key)
    if content == b"A" * 344:
        content = b"A" * 342 + b"=="  # the Base64 of 256 bytes

    answer = upload(alice.client(), alice, key, encrypted_key_material=file(content))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert text in page
    assert "Nothing was changed" in page
    assert state(key) == KeyState.PENDING_IMPORT


def test_without_a_file_it_is_asked_for(alice: Person, key: Key) -> None:
    give_ticket(key)

    answer = upload(alice.client(), alice, key)

    assert "Choose the file of the wrapped material, or paste its Base64." in answer.content.decode()


def test_material_comes_as_base64_and_expires(alice: Person, key: Key, tmp_path: Path) -> None:
    client = alice.client()
    names = follow(client, alice, key, tmp_path)
    encoded = subprocess.run(["base64", tmp_path / names[0]], capture_output=True, check=True, text=True).stdout
    end = timezone.now() + timedelta(days=3)

    upload(client, alice, key, material_base64=encoded, expires="on", expiration_time=f"{end:%Y-%m-%dT%H:%M}")

    assert Key.objects.get(pk=key.pk).material_expires_at == end.replace(second=0, microsecond=0)
    assert "in 3 days" in shown(client, at(alice, key))


@pytest.mark.parametrize(
    ("when", "text"),
    [("", "Give date and time, or choose Never."), ("soon", "Give date and time, as"), ("2020-01-01T00:00", "later")],
)
def test_a_wrong_expiry_is_told_beside_it(alice: Person, key: Key, when: str, text: str) -> None:
    give_ticket(key)

    answer = upload(
        alice.client(), alice, key, encrypted_key_material=file(bytes(256)), expires="on", expiration_time=when
    )

    assert text in answer.content.decode()
    assert state(key) == KeyState.PENDING_IMPORT


def test_material_is_deleted_and_the_same_comes_again(alice: Person, key: Key, tmp_path: Path) -> None:
    client = alice.client()
    (name,) = follow(client, alice, key, tmp_path)
    wrapped = (tmp_path / name).read_bytes()
    upload(client, alice, key, encrypted_key_material=file(wrapped))

    assert "Last used" in shown(client, at(alice, key, "material/delete"))
    client.post(at(alice, key, "material/delete"), {"understood": "true"})
    assert state(key) == KeyState.PENDING_IMPORT
    (tmp_path / f"material-{str(key.pk)[:8]}.bin").unlink()
    other = follow(client, alice, key, tmp_path)[0]
    answer = upload(client, alice, key, encrypted_key_material=file((tmp_path / other).read_bytes()))
    assert "Only the very same material" in answer.content.decode()
    token = file(operations.resume_import(alice.caller, key_id=key.pk).token)
    assert (
        "does not open"
        in upload(client, alice, key, encrypted_key_material=file(wrapped), import_token=token).content.decode()
    )


def test_other_keys_have_no_such_tab(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="ours")

    assert f"{key.pk}/import" not in shown(alice.client(), at(alice, key, "")[:-1])
    assert "external" in shown(alice.client(), at(alice, key)).lower()


def test_a_reader_is_told_why_he_may_not(alice: Person, reading: Client, key: Key) -> None:
    give_ticket(key)

    assert "kms:cmk:getMaterial" in shown(reading, at(alice, key))
    assert reading.get(at(alice, key, f"import/files/import-token-{str(key.pk)[:8]}.bin")).status_code == 403
    assert reading.post(at(alice, key)).status_code == 403


def test_the_dialog_makes_a_key_that_waits_for_material(alice: Person) -> None:
    client = alice.client()
    address = f"/console/{alice.project.pk}/kms/keys/create"
    form = shown(client, f"{address}?origin=external")
    assert '<details class="more" open>' in form
    assert 'value="external" checked' in form
    fields = {"alias": "own", "key_spec": "AES_256", "key_usage": "ENCRYPT_DECRYPT", "enterprise_project": "0"}

    page = client.post(address, {**fields, "origin": "external"}, follow=True).content.decode()
    assert "Import key material" in page
    assert Key.objects.get(alias="own").state == KeyState.PENDING_IMPORT
    assert client.post(address, {**fields, "alias": "b", "origin": "mars"}).status_code == 422


def test_without_a_choice_the_service_makes_the_material(alice: Person) -> None:
    fields = {"alias": "plain", "key_spec": "AES_256", "key_usage": "ENCRYPT_DECRYPT", "enterprise_project": "0"}

    alice.client().post(f"/console/{alice.project.pk}/kms/keys/create", fields)

    assert Key.objects.get(alias="plain").state == KeyState.ENABLED
