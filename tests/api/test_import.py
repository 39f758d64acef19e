"""Import of key material by the official SDK: the material made and wrapped by openssl, as a user would."""

import base64
import secrets
import time
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from tests.support.importing import PRIVATE_KEYS, SIZES, material_for, private_key_of, wrapped_for
from tests.support.sdk import Sdk
from tests.support.servers import Server

MESSAGE = base64.b64encode(b"message").decode()


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def parameters(sdk: Sdk, key_id: str) -> Any:
    return sdk.create_parameters_for_import(key_id=key_id, wrapping_algorithm="RSAES_OAEP_SHA_256")


def sent(sdk: Sdk, key_id: str, spec: str, secret: bytes = b"") -> dict[str, str]:
    """The fields of import-key-material with new material of a spec, or with this."""
    made = parameters(sdk, key_id)
    public_key = base64.b64decode(made.public_key)
    wrapped = wrapped_for(public_key, secret) if secret else material_for(spec, public_key)[1]
    fields = {"key_id": key_id, "import_token": made.import_token}
    fields["encrypted_key_material"] = base64_of(wrapped.material)
    return {**fields, "encrypted_privatekey": base64_of(wrapped.private_key)} if wrapped.private_key else fields


def works(sdk: Sdk, key_id: str, spec: str) -> bool:
    if spec.startswith("HMAC"):
        algorithm = "HMAC_SM3" if spec == "HMAC_SM3" else spec.replace("HMAC", "HMAC_SHA")
        asked = {"key_id": key_id, "mac_algorithm": algorithm, "message": MESSAGE}
        return bool(sdk.verify_mac(**asked, mac=sdk.generate_mac(**asked).mac).mac_valid)
    if spec in PRIVATE_KEYS:
        algorithm = {"EC_P256": "ECDSA_SHA_256", "EC_P384": "ECDSA_SHA_384"}.get(spec, "RSASSA_PSS_SHA_256")
        asked = {"key_id": key_id, "signing_algorithm": algorithm, "message": MESSAGE, "message_type": "RAW"}
        return bool(sdk.validate_signature(**asked, signature=sdk.sign(**asked).signature).signature_valid == "true")
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="hello").cipher_text
    return bool(sdk.decrypt_data(cipher_text=sealed).plain_text == "hello")


# The cases of the Terraform provider's acceptance tests, with the same calls in the same order


def test_terraform_external_key(sdk: Sdk) -> None:
    """TestAccKmsKey_ExternalKey."""
    key_id = sdk.create_key(key_alias="tf-external", key_spec="AES_256", origin="external").key_info.key_id

    seen = sdk.list_key_detail(key_id=key_id).key_info
    assert (seen.key_state, seen.key_usage, seen.origin) == ("5", "ENCRYPT_DECRYPT", "external")
    sdk.delete_key(key_id=key_id, pending_days="7")
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "4"


def test_terraform_parameters_for_import(sdk: Sdk) -> None:
    """TestAccDataSourceKmsParametersForImport_basic."""
    key_id = sdk.new_key(origin="external")

    made = parameters(sdk, key_id)

    assert made.key_id == key_id
    assert made.expiration_time == pytest.approx(time.time() + 86_400, abs=60)
    assert 200 <= len(made.import_token) <= 6144
    assert base64.b64decode(made.public_key).startswith(b"\x30\x82\x01\x22")  # SubjectPublicKeyInfo, RSA of 2048 bits


def test_terraform_symmetric_material(sdk: Sdk) -> None:
    """TestAccKmsKeyMaterial_Symmetric: times are sent as text in seconds, and read in milliseconds."""
    key_id = sdk.new_key(origin="external")
    fields = sent(sdk, key_id, "AES_256")

    sdk.import_key_material(**fields, expiration_time="2999886177")

    for _read_and_import_of_state in range(2):
        seen = sdk.list_key_detail(key_id=key_id).key_info
        assert (seen.key_state, seen.key_usage) == ("2", "ENCRYPT_DECRYPT")
        assert int(seen.expiration_time) // 1000 == 2999886177
    sdk.delete_imported_key_material(key_id=key_id)
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "5"


def test_terraform_asymmetric_material(sdk: Sdk) -> None:
    """TestAccKmsKeyMaterial_Asymmetric: a private key can't be deleted, which the provider knows by the code."""
    key_id = sdk.new_key("RSA_2048", origin="external")
    fields = sent(sdk, key_id, "RSA_2048")

    sdk.import_key_material(**fields)

    for _read_and_import_of_state in range(2):
        assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "2"
    assert sdk.refusal("delete_imported_key_material", key_id=key_id) == (400, "KMS.2702")
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "2"


# Beyond it


@pytest.mark.parametrize("spec", [*SIZES, *PRIVATE_KEYS])
def test_material_of_every_spec_is_imported_and_works(sdk: Sdk, spec: str) -> None:
    key_id = sdk.new_key(spec, origin="external")
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "5"

    fields = sent(sdk, key_id, spec)
    sdk.import_key_material(**fields)

    seen = sdk.list_key_detail(key_id=key_id).key_info
    assert (seen.key_state, seen.expiration_time) == ("2", "")
    assert works(sdk, key_id, spec)
    assert 344 <= len(fields["encrypted_key_material"]) <= 360
    assert 200 <= len(fields.get("encrypted_privatekey", "x" * 200)) <= 6144


def test_the_imported_private_key_signs_for_the_public_key_that_its_owner_has(sdk: Sdk) -> None:
    key_id = sdk.new_key("EC_P384", origin="external")
    assert sdk.refusal("show_public_key", key_id=key_id) == (400, "KMS.0310")

    sdk.import_key_material(**sent(sdk, key_id, "EC_P384"))

    public = load_der_private_key(private_key_of("EC_P384"), None).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert sdk.show_public_key(key_id=key_id).public_key.replace("\r\n", "\n") == pem


def test_deleted_material_comes_back_by_the_same_token_and_no_other_does(sdk: Sdk) -> None:
    key_id = sdk.new_key(origin="external")
    fields = sent(sdk, key_id, "AES_256")
    sdk.import_key_material(**fields)
    sealed = sdk.encrypt_data(key_id=key_id, plain_text="hello").cipher_text

    sdk.delete_imported_key_material(key_id=key_id)

    assert sdk.refusal("decrypt_data", cipher_text=sealed) == (400, "KMS.0310")
    assert sdk.refusal("import_key_material", **sent(sdk, key_id, "AES_256")) == (400, "KMS.2606")
    sdk.import_key_material(**fields)
    assert sdk.decrypt_data(cipher_text=sealed).plain_text == "hello"


def test_material_expires_for_every_reader_at_its_second(server: Server, sdk: Sdk) -> None:
    key_id, other = sdk.new_key(origin="external"), sdk.new_key()
    fields, expires = sent(sdk, key_id, "AES_256"), int(time.time()) + 4
    sdk.import_key_material(**fields, expiration_time=expires)

    assert sdk.list_key_detail(key_id=key_id).key_info.expiration_time == str(expires * 1000)
    assert sdk.list_keys(key_state="2").keys == [other, key_id]
    assert works(sdk, key_id, "AES_256")
    time.sleep(expires - time.time() + 0.01)
    seen = sdk.list_key_detail(key_id=key_id).key_info
    assert (seen.key_state, seen.expiration_time) == ("5", "")
    assert sdk.refusal("encrypt_data", key_id=key_id, plain_text="x") == (400, "KMS.0310")
    assert (sdk.list_keys(key_state="2").keys, sdk.list_keys(key_state="5").keys) == ([other], [key_id])
    assert [one.key_state for one in sdk.list_keys().key_details] == ["2", "5"]
    assert server.manage("sweep").startswith("Destroyed 0 keys")
    assert sdk.list_keys(key_state="5").keys == [key_id]
    sdk.import_key_material(**fields)
    assert works(sdk, key_id, "AES_256")


@pytest.mark.parametrize(
    ("spec", "change", "code"),
    [
        ("AES_256", {"expiration_time": 1}, "KMS.2602"),
        ("AES_256", {"expiration_time": "soon"}, "KMS.2602"),
        ("AES_256", {"expiration_time": "-5"}, "KMS.2602"),
        ("AES_256", {"expiration_time": 2999886177000}, "KMS.2602"),
        ("AES_256", {"expiration_time": 10**17}, "KMS.2602"),
        ("AES_256", {"expiration_time": 253402300800}, "KMS.2602"),
        ("AES_256", {"import_token": "*"}, "KMS.2605"),
        ("AES_256", {"import_token": base64_of(bytes(200))}, "KMS.2605"),
        ("AES_256", {"encrypted_key_material": "*"}, "KMS.0311"),
        ("AES_256", {"encrypted_key_material": base64_of(bytes(256))}, "KMS.0311"),
        ("AES_256", {"encrypted_key_material": base64_of(bytes(32))}, "KMS.0311"),
        ("AES_256", {"encrypted_privatekey": base64_of(bytes(160))}, "KMS.0308"),
        ("AES_256", {"encrypted_key_material": None}, "KMS.0204"),
        ("AES_256", {"import_token": None}, "KMS.0204"),
        ("EC_P256", {"encrypted_privatekey": ""}, "KMS.2608"),
        ("EC_P256", {"encrypted_privatekey": None}, "KMS.2608"),
        ("EC_P256", {"encrypted_privatekey": "*"}, "KMS.2609"),
        ("EC_P256", {"encrypted_privatekey": base64_of(bytes(160))}, "KMS.2609"),
        ("EC_P256", {"expiration_time": 2999886177}, "KMS.0308"),
    ],
    ids=str,
)
def test_refusals_carry_the_codes_of_the_contract(sdk: Sdk, spec: str, change: dict[str, Any], code: str) -> None:
    key_id = sdk.new_key(spec, origin="external")
    fields = {**sent(sdk, key_id, spec), **change}

    assert sdk.refusal("import_key_material", **fields) == (400, code)
    assert sdk.list_key_detail(key_id=key_id).key_info.key_state == "5"


def test_material_may_last_to_the_end_of_the_year_9999(sdk: Sdk) -> None:
    key_id = sdk.new_key(origin="external")

    sdk.import_key_material(**sent(sdk, key_id, "AES_256"), expiration_time=253402300799)

    assert sdk.list_keys().key_details[0].expiration_time == "253402300799000"


@pytest.mark.parametrize("seconds", ["", None])
def test_an_empty_expiration_is_none(sdk: Sdk, seconds: str | None) -> None:
    key_id = sdk.new_key(origin="external")

    sdk.import_key_material(**sent(sdk, key_id, "AES_256"), expiration_time=seconds)

    assert sdk.list_key_detail(key_id=key_id).key_info.expiration_time == ""


def test_sizes_keys_and_states_that_do_not_fit_are_refused(sdk: Sdk) -> None:
    key_id, other, generated = sdk.new_key(origin="external"), sdk.new_key("SM4", origin="external"), sdk.new_key()
    fields = sent(sdk, key_id, "AES_256")

    assert sdk.refusal("import_key_material", **sent(sdk, key_id, "AES_256", bytes(16))) == (400, "KMS.2604")
    assert sdk.refusal("import_key_material", **{**fields, "key_id": other}) == (400, "KMS.2603")
    assert sdk.refusal("import_key_material", **{**fields, "key_id": generated}) == (400, "KMS.0309")
    assert sdk.refusal("delete_imported_key_material", key_id=generated) == (400, "KMS.0309")
    assert sdk.refusal("delete_imported_key_material", key_id=key_id) == (400, "KMS.2701")
    asked = {"key_id": generated, "wrapping_algorithm": "RSAES_OAEP_SHA_256"}
    assert sdk.refusal("create_parameters_for_import", **asked) == (400, "KMS.0309")
    assert sdk.refusal("create_parameters_for_import", key_id=key_id) == (400, "KMS.0204")
    asked = {"key_id": key_id, "wrapping_algorithm": "SM2_ENCRYPT"}
    assert sdk.refusal("create_parameters_for_import", **asked) == (400, "KMS.0308")
    sdk.import_key_material(**fields)
    assert sdk.refusal("import_key_material", **fields) == (400, "KMS.0310")


def test_a_temporary_key_of_24_bytes_is_refused(sdk: Sdk) -> None:
    key_id = sdk.new_key("EC_P256", origin="external")
    made = parameters(sdk, key_id)
    wrapped = wrapped_for(base64.b64decode(made.public_key), private_key_of("EC_P256"), temporary_key=bytes(24))

    refused = sdk.refusal(
        "import_key_material",
        key_id=key_id,
        import_token=made.import_token,
        encrypted_key_material=base64_of(wrapped.material),
        encrypted_privatekey=base64_of(wrapped.private_key),
    )

    assert refused == (400, "KMS.2610")


def test_nothing_of_an_import_lies_in_files_or_logs(sdk: Sdk, server: Server) -> None:
    """Neither material nor temporary key, whether the import succeeds or fails; nor the token."""
    key_id, private_id = sdk.new_key(origin="external"), sdk.new_key("EC_P256", origin="external")
    secret, temporary_key = secrets.token_bytes(32), secrets.token_bytes(32)
    made = parameters(sdk, private_id)
    wrapped = wrapped_for(base64.b64decode(made.public_key), private_key_of("EC_P256"), temporary_key=temporary_key)
    fields = sent(sdk, key_id, "AES_256", secret)
    private_fields = {
        "key_id": private_id,
        "import_token": made.import_token,
        "encrypted_key_material": base64_of(wrapped.material),
    }

    sdk.refusal("import_key_material", **{**fields, "expiration_time": 1})
    sdk.refusal("import_key_material", **private_fields, encrypted_privatekey=base64_of(bytes(160)))
    sdk.import_key_material(**fields)
    sdk.import_key_material(**private_fields, encrypted_privatekey=base64_of(wrapped.private_key))

    written = [*server.stored(), server.log().encode()]
    stored = {"sqlite": key_id.replace("-", "").encode(), "postgresql": uuid.UUID(key_id).bytes}[server.database]
    tokens = [base64.b64decode(one["import_token"]) for one in (fields, private_fields)]
    sought = [secret, temporary_key, private_key_of("EC_P256")[36:68], *tokens]
    assert any(stored in content for content in written)
    for one in sought:
        for shape in (one, one.hex().encode(), one.hex().upper().encode(), base64.b64encode(one)[:-4]):
            assert not any(shape in content for content in written)
