"""Clients of Vault's API, unmodified: its own library hvac, and Castellan's driver `vault`, by which OpenStack's
services keep their keys (docs/integrations/vault.md)."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.client import Client, Refused
from tests.engines.kms import own, shipped
from tests.engines.project import DATA_KEYS, Project, ServiceUser

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("vault clients")]
MOUNT = "secrets/app"


@pytest.fixture(scope="module")
def key(project: Project) -> str:
    return project.new_key()


@pytest.fixture(scope="module")
def user(project: Project, key: str) -> ServiceUser:
    return project.service_user(role="KMS CMKFullAccess")


@pytest.fixture(scope="module")
def vault(project: Project, user: ServiceUser) -> Iterator[Client]:
    settings = {"VAULT_ADDR": project.kms.url, "VAULT_CACERT": str(project.kms.authority), "VAULT_TOKEN": user.token}
    client = Client("hvac_vault", settings)
    yield client
    client.close()


@pytest.fixture(scope="module")
def mount(project: Project, key: str) -> str:
    project.mount(MOUNT, key)
    return MOUNT


@pytest.fixture(scope="module")
def castellan(project: Project, key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    project.mount("cinder", key)
    user = project.service_user(key, may=(*DATA_KEYS, "describe-key"))
    settings = tmp_path_factory.mktemp("castellan") / "castellan.conf"
    settings.write_text(own_settings(project, user))
    client = Client("castellan_vault", {"SETTINGS": str(settings)})
    yield client
    client.close()


def own_settings(project: Project, user: ServiceUser) -> str:
    """The shipped settings with what is this test's own."""
    role = {"secret_id = change-this-too": f"secret_id = {user.sk}", "role_id = change-this": f"role_id = {user.ak}"}
    return own(shipped("castellan.conf"), project.kms, "/etc/cinder/kms-ca.crt", role)


def transit(vault: Client, method: str, **fields: Any) -> Any:
    """The data of an answer."""
    return vault.call(method=f"secrets.transit.{method}", **fields)["data"]


def kv(vault: Client, method: str, **fields: Any) -> Any:
    return vault.call(method=f"secrets.kv.v2.{method}", mount_point=MOUNT, **fields)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# hvac: transit


def test_a_data_key_is_made_and_opened(vault: Client, key: str) -> None:
    context = in_base64('{"order": "4711"}')
    made = transit(vault, "generate_data_key", name=key, key_type="plaintext", context=context)

    opened = transit(vault, "decrypt_data", name=key, ciphertext=made["ciphertext"], context=context)

    assert len(base64.b64decode(made["plaintext"])) == 32
    assert opened["plaintext"] == made["plaintext"]
    with pytest.raises(Refused, match=r"InvalidRequest.*KMS\.2201"):
        transit(vault, "decrypt_data", name=key, ciphertext=made["ciphertext"], context=in_base64("another"))


def test_a_data_key_without_its_plaintext(vault: Client, key: str) -> None:
    made = transit(vault, "generate_data_key", name=key, key_type="wrapped", bits=512)

    assert "plaintext" not in made
    opened = transit(vault, "decrypt_data", name=key, ciphertext=made["ciphertext"])
    assert len(base64.b64decode(opened["plaintext"])) == 64


def test_a_text_is_encrypted_decrypted_and_rewrapped_under_the_newest_version(vault: Client, key: str) -> None:
    first = transit(vault, "encrypt_data", name=key, plaintext=in_base64("a letter"))["ciphertext"]
    before = transit(vault, "read_key", name=key)["latest_version"]

    vault.call(method="secrets.transit.rotate_key", name=key)
    second = transit(vault, "rewrap_data", name=key, ciphertext=first)["ciphertext"]

    assert transit(vault, "read_key", name=key)["latest_version"] == before + 1
    assert (first.split(":")[1], second.split(":")[1]) == (f"v{before}", f"v{before + 1}")
    assert [vault.opened(key=key, ciphertext=one) for one in (first, second)] == ["a letter"] * 2


def test_many_texts_go_in_one_request(vault: Client, key: str) -> None:
    texts = [{"plaintext": in_base64(str(number))} for number in range(3)]

    made = transit(vault, "encrypt_data", name=key, plaintext=None, batch_input=texts)["batch_results"]

    opened = transit(vault, "decrypt_data", name=key, ciphertext=None, batch_input=made)["batch_results"]
    assert [one["plaintext"] for one in opened] == [one["plaintext"] for one in texts]


def test_transit_refuses_a_disabled_key_and_keys_that_were_not_granted(
    vault: Client, project: Project, neighbour_project: Project, key: str, user: ServiceUser
) -> None:
    with project.disabled(key), pytest.raises(Refused, match=r"KMS\.0209"):
        transit(vault, "generate_data_key", name=key, key_type="plaintext")

    vault.show_token(token=project.service_user(key).token)
    for other in (project.new_key(), neighbour_project.new_key()):
        with pytest.raises(Refused, match=r"Forbidden|InvalidPath"):
            transit(vault, "generate_data_key", name=other, key_type="plaintext")
    vault.show_token(token=user.token)
    assert transit(vault, "generate_data_key", name=key, key_type="plaintext")["plaintext"]


def test_signatures_and_macs_are_made_and_checked(vault: Client, project: Project) -> None:
    for spec, act, shown in (("EC_P256", "sign_data", "signature"), ("HMAC_256", "generate_hmac", "hmac")):
        usage = {"EC_P256": "SIGN_VERIFY", "HMAC_256": "GENERATE_VERIFY_MAC"}[spec]
        key = project.sdk.new_key(spec, key_usage=usage)
        made = transit(vault, act, name=key, hash_input=in_base64("a letter"))[shown]

        for text, is_valid in (("a letter", True), ("another", False)):
            said = transit(vault, "verify_signed_data", name=key, hash_input=in_base64(text), **{shown: made})
            assert said["valid"] is is_valid


# hvac: KV v2


def test_a_secret_has_versions_that_are_deleted_undeleted_and_destroyed(vault: Client, mount: str) -> None:
    for number in (1, 2):
        written = kv(vault, "create_or_update_secret", path="app/password", secret={"password": f"secret-{number}"})
        assert written["data"]["version"] == number

    def read(version: int | None = None) -> str:
        answer = kv(vault, "read_secret_version", path="app/password", version=version, raise_on_deleted_version=True)
        return str(answer["data"]["data"]["password"])

    assert (read(), read(1)) == ("secret-2", "secret-1")
    kv(vault, "delete_secret_versions", path="app/password", versions=[1])
    with pytest.raises(Refused, match="InvalidPath"):
        read(1)
    kv(vault, "undelete_secret_versions", path="app/password", versions=[1])
    assert read(1) == "secret-1"
    kv(vault, "destroy_secret_versions", path="app/password", versions=[1])
    with pytest.raises(Refused, match="InvalidPath"):
        read(1)
    versions = kv(vault, "read_secret_metadata", path="app/password")["data"]["versions"]
    assert [versions[number]["destroyed"] for number in ("1", "2")] == [True, False]
    assert kv(vault, "list_secrets", path="app")["data"]["keys"] == ["password"]
    kv(vault, "delete_metadata_and_all_versions", path="app/password")
    with pytest.raises(Refused, match="InvalidPath"):
        read()


def test_a_secret_is_written_only_over_the_version_that_was_read(vault: Client, mount: str) -> None:
    kv(vault, "create_or_update_secret", path="once", secret={"a": "1"}, cas=0)

    with pytest.raises(Refused, match="InvalidRequest"):
        kv(vault, "create_or_update_secret", path="once", secret={"a": "2"}, cas=0)

    assert kv(vault, "read_secret_version", path="once", raise_on_deleted_version=True)["data"]["data"] == {"a": "1"}


def test_a_secret_is_not_read_while_the_key_of_its_mount_is_disabled(
    vault: Client, project: Project, key: str, mount: str
) -> None:
    kv(vault, "create_or_update_secret", path="held", secret={"a": "1"})

    with project.disabled(key):
        with pytest.raises(Refused, match=r"Forbidden.*KMS\.0209"):
            kv(vault, "read_secret_version", path="held", raise_on_deleted_version=True)
        with pytest.raises(Refused, match=r"Forbidden.*KMS\.0209"):
            kv(vault, "create_or_update_secret", path="held", secret={"a": "2"})

    assert kv(vault, "read_secret_version", path="held", raise_on_deleted_version=True)["data"]["data"] == {"a": "1"}


# hvac: tokens


def test_an_access_key_logs_in_for_an_hour(vault: Client, key: str, user: ServiceUser) -> None:
    said = vault.call(method="auth.approle.login", role_id=user.ak, secret_id=user.sk)["auth"]
    about = vault.call(method="auth.token.lookup_self")["data"]

    assert said["lease_duration"] == about["creation_ttl"] == 3600
    assert vault.call(method="is_authenticated") is True
    assert transit(vault, "generate_data_key", name=key, key_type="plaintext")["plaintext"]
    vault.call(method="auth.token.revoke_self")
    assert vault.call(method="is_authenticated") is False
    vault.show_token(token=user.token)
    assert vault.call(method="is_authenticated") is True


def test_a_wrong_secret_an_unknown_role_and_no_token_are_refused(vault: Client, key: str, user: ServiceUser) -> None:
    for role, secret in ((user.ak, "wrong"), ("UNKNOWN", user.sk)):
        with pytest.raises(Refused, match="InvalidRequest"):
            vault.call(method="auth.approle.login", role_id=role, secret_id=secret)
    for token in ("kms.wrong", None):
        vault.show_token(token=token)
        with pytest.raises(Refused, match="Forbidden"):
            transit(vault, "generate_data_key", name=key, key_type="plaintext")
    vault.show_token(token=user.token)


# Castellan


def test_castellan_keeps_and_deletes_a_key_of_a_volume(castellan: Client) -> None:
    made = castellan.create_key(bits=256)

    assert len(made) == 32, "Cinder has 36 characters for it"
    assert len(castellan.get(key_id=made)["hex"]) == 64
    assert castellan.get(key_id=made)["kind"] == "SymmetricKey"
    castellan.delete(key_id=made)
    with pytest.raises(Refused, match="ManagedObjectNotFound"):
        castellan.get(key_id=made)


def test_castellan_stores_passphrases_and_data_and_lists_them(castellan: Client) -> None:
    stored = {
        castellan.store_passphrase(text="open sesame"): {"kind": "Passphrase", "hex": b"open sesame".hex()},
        castellan.store_data(text="a licence"): {"kind": "OpaqueData", "hex": b"a licence".hex()},
    }

    assert {one: castellan.get(key_id=one) for one in stored} == stored
    assert {*stored} <= {*castellan.ids()}


def test_castellan_is_refused_while_the_key_is_disabled(castellan: Client, project: Project, key: str) -> None:
    """Also when it writes: the driver takes every other refusal for success."""
    made = castellan.create_key(bits=256)
    content = castellan.get(key_id=made)

    with project.disabled(key):
        for call in (lambda: castellan.get(key_id=made), lambda: castellan.create_key(bits=256)):
            with pytest.raises(Refused, match="Forbidden"):
                call()

    assert castellan.get(key_id=made) == content


def test_castellan_of_another_project_finds_nothing(
    castellan: Client, project: Project, neighbour_project: Project, tmp_path: Path
) -> None:
    made = castellan.create_key(bits=256)
    for name, other in (("granted-nothing", project), ("neighbour", neighbour_project)):
        settings = tmp_path / name
        settings.write_text(own_settings(other, other.service_user()))
        stranger = Client("castellan_vault", {"SETTINGS": str(settings)})

        with pytest.raises(Refused, match=r"Forbidden|ManagedObjectNotFound"):
            stranger.get(key_id=made)
        with pytest.raises(Refused, match="Forbidden"):
            stranger.create_key(bits=256)
        stranger.close()
